import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Fiber, Layer } from "effect"

export const power = (base: number, exponent: number): number => base ** exponent

const Here = Task.fromModule<typeof import("./02-pool-apply-async.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  const eight = yield* Effect.forkChild(Here.power(2, 3))
  const nine = yield* Effect.forkChild(Here.power(3, 2))
  yield* Console.log(yield* Fiber.join(eight), yield* Fiber.join(nine))
  yield* Console.log(yield* Here.power(2, 10))
})

const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeThreads.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
