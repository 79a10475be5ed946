import { DedicatedWorker, Task } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect } from "effect"
import process from "node:process"

export const work = (code: number): void => {
  if (code !== 0) process.exit(code)
}

const Here = Task.fromModule<typeof import("./17-process-exitcode.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  for (const code of [0, 3]) {
    const worker = yield* DedicatedWorker.start(Here.work, code)
    yield* Console.log("exit code", (yield* worker.exit).exitCode)
  }
})

if (!NodeRunner.isWorker())
  program.pipe(Effect.scoped, Effect.provide(NodeProcesses.layer()), NodeHost.runMain)
