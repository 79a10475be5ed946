import { DedicatedWorker, Task } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect } from "effect"

export const work = (): void => {
  throw new RangeError("odd")
}

const Here = Task.fromModule<typeof import("./thread.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  const worker = yield* DedicatedWorker.start(Here.work, undefined)
  yield* worker.join.pipe(Effect.catchDefect((error) => Console.log("join died:", String(error))))
})

if (!NodeRunner.isWorker()) program.pipe(Effect.scoped, Effect.provide(NodeThreads.layer()), NodeHost.runMain)
