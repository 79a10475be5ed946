import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads, SharedMutex } from "@heddle/node-workers"
import { Console, Effect, Layer, Option, Schema } from "effect"

const Attempt = Task.make("Attempt", {
  payload: { lock: SharedMutex.Schema },
  success: Schema.Tuple([Schema.String, Schema.String])
})

const mine = Effect.succeed("mine")

const handlers = Attempt.toLayer(({ lock }) =>
  Effect.gen(function* () {
    const atOnce = yield* SharedMutex.tryLock(lock, mine)
    const late = yield* Effect.timeoutOption(SharedMutex.withLock(lock, mine), "100 millis")
    return [atOnce ?? "taken", Option.getOrElse(late, () => "taken")] as const
  }).pipe(Effect.orDie)
)

const program = Effect.gen(function* () {
  const lock = yield* SharedMutex.make()
  const [atOnce, late] = yield* SharedMutex.withLock(lock, Attempt({ lock }))
  yield* Console.log("without waiting:", atOnce)
  yield* Console.log("with a time-out:", late)
  yield* Console.log("afterwards:", (yield* SharedMutex.tryLock(lock, mine)) ?? "taken")
})

const threads = NodeThreads.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 1 }).pipe(Layer.provide(threads))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
