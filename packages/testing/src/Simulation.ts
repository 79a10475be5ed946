/**
 * `Simulation`: runs a program under a scheduler and a clock of its own, decided by a seed.
 *
 * Time is virtual: while anything is ready it stands still, and when nothing is, it jumps to the next timer. An
 * hour's sleep costs nothing, a hang is found at once, and the same program with the same seed has the same
 * history (G12).
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Scheduler from "effect/Scheduler"
import type { RecordedEvent } from "./internal/history.ts"
import * as Oracle from "./internal/oracle.ts"
import * as Prng from "./internal/prng.ts"
import { realTurn } from "./internal/realTurn.ts"
import { World } from "./internal/world.ts"

/**
 * - `seed`: decides everything that is left open. Default 0.
 * - `realism`: `fifo` (default) keeps the order that Effect's own scheduler gives; `adversarial` lets any ready
 *   task run next, and preempts.
 * - `preempt`: probability, per operation, that the running fiber is preempted; at most 0.5. Default 0 for `fifo`,
 *   0.1 for `adversarial`. Reordering alone is too weak: much of Effect continues inline.
 * - `maxSteps`: ends a program that never rests. Default 1,000,000.
 * - `start`: the time at the start, in milliseconds since the epoch. Default 0.
 * - `stepMillis`: how long one step takes. Default 0: computing takes no time. A program that polls without
 *   sleeping needs more, or its time stands still until `maxSteps`.
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
 * - `patience`: how many real milliseconds must bring nothing before a program without timers, or one that is
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
 * - `suspended`: how many fibers wait; `fibers` names them by span or `Effect.fn`, where they have one.
 * - `outside`: how many of them wait for the real world (see {@link outside}): use {@link runPromise}.
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
 * The program took more steps than it may. `time`: virtual milliseconds since the start.
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

/**
 * What happened, in order.
 *
 * - `hash`: two runs with the same hash took the same steps at the same times and recorded the same events.
 * - `choices`: every decision of the scheduler; `Options.replay` takes them.
 * - `events`: what the program recorded, with {@link record}.
 *
 * @category models
 * @since 0.1.0
 */
export interface History {
  readonly hash: string
  readonly choices: ReadonlyArray<number>
  readonly events: ReadonlyArray<RecordedEvent>
}

/**
 * - `exit`: how the program ended.
 * - `time`: virtual milliseconds that passed.
 * - `left`: what the program left behind: fibers that have not ended and timers that wait (G2).
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

/**
 * The simulation that a program runs in; `undefined` in a live one.
 *
 * @category references
 * @since 0.1.0
 */
export const Current: Context.Reference<Handle | undefined> = Context.Reference<Handle | undefined>(
  "@heddle/testing/Simulation/Current",
  { defaultValue: () => undefined }
)

/**
 * What a program may ask of its simulation, synchronously.
 *
 * @category models
 * @since 0.1.0
 */
export interface Handle {
  readonly recordUnsafe: (event: string) => void
  /** The clock stands still until the returned function is called. */
  readonly holdUnsafe: () => () => void
}

/**
 * Adds an event to the history, so that two histories differ where it does. Does nothing outside of a simulation.
 *
 * @category combinators
 * @since 0.1.0
 */
export const record = (event: string): Effect.Effect<void> =>
  Effect.map(Current, (simulation) => simulation?.recordUnsafe(event))

/**
 * Marks an effect that waits for the real world: a file, a socket, a module. The virtual clock stands still
 * meanwhile, so that no time-out passes. Needs {@link runPromise}.
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
 * Runs a program to its end, synchronously. Promises never settle meanwhile: for those there is {@link runPromise}.
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
  const session = new Session<A, E>(effect, options)
  while (session.advance() !== "done") {
    if (!session.jump()) session.deadlock()
  }
  return session.result()
}

/**
 * Runs a program that touches real promises: before virtual time moves on, and before a deadlock is declared, the
 * real event loop has its turns. What comes from there is `uncontrolled`.
 *
 * **Gotchas**
 *
 * A promise that takes longer than `realTurns` turns of the event loop loses against the next virtual timer. Wrap
 * what waits for files or the network in {@link outside}.
 *
 * @category running
 * @since 0.1.0
 */
export const runPromise = async <A, E>(
  effect: Effect.Effect<A, E>,
  options: PromiseOptions = {}
): Promise<Result<A, E>> => {
  const { patience = 5_000, realTurns = 4 } = options
  const session = new Session<A, E>(effect, options)
  while (session.advance() !== "done") {
    if (await session.awaitReality(realTurns, 0)) continue
    if (!session.isOutside && session.jump()) continue
    if (!(await session.awaitReality(realTurns, patience))) session.deadlock()
  }
  return session.result()
}

/** After the program has ended, what is still ready may run, but not for ever. */
const epilogue = 10_000

class Session<A, E> {
  private readonly world: World
  private readonly oracle: Oracle.Oracle
  private readonly maxSteps: number
  private fiber: Fiber.Fiber<A, E> | undefined
  private exit: Exit.Exit<A, E | SimulationError> | undefined

  constructor(effect: Effect.Effect<A, E>, options: Options) {
    const { maxSteps = 1_000_000, realism = "fifo", seed = 0, start = 0, stepMillis = 0 } = options
    const reorder = realism === "adversarial"
    const decide = { seed, reorder, preempt: options.preempt ?? (reorder ? 0.1 : 0) }
    this.oracle = options.replay === undefined ? Oracle.seeded(decide) : Oracle.replay(options.replay, decide)
    this.maxSteps = maxSteps
    const world = (this.world = new World({ oracle: this.oracle, reorder, start, stepMillis }))
    const handle: Handle = {
      recordUnsafe: (event) => world.record(event),
      holdUnsafe: () => {
        world.outside++
        let held = true
        return () => {
          if (held) world.outside--
          held = false
        }
      }
    }
    const context = Context.make(Scheduler.Scheduler, world.scheduler).pipe(
      Context.add(Clock.Clock, world.timeline.clock),
      Context.add(Random.Random, Prng.toRandom(Prng.make(seed, "program"))),
      Context.add(Current, handle)
    )
    this.attempt(() => {
      this.fiber = Effect.runForkWith(context)(effect)
    })
  }

  get isOutside(): boolean {
    return this.world.outside > 0
  }

  /** Runs what is ready, until the program has ended or nothing is. */
  advance(): "done" | "waiting" {
    while (!this.isDone() && !this.world.isIdle) {
      if (this.world.steps >= this.maxSteps) {
        this.exit = Exit.fail(new StepLimit({ steps: this.world.steps, time: this.world.timeline.elapsed }))
      } else {
        this.attempt(() => this.world.step())
      }
    }
    return this.isDone() ? "done" : "waiting"
  }

  jump(): boolean {
    return this.world.jump()
  }

  /** Gives the real event loop so many turns and so many milliseconds; `true` as soon as it brought something. */
  async awaitReality(turns: number, millis: number): Promise<boolean> {
    const { uncontrolled } = this.world
    const brought = () => this.world.uncontrolled > uncontrolled || !this.world.isIdle || this.isDone()
    for (let turn = 0; turn < turns && !brought(); turn++) await realTurn(0)
    // 1 ms turns: counting them needs no real clock, and lets a slow machine have more time, never less.
    for (let waited = 0; waited < millis && !brought(); waited++) await realTurn(1)
    return brought()
  }

  deadlock(): void {
    const suspended = this.world.suspended()
    this.exit = Exit.fail(
      new Deadlock({
        time: this.world.timeline.elapsed,
        suspended: suspended.length,
        fibers: suspended.flatMap((fiber) =>
          fiber.cache.span?._tag === "Span" ? [fiber.cache.span.name] : (fiber.cache.stackFrame?.name ?? [])
        ),
        outside: this.world.outside
      })
    )
  }

  result(): Result<A, E> {
    const { recorder, steps, timeline, uncontrolled } = this.world
    const history: History = {
      hash: recorder.hash,
      choices: [...this.oracle.choices],
      events: [...recorder.events]
    }
    const result = { exit: this.exit!, steps, time: timeline.elapsed, history, uncontrolled }
    for (let i = 0; i < epilogue && this.world.steps < this.maxSteps && !this.world.isIdle; i++) {
      this.attempt(() => this.world.step())
    }
    return {
      ...result,
      exit: this.exit!,
      left: { fibers: this.world.suspended().length, timers: timeline.pending }
    }
  }

  private isDone(): boolean {
    this.exit ??= this.fiber?.pollUnsafe()
    return this.exit !== undefined
  }

  private attempt(f: () => void): void {
    try {
      this.world.enter(f)
    } catch (cause) {
      this.exit = Exit.fail(new Uncaught({ cause, time: this.world.timeline.elapsed }))
    }
  }
}
