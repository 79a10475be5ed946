import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer } from "effect"

export const count = (text: string, letter: string): number => text.split(letter).length - 1

const Here = Task.fromModule<typeof import("./27-thread-pool-executor.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  const texts = ["warp and weft", "shed", "heddle"]
  const calls = texts.map((text) => Effect.map(Here.count(text, "e"), (found) => [text, found] as const))
  const found = yield* Effect.all(calls, { concurrency: "unbounded" })
  for (const [text, times] of found) yield* Console.log(text, times)
})

const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeThreads.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
