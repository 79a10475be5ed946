import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Fiber, Layer } from "effect"

export const slow = (gate: Int32Array): string => {
  Atomics.wait(gate, 0, 0)
  return "slow"
}
export const quick = (): string => "quick"

const Here = Task.fromModule<typeof import("./15-executor-wait.ts")>(new URL(import.meta.url))

const gate = new Int32Array(new SharedArrayBuffer(4))
const open = Effect.sync(() => {
  Atomics.store(gate, 0, 1)
  Atomics.notify(gate, 0)
})

const program = Effect.gen(function* () {
  const futures = [yield* Effect.forkChild(Here.slow(gate)), yield* Effect.forkChild(Here.quick())]
  const report = Effect.suspend(() => {
    const done = futures.filter((future) => future.pollUnsafe() !== undefined).length
    return Console.log("done", done, "pending", futures.length - done)
  })
  yield* Effect.raceAllFirst(futures.map(Fiber.await))
  yield* report
  yield* open
  yield* Fiber.awaitAll(futures)
  yield* report
})

const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeThreads.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
