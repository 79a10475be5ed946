import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer, Schema } from "effect"

class NoRoot extends Schema.TaggedError<NoRoot>()("NoRoot", { of: Schema.Int }) {}

const Root = Task.make("Root", { payload: Schema.Int, success: Schema.Int, error: NoRoot })

const handlers = Root.toLayer((n) =>
  n < 0 ? Effect.fail(new NoRoot({ of: n })) : Effect.succeed(Math.floor(Math.sqrt(n)))
)

const program = Effect.gen(function* () {
  yield* Console.log(...(yield* TaskPool.forEach(Root, [4, 9, 16])))
  yield* TaskPool.forEach(Root, [25, -1, 36]).pipe(
    Effect.catchTag("NoRoot", (error) => Console.log("NoRoot", error.of))
  )
  yield* Console.log(...(yield* TaskPool.forEach(Root, [49, 64])))
})

const threads = NodeThreads.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(threads))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.provide(pool), NodeHost.runMain)
