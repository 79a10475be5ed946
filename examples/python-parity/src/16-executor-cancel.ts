import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer } from "effect"

export const sleep = (n: number) => Effect.as(Effect.sleep("200 millis"), n)

const Here = Task.fromModule<typeof import("./16-executor-cancel.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  const futures = yield* Effect.forEach([0, 1, 2, 3], (n) => TaskPool.fork(Here.sleep, n))
  const receipt = yield* futures[3]!.interrupt
  if (receipt._tag === "unstarted") yield* Console.log("cancelled before it ran")
  for (const future of futures) {
    yield* future.await.pipe(
      Effect.flatMap((n) => Console.log(n)),
      Effect.catchReason("TaskError", "Interrupted", () => Console.log("no result"))
    )
  }
})

const pool = TaskPool.layer({ size: 1 }).pipe(Layer.provide(NodeThreads.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
