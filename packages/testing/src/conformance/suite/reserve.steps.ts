/**
 * Steps of the cases of reserved workers: reserve in a scope of its own, and see which workers run and wait.
 *
 * @since 0.2.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { range } from "./Steps.ts"
import * as Tasks from "./tasks.ts"
import { awaitSnapshot } from "./Watch.ts"

/**
 * All at once.
 *
 * @category steps
 * @since 0.2.0
 */
export const together = { concurrency: "unbounded" } as const

/**
 * Forked fibers that have begun.
 *
 * @category steps
 * @since 0.2.0
 */
export const started = { startImmediately: true } as const

/**
 * Reserves a worker in a scope of its own, which `close` closes.
 *
 * @category steps
 * @since 0.2.0
 */
export const reserved = (options?: TaskPool.ReserveOptions) =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(yield* Scope.Scope)
    const worker = yield* Scope.provide(TaskPool.reserve(options), scope)
    return { close: Scope.close(scope, Exit.void), worker }
  })

/**
 * The workers on which so many tasks of the pool run.
 *
 * @category steps
 * @since 0.2.0
 */
export const workersOf = (count: number) =>
  Effect.map(
    Effect.forEach(range(count), () => Tasks.Where(), together),
    (runs) => new Set(runs.map(({ worker }) => worker))
  )

/**
 * Waits until one reservation waits for a worker.
 *
 * @category steps
 * @since 0.2.0
 */
export const waits = awaitSnapshot(
  ({ reservations }) => reservations.waiting === 1,
  "a reservation that waits"
)

/**
 * Waits until the pool has so many workers, all of them idle.
 *
 * @category steps
 * @since 0.2.0
 */
export const idleAre = (count: number) =>
  awaitSnapshot(
    ({ busy, total, workers }) => busy === 0 && total === count && workers.length === count,
    `${count} idle workers`
  )
