import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer } from "effect"

export const volume = (width: number, height: number, depth: number): number => width * height * depth

const Here = Task.fromModule<typeof import("./05-pool-starmap.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  const boxes = [
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9]
  ] as const
  yield* Console.log(...(yield* TaskPool.forEach(Here.volume.spread, boxes)))
})

const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeThreads.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
