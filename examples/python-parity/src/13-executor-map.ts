import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer } from "effect"

export const isPrime = (n: number): boolean => {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false
  return n > 1
}

const Here = Task.fromModule<typeof import("./13-executor-map.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  const numbers = Array.from({ length: 49 }, (_, i) => i + 1)
  const found = yield* TaskPool.forEach(Here.isPrime, numbers, { chunkSize: 10 })
  yield* Console.log(...numbers.filter((_, i) => found[i]))
})

const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeThreads.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
