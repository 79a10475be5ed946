import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer } from "effect"
import { threadId } from "node:worker_threads"

export const who = (): number => threadId

const Here = Task.fromModule<typeof import("./07-pool-maxtasksperchild.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  const workers = yield* Effect.forEach([0, 1, 2, 3, 4, 5], () => Here.who())
  yield* Console.log("tasks", workers.length, "workers", new Set(workers).size)
})

const pool = TaskPool.layer({ size: 1, recycle: { tasks: 2 } }).pipe(Layer.provide(NodeThreads.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
