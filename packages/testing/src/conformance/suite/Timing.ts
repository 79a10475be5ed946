/**
 * `Timing`: durations on the clock of a case, and their tolerance.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { expect, type Harness } from "./Harness.ts"

/** A monotonic clock, in milliseconds. */
const now: Effect.Effect<number> = Effect.clockWith((clock) =>
  Effect.sync(() => Number(clock.monotonicTimeNanosUnsafe()) / 1e6)
)

/**
 * Returns the result and its duration in milliseconds.
 *
 * @category operations
 * @since 0.1.0
 */
export const timed = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<readonly [A, number], E, R> =>
  Effect.gen(function* () {
    const start = yield* now
    const value = yield* effect
    return [value, (yield* now) - start] as const
  })

/** Waiting for a signal looks once a millisecond, and timers round. */
const early = 2

/** Tolerance for a busy machine, also starting threads meanwhile; virtual time is late only by the polling of a case. */
const late = (harness: Harness): number => (harness.has.realThreads ? 15_000 : 5)

/**
 * Expects a duration of at least `least`, and at most `most` plus the tolerance.
 *
 * @category expectations
 * @since 0.1.0
 */
export const expectTook = (
  harness: Harness,
  millis: number,
  least: number,
  most: number,
  what: string
): void =>
  expect(
    millis >= least - early && millis <= most + late(harness),
    `${what} took ${millis} ms; expected ${least} to ${most} ms`
  )
