import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer, Schema } from "effect"

const LookUp = Task.make("LookUp", { payload: Schema.Int, success: Schema.Int })

const handlers = LookUp.toLayer(
  Effect.sync(() => {
    const table = Array.from({ length: 100 }, (_, n) => n * n)
    return (n) => Effect.succeed(table[n]!)
  })
)

const program = Effect.gen(function* () {
  yield* Console.log(...(yield* TaskPool.forEach(LookUp, [3, 50, 99])))
})

const threads = NodeThreads.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(threads))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.provide(pool), NodeHost.runMain)
