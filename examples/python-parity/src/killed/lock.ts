import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads, SharedMutex } from "@heddle/node-workers"
import { Console, Effect, Layer } from "effect"
import process from "node:process"

const Hold = Task.make("Hold", { payload: { lock: SharedMutex.Schema } })

const handlers = Hold.toLayer(({ lock }) =>
  SharedMutex.withLock(
    lock,
    Effect.sync(() => process.exit(9))
  ).pipe(Effect.orDie)
)

const program = Effect.gen(function* () {
  const lock = yield* SharedMutex.make()
  yield* Effect.exit(Hold({ lock }))
  const use = Console.log("has the lock")
  yield* SharedMutex.withLock(lock, use).pipe(
    Effect.catchReason("SharedError", "OwnerDied", () => Console.log("OwnerDied"))
  )
  yield* SharedMutex.withLock(lock, use, { recover: () => Console.log("recovers") })
})

const threads = NodeThreads.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 1 }).pipe(Layer.provide(threads))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
