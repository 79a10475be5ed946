/**
 * The delay before each restart, with one run of the `Schedule` per child.
 *
 * Receives children from `SupervisorEngine.ts`, returns delays in milliseconds.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { SupervisedChild } from "./SupervisedChild.ts"

type Next = (now: number, cause: Cause.Cause<unknown>) => Effect.Effect<number, unknown>

export class Delays {
  private readonly schedule: Schedule.Schedule<unknown, Cause.Cause<unknown>> | undefined
  private readonly period: number
  private readonly perChild = new WeakMap<SupervisedChild, Next>()

  private readonly onThrown: (cause: unknown) => void

  /** No schedule means no delay. */
  constructor(
    schedule: Schedule.Schedule<unknown, Cause.Cause<unknown>> | undefined,
    period: number,
    onThrown: (cause: unknown) => void
  ) {
    this.schedule = schedule
    this.period = period
    this.onThrown = onThrown
  }

  /**
   * Returns the next delay; `undefined` when the schedule has ended. A child gets a fresh schedule after a period
   * without an end. A throwing schedule gives no delay and is reported; the restart budget still bounds the restarts.
   */
  next(child: SupervisedChild, now: number): Effect.Effect<number | undefined> {
    const { schedule } = this
    if (schedule === undefined) return Effect.succeed(0)
    if (child.hasStarted && now - child.startedAt >= this.period) this.perChild.delete(child)
    const made = this.perChild.get(child)
    return (made === undefined ? this.begin(schedule, child) : Effect.succeed(made)).pipe(
      Effect.flatMap((next) => next(now, child.end?.cause ?? Cause.empty)),
      Effect.catchCause((cause) => Effect.sync(() => this.withoutDelay(child, cause)))
    )
  }

  private withoutDelay(child: SupervisedChild, cause: Cause.Cause<unknown>): 0 | undefined {
    if (!Cause.hasDies(cause)) return undefined
    this.perChild.delete(child)
    this.onThrown(Cause.squash(cause))
    return 0
  }

  private begin(
    schedule: Schedule.Schedule<unknown, Cause.Cause<unknown>>,
    child: SupervisedChild
  ): Effect.Effect<Next> {
    return Effect.map(Schedule.toStep(schedule), (step) => {
      const next: Next = (now, cause) => Effect.map(step(now, cause), ([, delay]) => Duration.toMillis(delay))
      this.perChild.set(child, next)
      return next
    })
  }
}
