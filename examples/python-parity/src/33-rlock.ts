import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads, SharedError, SharedMutex } from "@heddle/node-workers"
import { Console, Effect, Layer, Schema } from "effect"

const Work = Task.make("Work", { payload: { lock: SharedMutex.Schema }, success: Schema.Int })

const total = (
  lock: SharedMutex.SharedMutex,
  [first, ...rest]: ReadonlyArray<number>
): Effect.Effect<number, SharedError.SharedError> =>
  SharedMutex.withLock(
    lock,
    first === undefined ? Effect.succeed(0) : Effect.map(total(lock, rest), (sum) => first + sum)
  )

const handlers = Work.toLayer(({ lock }) => Effect.orDie(total(lock, [1, 2, 3, 4])))

const program = Effect.gen(function* () {
  const lock = yield* SharedMutex.make({ reentrant: true })
  yield* Console.log("total", yield* Work({ lock }))
  yield* Console.log("free", !lock.isHeld)
})

const threads = NodeThreads.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 1 }).pipe(Layer.provide(threads))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
