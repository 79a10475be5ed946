import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Exit, Fiber, Scope } from "effect"

export const slowSquare = (n: number) => Effect.as(Effect.sleep("100 millis"), n * n)

const Here = Task.fromModule<typeof import("./08-pool-close-join.ts")>(new URL(import.meta.url))

const program = Effect.gen(function* () {
  const scope = yield* Scope.make()
  const pool = yield* Scope.provide(TaskPool.make({ size: 2, onClose: "drain" }), scope)
  const square = (n: number) => Effect.provideService(Here.slowSquare(n), TaskPool.TaskPool, pool)
  const results = yield* Effect.forEach([0, 1, 2, 3], (n) =>
    Effect.forkChild(square(n), { startImmediately: true })
  )
  yield* Scope.close(scope, Exit.void)
  yield* Console.log(...(yield* Fiber.joinAll(results)))
  yield* square(4).pipe(
    Effect.catchReason("TaskError", "PoolClosed", () => Console.log("the pool is closed"))
  )
})

if (!NodeRunner.isWorker()) program.pipe(Effect.provide(NodeThreads.layer()), NodeHost.runMain)
