/**
 * Observations of cases: events, snapshots, and the traffic of the transport itself.
 *
 * @since 0.1.0
 */
import type { PoolEvent } from "@heddle/core/PoolEvent"
import * as TaskPool from "@heddle/core/TaskPool"
import { type WorkerListener, WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { ExpectationFailed, type Harness, type TransportOptions } from "./Harness.ts"

/**
 * Every event of the pool from now on, in order; the list grows as they come, until the scope closes.
 *
 * @category observing
 * @since 0.1.0
 */
export const recordEvents: Effect.Effect<
  ReadonlyArray<PoolEvent>,
  never,
  TaskPool.TaskPool | Scope.Scope
> = Effect.gen(function* () {
  const pool = yield* TaskPool.TaskPool
  const events: Array<PoolEvent> = []
  yield* Effect.acquireRelease(
    Effect.sync(() => pool.subscribe((event) => events.push(event))),
    (unsubscribe) => Effect.sync(unsubscribe)
  )
  return events
})

/**
 * The events with a tag, in order.
 *
 * @category observing
 * @since 0.1.0
 */
export const only = <Tag extends PoolEvent["_tag"]>(
  events: ReadonlyArray<PoolEvent>,
  tag: Tag
): ReadonlyArray<Extract<PoolEvent, { readonly _tag: Tag }>> =>
  events.filter((event): event is Extract<PoolEvent, { readonly _tag: Tag }> => event._tag === tag)

/**
 * Waits until a snapshot of the pool matches, polling once a millisecond, and returns the snapshot.
 *
 * @category observing
 * @since 0.1.0
 */
export const awaitSnapshot = (
  condition: (snapshot: TaskPool.PoolSnapshot) => boolean,
  what: string
): Effect.Effect<TaskPool.PoolSnapshot, never, TaskPool.TaskPool> =>
  Effect.gen(function* () {
    for (;;) {
      const snapshot = yield* TaskPool.snapshot
      if (condition(snapshot)) return snapshot
      yield* Effect.sleep(1)
    }
  }).pipe(
    Effect.timeoutOrElse({
      duration: "20 seconds",
      orElse: () => Effect.die(new ExpectationFailed(`the pool was never seen like this: ${what}`))
    })
  )

/**
 * Waits until so many workers are ready.
 *
 * @category observing
 * @since 0.1.0
 */
export const awaitReady = (workers: number): Effect.Effect<void, never, TaskPool.TaskPool> =>
  Effect.asVoid(
    awaitSnapshot(
      (snapshot) => snapshot.workers.filter((worker) => worker.state === "ready").length >= workers,
      `${workers} workers ready`
    )
  )

/**
 * How often the pool asked the transport for a worker, and how many of those workers have exited.
 *
 * @category models
 * @since 0.1.0
 */
export interface Census {
  spawned: number
  exited: number
}

/**
 * The same harness; the workers' frames pass `tamper` on their way to the pool, and are counted.
 *
 * @category observing
 * @since 0.1.0
 */
export const tapped = (
  harness: Harness,
  census: Census,
  tamper: (listener: WorkerListener, worker: number) => WorkerListener = (listener) => listener
): Harness => ({
  ...harness,
  transport: (options?: TransportOptions) =>
    Layer.effect(
      WorkerTransport,
      Effect.map(WorkerTransport, (transport) => ({
        ...transport,
        spawn: (start, listener) => {
          const worker = ++census.spawned
          const tampered = tamper(listener, worker)
          return transport.spawn(start, {
            ...tampered,
            onExit: (exit) => {
              census.exited++
              tampered.onExit(exit)
            }
          })
        }
      }))
    ).pipe(Layer.provide(harness.transport(options)))
})
