import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer, Stream } from "effect"

export const slow = (gate: Int32Array): string => {
  Atomics.wait(gate, 0, 0)
  return "slow"
}
export const quick = (): string => "quick"

const Here = Task.fromModule<typeof import("./14-executor-as-completed.ts")>(new URL(import.meta.url))

const gate = new Int32Array(new SharedArrayBuffer(4))
const open = Effect.sync(() => {
  Atomics.store(gate, 0, 1)
  Atomics.notify(gate, 0)
})

const futures = [Stream.fromEffect(Here.slow(gate)), Stream.fromEffect(Here.quick())]

const program = Stream.mergeAll(futures, { concurrency: "unbounded" }).pipe(
  Stream.runForEach((name) => Effect.andThen(Console.log(name), open))
)

const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeThreads.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
