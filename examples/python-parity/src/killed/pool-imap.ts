import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect, Layer, Stream } from "effect"
import process from "node:process"

export const work = (n: number): Effect.Effect<number> => {
  if (n !== 2) return Effect.succeed(n)
  return Effect.sleep("200 millis").pipe(
    Effect.andThen(Console.log("pid", process.pid)),
    Effect.andThen(Effect.never)
  )
}

const Here = Task.fromModule<typeof import("./pool-imap.ts")>(new URL(import.meta.url))

const program = TaskPool.stream(Here.work, [0, 1, 2, 3], { chunkSize: 1 }).pipe(
  Stream.runForEach((n) => Console.log(n)),
  Effect.catchReason("TaskError", "WorkerLost", ({ signal }) => Console.log("WorkerLost by", signal))
)

const pool = TaskPool.layer({ size: 1 }).pipe(Layer.provide(NodeProcesses.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
