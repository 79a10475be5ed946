import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads, SharedArray } from "@heddle/node-workers"
import { Console, Effect, Layer, Schema } from "effect"

const Halve = Task.make("Halve", {
  payload: { numbers: SharedArray.Schema("f64"), start: Schema.Int, end: Schema.Int }
})

const handlers = Halve.toLayerSync(({ end, numbers, start }) => {
  const { array } = numbers
  for (let i = start; i < end; i++) array[i] = array[i]! / 2
})

const program = Effect.gen(function* () {
  const numbers = yield* SharedArray.make("f64", 8)
  yield* numbers.copyFrom([0, 1, 2, 3, 4, 5, 6, 7])
  yield* TaskPool.forEach(Halve, [
    { numbers, start: 0, end: 4 },
    { numbers, start: 4, end: 8 }
  ])
  yield* Console.log("sum", numbers.array.reduce((sum, n) => sum + n).toFixed(1))
  yield* Console.log("last", yield* numbers.get(7))
})

const threads = NodeThreads.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(threads))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
