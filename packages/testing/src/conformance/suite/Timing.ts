/**
 * `Timing`: how long something took on the clock of a case, and how exactly that can be told.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { expect, type Harness } from "./Harness.ts"

/** Milliseconds that never go back. */
const now: Effect.Effect<number> = Effect.clockWith((clock) =>
  Effect.sync(() => Number(clock.monotonicTimeNanosUnsafe()) / 1e6)
)

/**
 * The result, and how many milliseconds it took.
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

/** How late a busy machine may be, which starts threads in between; virtual time is late only by what a case polls. */
const late = (harness: Harness): number => (harness.has.realThreads ? 15_000 : 5)

/**
 * It took at least `least`, and at most `most` and what a busy machine adds.
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
