import { DedicatedWorker, Task } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect } from "effect"

export const sleep = () => Effect.sleep("10 minutes")

const Here = Task.fromModule<typeof import("./18-process-terminate.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  const worker = yield* DedicatedWorker.start(Here.sleep, undefined)
  const report = Effect.flatMap(worker.isAlive, (alive) => Console.log(alive ? "alive" : "ended"))
  yield* report
  yield* Effect.timeoutOption(worker.join, "100 millis")
  yield* report
  yield* worker.terminate
  yield* report
})

if (!NodeRunner.isWorker())
  program.pipe(Effect.scoped, Effect.provide(NodeProcesses.layer()), NodeHost.runMain)
