/**
 * Time limits of the engine, on the `Clock` and the `Random` it was made with, so that a virtual clock and a seed govern
 * them too.
 *
 * A timer says that time has passed on the host. It does not say what others did meanwhile: a host that was busy finds its
 * timers due and the replies unread. So nothing is judged by `after`; `limit` hears first (G4).
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

/** Limits that fell due in one turn. They are judged together when another one has passed. */
type Round = Set<() => void>

export class Timers {
  private readonly fork: (effect: Effect.Effect<void>) => { readonly interruptUnsafe: () => void }
  private readonly clock: Clock.Clock
  private readonly source: Random.Random
  private readonly turn: (callback: () => void) => void
  /** Delivers the frames that have arrived and were not handed over yet. Written by `PoolEngine`. */
  hear: () => void = () => {}
  /** Those that fell due in this turn. Invariant: once it is not the current one, a round only shrinks. */
  private due: Round | undefined

  /**
   * `turn` calls back in the next turn of the event loop, once the platform has handed over what had arrived before.
   * Default: a turn of the scheduler.
   */
  constructor(context: Context.Context<never>, turn?: (callback: () => void) => void) {
    this.fork = Effect.runForkWith(context)
    this.clock = Context.get(context, Clock.Clock)
    this.source = Context.get(context, Random.Random)
    this.turn = turn ?? ((callback) => void this.fork(Effect.andThen(Effect.yieldNow, Effect.sync(callback))))
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

  /**
   * Judges after so many milliseconds whether something happened in time. Everything that judges another by the host's
   * clock must use it: what has arrived is heard first, then one turn of the event loop passes, then what came with that
   * turn is heard. Without this a host that was busy would condemn workers that had answered long before.
   *
   * `onDue`: when the time is over, before anything is heard.
   */
  limit(millis: number, judge: () => void, onDue?: () => void): Cancel {
    if (millis === Infinity) return nothing
    let round: Round | undefined
    const cancel = this.after(millis, () => {
      onDue?.()
      // Before anything is heard, which may end this limit.
      round = this.due ??= this.begin()
      round.add(judge)
      if (round.size === 1) this.hear()
    })
    return () => {
      cancel()
      round?.delete(judge)
    }
  }

  /** All that fall due in one turn are judged together: a thousand limits cost one look at each worker. */
  private begin(): Round {
    const round: Round = new Set()
    this.turn(() => {
      // Whatever falls due from here on would not have a whole turn of its own in this round.
      this.due = undefined
      if (round.size > 0) this.turn(() => this.judge(round))
    })
    return round
  }

  private judge(round: Round): void {
    if (round.size === 0) return
    this.hear()
    for (const judge of round) {
      round.delete(judge)
      judge()
    }
  }
}
