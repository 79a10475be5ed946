import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads, SharedArray, SharedMutex } from "@heddle/node-workers"
import { Console, Effect, Layer, Schema } from "effect"

const Move = Task.make("Move", {
  payload: { lock: SharedMutex.Schema, accounts: SharedArray.Schema("i32"), times: Schema.Int }
})

const handlers = Move.toLayerSync(({ accounts: { array }, lock, times }) => {
  for (let i = 0; i < times; i++) {
    SharedMutex.withLockSync(lock, () => {
      array[0]! -= 1
      array[1]! += 1
    })
  }
})

const program = Effect.gen(function* () {
  const lock = yield* SharedMutex.make()
  const accounts = yield* SharedArray.make("i32", 2)
  yield* accounts.set(0, 1000)
  const move = Move({ lock, accounts, times: 100 })
  yield* Effect.all([move, move, move, move], { concurrency: "unbounded" })
  yield* Console.log("accounts", ...accounts.array)
})

const threads = NodeThreads.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(threads))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
