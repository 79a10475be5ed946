import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer } from "effect"

export const square = (n: number): number => n * n

const Here = Task.fromModule<typeof import("./01-pool-map.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  yield* Console.log(...(yield* TaskPool.forEach(Here.square, [1, 2, 3, 4, 5])))
})

const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeThreads.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
