import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect, Layer } from "effect"
import process from "node:process"

export const work = (n: number): number | Promise<never> => {
  if (n !== 2) return n
  console.log("pid", process.pid)
  return new Promise(() => {})
}

const Here = Task.fromModule<typeof import("./pool-map.ts")>(new URL(import.meta.url))

const program = TaskPool.forEach(Here.work, [0, 1, 2, 3], { chunkSize: 1 }).pipe(
  Effect.flatMap((results) => Console.log(...results)),
  Effect.catchReason("TaskError", "WorkerLost", ({ signal }) => Console.log("WorkerLost by", signal))
)

const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeProcesses.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
