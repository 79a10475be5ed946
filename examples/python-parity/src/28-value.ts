import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads, SharedCounter } from "@heddle/node-workers"
import { Console, Effect, Layer, Schema } from "effect"

const Count = Task.make("Count", { payload: { counter: SharedCounter.Schema, times: Schema.Int } })

const handlers = Count.toLayerSync(({ counter, times }) => {
  for (let i = 0; i < times; i++) counter.incrementSync()
})

const program = Effect.gen(function* () {
  const counter = yield* SharedCounter.make()
  const count = Count({ counter, times: 1000 })
  yield* Effect.all([count, count, count, count], { concurrency: "unbounded" })
  yield* Console.log("counted", yield* counter.value)
})

const threads = NodeThreads.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(threads))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
