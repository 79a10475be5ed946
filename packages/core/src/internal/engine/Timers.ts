/**
 * Time limits of the engine, on the `Clock` and the `Random` it was made with, so that a virtual clock and a seed govern
 * them too.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** Ends a limit before it fires; harmless afterwards. */
export type Cancel = () => void

const nothing: Cancel = () => {}

export class Timers {
  private readonly fork: (effect: Effect.Effect<void>) => { readonly interruptUnsafe: () => void }
  private readonly clock: Clock.Clock
  private readonly source: Random.Random

  constructor(context: Context.Context<never>) {
    this.fork = Effect.runForkWith(context)
    this.clock = Context.get(context, Clock.Clock)
    this.source = Context.get(context, Random.Random)
  }

  /** Milliseconds from an arbitrary origin; never goes back. */
  now(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe()) / 1e6
  }

  /** A number in [0, 1). */
  random(): number {
    return this.source.nextDoubleUnsafe()
  }

  /**
   * Calls `f` after so many milliseconds, never for `Infinity`. Zero is no exception: never before this returns, so
   * that the owner holds the `Cancel` when `f` runs.
   */
  after(millis: number, f: () => void): Cancel {
    if (millis === Infinity) return nothing
    const fiber = this.fork(Effect.andThen(Effect.sleep(millis), Effect.sync(f)))
    return () => fiber.interruptUnsafe()
  }
}
