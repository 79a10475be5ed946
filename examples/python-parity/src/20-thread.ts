import { DedicatedWorker, Task } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect } from "effect"

export const addUp = (name: string, limit: number): readonly [string, number] => {
  let sum = 0
  for (let n = 1; n <= limit; n++) sum += n
  return [name, sum]
}

const Here = Task.fromModule<typeof import("./20-thread.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  const threads = yield* Effect.forEach([10, 100, 1000], (n) =>
    DedicatedWorker.start(Here.addUp.spread, [`to ${n}`, n])
  )
  for (const thread of threads) yield* Console.log(...(yield* thread.join))
})

if (!NodeRunner.isWorker()) program.pipe(Effect.scoped, Effect.provide(NodeThreads.layer()), NodeHost.runMain)
