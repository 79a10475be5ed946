/**
 * Time limits of the engine, on the `Clock` and the `Random` of the engine's context: a virtual clock and a seed govern the
 * limits, too.
 *
 * A timer only proves the passing of time on the host. It says nothing about other threads: a host which was busy finds
 * timers due while replies are still unread. So `after` must not judge a worker; `limit` reads replies first (G4).
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** Ends a timer before it fires; harmless afterwards. */
export type Cancel = () => void

const nothing: Cancel = () => {}

/** Limits which fell due in the same turn. They are judged together, one turn later. */
type Round = Set<() => void>

export class Timers {
  private readonly fork: (effect: Effect.Effect<void>) => { readonly interruptUnsafe: () => void }
  private readonly clock: Clock.Clock
  private readonly source: Random.Random
  private readonly turn: (callback: () => void) => void
  private readonly hear: () => void
  /** The limits which fell due in this turn. Invariant: a round which is no longer current only shrinks. */
  private due: Round | undefined

  /**
   * `turn` calls back in the next turn of the event loop, once the platform has delivered everything which had arrived
   * before. Default: a turn of the scheduler. `hear` delivers the frames which have arrived but are still unread.
   */
  constructor(
    context: Context.Context<never>,
    turn?: (callback: () => void) => void,
    hear: () => void = () => {}
  ) {
    this.hear = hear
    this.fork = Effect.runForkWith(context)
    this.clock = Context.get(context, Clock.Clock)
    this.source = Context.get(context, Random.Random)
    this.turn = turn ?? ((callback) => void this.fork(Effect.andThen(Effect.yieldNow, Effect.sync(callback))))
  }

  /** Returns milliseconds from an arbitrary origin; never goes back. */
  now(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe()) / 1e6
  }

  /** Returns a number in [0, 1). */
  random(): number {
    return this.source.nextDoubleUnsafe()
  }

  /**
   * Calls `f` after so many milliseconds, never for `Infinity`. Even for zero, `f` never runs before `after` returns, so the
   * owner holds the `Cancel` when `f` runs.
   */
  after(millis: number, f: () => void): Cancel {
    if (millis === Infinity) return nothing
    const fiber = this.fork(Effect.andThen(Effect.sleep(millis), Effect.sync(f)))
    return () => fiber.interruptUnsafe()
  }

  /**
   * Judges after so many milliseconds whether an event came in time. Use this for every judgement about another thread by the
   * host's clock. First the frames already received are read, then one turn of the event loop passes, then the frames of this
   * turn are read, and then `judge` runs. Otherwise a busy host would condemn workers which had answered long before.
   *
   * `onDue`: called when the time is over, before any frame is read.
   */
  limit(millis: number, judge: () => void, onDue?: () => void): Cancel {
    if (millis === Infinity) return nothing
    let round: Round | undefined
    const cancel = this.after(millis, () => {
      onDue?.()
      // Join the round before reading frames, since a frame may end this limit.
      round = this.due ??= this.begin()
      round.add(judge)
      if (round.size === 1) this.hear()
    })
    return () => {
      cancel()
      round?.delete(judge)
    }
  }

  /** Begins a round, to judge all limits of a turn together: a thousand limits cost a single look at each worker. */
  private begin(): Round {
    const round: Round = new Set()
    this.turn(() => {
      // A limit falling due from here on would not get a whole turn in this round.
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
