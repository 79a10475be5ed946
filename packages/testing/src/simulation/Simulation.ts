/**
 * `Simulation`: runs a program under a scheduler and a clock of its own, decided by a seed.
 *
 * Time is virtual: time stands still while anything is ready, and then jumps to the next timer. An
 * hour's sleep costs nothing, a hang is found at once, and the same program with the same seed has the same
 * history (G12).
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Current, record as currentRecord } from "../internal/current.ts"
import type { History } from "../internal/history.ts"
import * as Oracle from "../internal/oracle.ts"
import * as Prng from "../internal/prng.ts"
import { type Ending, Session, type SessionOptions } from "../internal/session.ts"

/**
 * - `seed`: decides everything left open. Default 0.
 * - `realism`: `fifo` (default) keeps the order of Effect's own scheduler; `adversarial` lets any ready
 *   task run next, and preempts.
 * - `preempt`: probability, per operation, of preempting the running fiber; at most 0.5. Default 0 for `fifo`,
 *   0.1 for `adversarial`. Reordering alone is too weak: much of Effect continues inline.
 * - `maxSteps`: ends a restless program. Default 1,000,000.
 * - `start`: the time at the start, in milliseconds since the epoch. Default 0.
 * - `stepMillis`: duration of one step. Default 0: computing takes no time. A program polling without
 *   sleep needs more, or its time stands still until `maxSteps`.
 * - `replay`: the choices of an earlier run, instead of random ones. The seed still feeds `Random`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly seed?: number | undefined
  readonly realism?: "fifo" | "adversarial" | undefined
  readonly preempt?: number | undefined
  readonly maxSteps?: number | undefined
  readonly start?: number | undefined
  readonly stepMillis?: number | undefined
  readonly replay?: ReadonlyArray<number> | undefined
}

/**
 * - `realTurns`: how many turns of the real event loop must bring nothing before virtual time moves on. Default 4.
 * - `patience`: how many real milliseconds must bring nothing before a program without timers, or a program
 *   {@link outside}, counts as deadlocked. Default 5,000.
 *
 * @category models
 * @since 0.1.0
 */
export interface PromiseOptions extends Options {
  readonly realTurns?: number | undefined
  readonly patience?: number | undefined
}

/**
 * Nothing is ready, no timer is left, and the program has not ended.
 *
 * - `time`: virtual milliseconds since the start.
 * - `suspended`: how many fibers wait; `fibers` names fibers by span or `Effect.fn`, where present.
 * - `outside`: how many fibers wait for the real world (see {@link outside}): use {@link runPromise}.
 *
 * @category errors
 * @since 0.1.0
 */
export class Deadlock extends Data.TaggedError("Deadlock")<{
  readonly time: number
  readonly suspended: number
  readonly fibers: ReadonlyArray<string>
  readonly outside: number
}> {
  override get message(): string {
    const who = this.fibers.length === 0 ? "" : ` (${this.fibers.join(", ")})`
    const hint =
      this.outside === 0 ? "" : `; ${this.outside} of them for the real world, which runPromise lets in`
    return `deadlock at ${this.time} ms: nothing is ready, no timer is left, ${this.suspended} fibers wait${who}${hint}`
  }
}

/**
 * The program exceeded its limit of steps. `time`: virtual milliseconds since the start.
 *
 * @category errors
 * @since 0.1.0
 */
export class StepLimit extends Data.TaggedError("StepLimit")<{
  readonly steps: number
  readonly time: number
}> {
  override get message(): string {
    return `not done after ${this.steps} steps, at ${this.time} ms`
  }
}

/**
 * Something threw outside of every fiber: in reality, an uncaught exception of the host.
 *
 * @category errors
 * @since 0.1.0
 */
export class Uncaught extends Data.TaggedError("Uncaught")<{
  readonly cause: unknown
  readonly time: number
}> {
  override get message(): string {
    return `uncaught at ${this.time} ms: ${String(this.cause)}`
  }
}

/**
 * How a simulation ends when the program does not end by itself.
 *
 * @category errors
 * @since 0.1.0
 */
export type SimulationError = Deadlock | StepLimit | Uncaught

export {
  /**
   * The history of a run, in order.
   *
   * - `hash`: two runs with the same hash took the same steps at the same times and recorded the same events.
   * - `choices`: every decision of the scheduler, for `Options.replay`.
   * - `events`: the events of `record`.
   *
   * @category models
   * @since 0.1.0
   */
  type History
} from "../internal/history.ts"

/**
 * - `exit`: how the program ended.
 * - `time`: virtual duration in milliseconds.
 * - `left`: unfinished fibers and waiting timers after the end (G2).
 * - `uncontrolled`: how often the real world had a say. Only a run with 0 is decided by its seed alone.
 *
 * @category models
 * @since 0.1.0
 */
export interface Result<A, E> {
  readonly exit: Exit.Exit<A, E | SimulationError>
  readonly steps: number
  readonly time: number
  readonly history: History
  readonly left: { readonly fibers: number; readonly timers: number }
  readonly uncontrolled: number
}

export {
  /**
   * The simulation around a running program; `undefined` in a live program.
   *
   * @category references
   * @since 0.1.0
   */
  Current,
  /**
   * The synchronous requests of a program to its simulation.
   *
   * @category models
   * @since 0.1.0
   */
  type Handle
} from "../internal/current.ts"

/**
 * Adds an event to the history, so different events make different histories. Does nothing outside of a simulation.
 *
 * @category combinators
 * @since 0.1.0
 */
export const record: (event: string) => Effect.Effect<void> = currentRecord

/**
 * Marks an effect as waiting for the real world: a file, a socket, a module. The virtual clock stands still
 * meanwhile, so no time-out passes. Needs {@link runPromise}.
 *
 * @category combinators
 * @since 0.1.0
 */
export const outside = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Current, (simulation) =>
    simulation === undefined
      ? effect
      : Effect.acquireUseRelease(
          Effect.sync(() => simulation.holdUnsafe()),
          () => effect,
          (release) => Effect.sync(release)
        )
  )

/**
 * Runs a program to its end, synchronously. Promises never settle meanwhile: use {@link runPromise} for promises.
 *
 * **Example** (An hour in no time)
 *
 * ```ts
 * import { Simulation } from "@heddle/testing"
 * import { Effect, Exit } from "effect"
 *
 * const result = Simulation.run(Effect.as(Effect.sleep("1 hour"), "rested"))
 * console.log(result.time) // => 3600000
 * console.log(Exit.isSuccess(result.exit) && result.exit.value) // => rested
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const run = <A, E>(effect: Effect.Effect<A, E>, options: Options = {}): Result<A, E> => {
  const session = new Session(effect, resolve(options))
  while (session.advance() === "waiting") {
    if (!session.jump()) session.giveUp()
  }
  return toResult(session)
}

/**
 * Runs a program with real promises: before virtual time moves on, and before a deadlock is declared, the
 * real event loop has its turns. Events from there are `uncontrolled`.
 *
 * **Gotchas**
 *
 * A promise slower than `realTurns` turns of the event loop loses against the next virtual timer. Wrap
 * waits for files or the network in {@link outside}.
 *
 * @category running
 * @since 0.1.0
 */
export const runPromise = async <A, E>(
  effect: Effect.Effect<A, E>,
  options: PromiseOptions = {}
): Promise<Result<A, E>> => {
  const { patience = 5_000, realTurns = 4 } = options
  const session = new Session(effect, resolve(options))
  while (session.advance() === "waiting") {
    if (await session.awaitReality(realTurns, 0)) continue
    if (!session.isOutside && session.jump()) continue
    if (!(await session.awaitReality(realTurns, patience))) session.giveUp()
  }
  return toResult(session)
}

const resolve = (options: Options): SessionOptions => {
  const reorder = options.realism === "adversarial"
  const { replay, seed = 0 } = options
  const schedule = { seed, reorder, preempt: options.preempt ?? (reorder ? 0.1 : 0) }
  return {
    oracle: replay === undefined ? Oracle.seeded(schedule) : Oracle.replay(replay, schedule),
    random: () => Prng.toRandom(Prng.make(seed, "program")),
    explores: false,
    reorder,
    maxSteps: options.maxSteps ?? 1_000_000,
    start: options.start ?? 0,
    stepMillis: options.stepMillis ?? 0
  }
}

const toResult = <A, E>(session: Session<A, E>): Result<A, E> => {
  // The ending first: records of the clean-up are no part of the history.
  const { history, steps, time, uncontrolled } = session
  const left = session.cleanUp()
  return { exit: toExit(session.ending!), steps, time, history, left, uncontrolled }
}

const toExit = <A, E>(ending: Ending<A, E>): Exit.Exit<A, E | SimulationError> => {
  if (ending._tag === "Exited") return ending.exit
  if (ending._tag === "Deadlock") return Exit.fail(new Deadlock(ending))
  return Exit.fail(ending._tag === "StepLimit" ? new StepLimit(ending) : new Uncaught(ending))
}
