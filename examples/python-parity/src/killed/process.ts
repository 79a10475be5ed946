import { DedicatedWorker, Task } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect } from "effect"
import process from "node:process"

export const work = (): Promise<never> => {
  console.log("pid", process.pid)
  return new Promise(() => {})
}

const Here = Task.fromModule<typeof import("./process.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  const worker = yield* DedicatedWorker.start(Here.work, undefined)
  yield* worker.join.pipe(
    Effect.catchReason("TaskError", "WorkerLost", ({ signal }) =>
      Console.log("join failed: WorkerLost by", signal)
    )
  )
})

if (!NodeRunner.isWorker())
  program.pipe(Effect.scoped, Effect.provide(NodeProcesses.layer()), NodeHost.runMain)
