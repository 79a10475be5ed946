import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer } from "effect"

export const wait = (seconds: number) => Effect.as(Effect.sleep(`${seconds} seconds`), seconds)

const Here = Task.fromModule<typeof import("./10-pool-timeout.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  yield* Console.log(yield* TaskPool.run(Here.wait, 0, { timeout: "10 seconds" }))
  yield* TaskPool.run(Here.wait, 30, { timeout: "100 millis" }).pipe(
    Effect.catchReason("TaskError", "DeadlineExceeded", () => Console.log("timed out"))
  )
})

const pool = TaskPool.layer({ size: 1 }).pipe(Layer.provide(NodeThreads.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
