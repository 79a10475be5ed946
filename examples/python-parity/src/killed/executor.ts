import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect, Fiber, Layer } from "effect"
import process from "node:process"

export const work = (isVictim: boolean): Effect.Effect<string> => {
  if (!isVictim) return Effect.as(Effect.sleep("1 second"), "done")
  console.log("pid", process.pid)
  return Effect.never
}

const Here = Task.fromModule<typeof import("./executor.ts")>(new URL(import.meta.url))

const run = (name: string, isVictim: boolean) =>
  Here.work(isVictim).pipe(
    Effect.catchReason("TaskError", "WorkerLost", ({ signal }) => Effect.succeed(`WorkerLost by ${signal}`)),
    Effect.map((outcome) => [name, outcome] as const)
  )

const program = Effect.gen(function* () {
  const victim = yield* Effect.forkChild(run("the victim's task:", true))
  const other = yield* Effect.forkChild(run("a task on the other child:", false))
  yield* Console.log(...(yield* Fiber.join(victim)))
  yield* Console.log(...(yield* Fiber.join(other)))
  yield* Console.log(...(yield* run("the next task:", false)))
})

const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeProcesses.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
