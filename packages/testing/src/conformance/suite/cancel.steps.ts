/**
 * Repeated steps of the groups CANCEL and TIME.
 *
 * @since 0.1.0
 */
import type * as TaskError from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Occupy, occupy } from "./cancel.tasks.ts"
import { expectEqual } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { Sabotage, Where } from "./tasks.ts"

type Pool = TaskPool.TaskPool

/**
 * Runs the next task on this worker; afterwards no worker is busy, and every task has had one outcome.
 *
 * @category steps
 * @since 0.1.0
 */
export const expectNext = (worker: number): Effect.Effect<void, TaskError.TaskError, Pool> =>
  Effect.gen(function* () {
    expectEqual((yield* Where()).worker, worker, "worker of the next task")
    const { busy, counts } = yield* TaskPool.snapshot
    expectEqual(busy, 0, "busy workers")
    const { died, failed, interrupted, lost, rejected, submitted, succeeded } = counts
    expectEqual(succeeded + failed + died + interrupted + lost + rejected, submitted, "sum of outcomes")
  })

/**
 * Waits until the pool knows the task to be running; requires a `timeout` in the task's options.
 *
 * @category steps
 * @since 0.1.0
 */
export const awaitRunning = (handle: TaskPool.TaskHandle<unknown, unknown>): Effect.Effect<void> =>
  handle.observe.pipe(
    Stream.takeUntil((status) => status === "running"),
    Stream.runDrain
  )

/**
 * A task in an endless synchronous loop, which has begun.
 *
 * @category steps
 * @since 0.1.0
 */
export const spinning = (
  options?: TaskPool.RunOptions
): Effect.Effect<TaskPool.TaskHandle<number, never>, TaskError.TaskError, Pool | Scope.Scope> =>
  Effect.gen(function* () {
    const signal = Signal.make()
    const handle = yield* TaskPool.fork(Sabotage, { how: "spin", signal }, options)
    yield* Signal.awaitAtLeast(signal, 0, 1)
    return handle as TaskPool.TaskHandle<number, never>
  })

/**
 * A started `Occupy`.
 *
 * @category steps
 * @since 0.1.0
 */
export const occupied = (
  signal: Signal.Signal,
  options: TaskPool.RunOptions & { readonly deaf?: boolean; readonly cleanup?: number } = {}
): Effect.Effect<TaskPool.TaskHandle<number, TaskError.TaskError>, TaskError.TaskError, Pool | Scope.Scope> =>
  Effect.gen(function* () {
    const { cleanup = 0, deaf = false, ...runOptions } = options
    const arrived = Signal.read(signal, occupy.arrived)
    const handle = yield* TaskPool.fork(Occupy, { signal, deaf, cleanup }, runOptions)
    yield* Signal.awaitAtLeast(signal, occupy.arrived, arrived + 1)
    return handle
  })

/**
 * Opens the gate of an `Occupy`.
 *
 * @category steps
 * @since 0.1.0
 */
export const open = (signal: Signal.Signal): Effect.Effect<number> => Signal.add(signal, occupy.open)
