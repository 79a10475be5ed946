/**
 * `Steps`: steps of many cases: occupy workers, wait for a snapshot of the pool, open and close a pool by hand.
 *
 * @since 0.1.0
 */
import type * as TaskError from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { Harness, TransportOptions } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { Gate, gate } from "./tasks.ts"

/** How long a case waits for a required snapshot, in milliseconds. */
const patience = 20_000

/**
 * Takes snapshots of the pool once a millisecond until one matches. Dies after the patience.
 *
 * @category steps
 * @since 0.1.0
 */
export const awaitSnapshot = (
  condition: (snapshot: TaskPool.PoolSnapshot) => boolean,
  what: string
): Effect.Effect<TaskPool.PoolSnapshot, never, TaskPool.TaskPool> => {
  let last: TaskPool.PoolSnapshot | undefined
  return Effect.gen(function* () {
    for (;;) {
      last = yield* TaskPool.snapshot
      if (condition(last)) return last
      yield* Effect.sleep(1)
    }
  }).pipe(
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () =>
        Effect.die(new Error(`the pool never looked like this: ${what}; it is ${JSON.stringify(last)}`))
    })
  )
}

/**
 * Workers that are busy until `open` is run.
 *
 * @category models
 * @since 0.1.0
 */
export interface Occupied {
  readonly signal: Signal.Signal
  readonly open: Effect.Effect<void>
  /** Opens, and waits for the occupied workers. */
  readonly release: Effect.Effect<void>
}

/**
 * Makes so many workers busy with one task each. Returns when all are busy.
 *
 * @category steps
 * @since 0.1.0
 */
export const occupy = (
  count: number
): Effect.Effect<Occupied, TaskError.TaskError, TaskPool.TaskPool | Scope.Scope> =>
  Effect.gen(function* () {
    const signal = Signal.make()
    const handles: Array<TaskPool.TaskHandle<unknown, unknown>> = []
    for (let i = 0; i < count; i++) handles.push(yield* TaskPool.fork(Gate, { signal }))
    yield* Signal.awaitAtLeast(signal, gate.arrived, count)
    const open = Effect.asVoid(Signal.add(signal, gate.open))
    const ended = Effect.forEach(handles, (handle) => Effect.exit(handle.await), { discard: true })
    return { signal, open, release: Effect.andThen(open, ended) }
  })

/**
 * A pool whose scope the case closes itself.
 *
 * @category models
 * @since 0.1.0
 */
export interface OpenPool {
  readonly provide: <A, E>(
    effect: Effect.Effect<A, E, TaskPool.TaskPool | Scope.Scope>
  ) => Effect.Effect<A, E>
  /** Closing twice is closing once. */
  readonly close: Effect.Effect<void>
  /** Duration of closing, in milliseconds. */
  readonly closeTimed: Effect.Effect<number>
}

/**
 * Opens a pool. `provide` runs an effect with the pool, even a closed pool; fibers forked there belong to a scope
 * of the case, closed after the pool.
 *
 * @category steps
 * @since 0.1.0
 */
export const open = (
  harness: Harness,
  options: TaskPool.PoolOptions,
  transport?: TransportOptions
): Effect.Effect<OpenPool, TaskError.TaskError, Scope.Scope> =>
  Effect.gen(function* () {
    const outer = yield* Scope.Scope
    const scope = yield* Scope.fork(outer)
    const layer = Layer.provide(TaskPool.layer(options), harness.transport(transport))
    const context = yield* Layer.buildWithScope(layer, scope)
    const close = Scope.close(scope, Exit.void)
    return {
      provide: (effect) =>
        Effect.provideContext(effect, Context.add(context, Scope.Scope, outer) as Context.Context<any>),
      close,
      closeTimed: Effect.map(timed(close), ([millis]) => millis)
    }
  })

/**
 * How long an effect takes on the case's clock, in milliseconds.
 *
 * @category steps
 * @since 0.1.0
 */
export const timed = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<readonly [number, A], E, R> =>
  Effect.clockWith((clock) =>
    Effect.suspend(() => {
      const begin = clock.monotonicTimeNanosUnsafe()
      return Effect.map(
        effect,
        (value) => [Number(clock.monotonicTimeNanosUnsafe() - begin) / 1e6, value] as const
      )
    })
  )

/**
 * `[0, 1, …, count - 1]`.
 *
 * @category steps
 * @since 0.1.0
 */
export const range = (count: number): Array<number> => Array.from({ length: count }, (_, i) => i)
