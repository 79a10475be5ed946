import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect, Layer } from "effect"
import process from "node:process"

export const work = (): Promise<never> => {
  console.log("pid", process.pid)
  return new Promise(() => {})
}

const Here = Task.fromModule<typeof import("./pool-apply-async.ts")>(new URL(import.meta.url))

const program = Here.work().pipe(
  Effect.tap(() => Console.log("callback")),
  Effect.catchReason("TaskError", "WorkerLost", ({ signal }) =>
    Console.log("error_callback WorkerLost by", signal)
  )
)

const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeProcesses.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
