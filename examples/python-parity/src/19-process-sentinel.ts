import { DedicatedWorker, Task } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect } from "effect"
import process from "node:process"

export const work = (seconds: number, code: number) =>
  Effect.andThen(
    Effect.sleep(`${seconds} seconds`),
    Effect.sync(() => process.exit(code))
  )

const Here = Task.fromModule<typeof import("./19-process-sentinel.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  const slow = yield* DedicatedWorker.start(Here.work.spread, [600, 1])
  const quick = yield* DedicatedWorker.start(Here.work.spread, [0.1, 2])
  const first = yield* Effect.raceFirst(slow.exit, quick.exit)
  yield* Console.log("first exit code", first.exitCode)
  yield* slow.kill
  yield* Console.log("both ended")
})

if (!NodeRunner.isWorker())
  program.pipe(Effect.scoped, Effect.provide(NodeProcesses.layer()), NodeHost.runMain)
