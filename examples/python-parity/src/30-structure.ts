import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads, SharedStruct } from "@heddle/node-workers"
import { Console, Effect, Layer } from "effect"

const Point = SharedStruct.layout({ x: SharedStruct.f64, y: SharedStruct.f64, visits: SharedStruct.i32 })

const Square = Task.make("Square", { payload: { points: SharedStruct.Schema(Point) } })

const handlers = Square.toLayerSync(({ points }) => {
  for (let i = 0; i < points.count; i++) {
    const { visits, x, y } = points.getSync(i)
    points.setSync(i, { x: x ** 2, y: y ** 2, visits: visits + 1 })
  }
})

const program = Effect.gen(function* () {
  const points = yield* SharedStruct.make(Point, { count: 2 })
  yield* points.set(0, { x: 1.875, y: -6.25, visits: 0 })
  yield* points.set(1, { x: -5.75, y: 2.5, visits: 0 })
  yield* Square({ points })
  for (const i of [0, 1]) {
    const { visits, x, y } = yield* points.get(i)
    yield* Console.log(x, y, visits)
  }
})

const threads = NodeThreads.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(threads))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
