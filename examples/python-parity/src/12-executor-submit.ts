import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer } from "effect"

export const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

const Here = Task.fromModule<typeof import("./12-executor-submit.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  const first = yield* TaskPool.fork(Here.gcd.spread, [84, 36])
  const second = yield* TaskPool.fork(Here.gcd.spread, [17, 5])
  yield* Console.log(yield* first.await, yield* second.await)
})

const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeThreads.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
