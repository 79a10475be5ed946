/**
 * `Explore`: runs a program under many schedules, finds a failing schedule, shrinks and shows the schedule.
 *
 * The program is an ordinary Effect. The explorer decides which fiber runs next, where a fiber is preempted, which of two timers
 * rings first, which faults happen, and the random numbers; so each run can be repeated from a line of text, on any machine.
 * Needs no worker, and no test framework.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import { attempt, type Checked, type Kind, type Problem, type Program } from "./internal/attempt.ts"
import * as Log from "./internal/log.ts"
import { search, type SearchResult, type Strategy, type Used } from "./internal/search.ts"
import { shrink } from "./internal/shrink.ts"
import { scripted, type Size } from "./internal/strategy.ts"
import { Probe } from "./internal/probe.ts"
import { Trace } from "./internal/trace.ts"
import * as Current from "../internal/current.ts"

export {
  /**
   * The problem of a run.
   *
   * - `Failed`: the program failed, died or was interrupted, or `check` threw.
   * - `Deadlock`: nothing was ready, no timer was left, and the program had not ended.
   * - `StepLimit`: it took more than `maxSteps` turns.
   * - `Uncaught`: something threw outside of every fiber.
   * - `Uncontrolled`: the real world had a say, so no schedule decides the outcome. Take the cause out of the program.
   *
   * @category models
   * @since 0.1.0
   */
  type Kind,
  /**
   * The end of a run, for `check`. `left` counts the fibers and timers left after the program.
   *
   * @category models
   * @since 0.1.0
   */
  type Checked
} from "./internal/attempt.ts"

export {
  /**
   * A way of looking for failing schedules.
   *
   * @category strategies
   * @since 0.1.0
   */
  type Strategy
} from "./internal/search.ts"

/**
 * Any ready fiber runs next; each operation may be the last before another fiber runs.
 *
 * @category strategies
 * @since 0.1.0
 */
export const random: Strategy = { _tag: "Random" }

/**
 * PCT: fibers have random ranks, the highest runs, and at `depth - 1` random operations the running one falls below all
 * others. One schedule finds a bug of that depth with a probability of at least `1 / (n · k^(depth - 1))`, for `n` fibers
 * and `k` operations; the report prints the bound. Needs realism `adversarial`.
 *
 * @category strategies
 * @since 0.1.0
 */
export const pct = (depth: number): Strategy => ({ _tag: "Pct", depth })

/**
 * In order, but for so many operations, drawn at random, at which the running fiber goes to the end of the line.
 *
 * @category strategies
 * @since 0.1.0
 */
export const delayBounded = (delays: number): Strategy => ({ _tag: "DelayBounded", delays })

/**
 * Every schedule with at most so many decisions other than tame ones, in order of their number. For tiny programs; the
 * report says whether all were covered.
 *
 * @category strategies
 * @since 0.1.0
 */
export const exhaustive = (decisions = Infinity): Strategy => ({ _tag: "Exhaustive", decisions })

/**
 * The default: a few of each, in turn. In order (`fifo`), only strategies without reordering.
 *
 * @category strategies
 * @since 0.1.0
 */
export const portfolio = (realism: Realism = "adversarial"): ReadonlyArray<Strategy> =>
  realism === "fifo"
    ? [random, delayBounded(1), exhaustive(3), random, delayBounded(2), random, delayBounded(3)]
    : [random, pct(3), exhaustive(3), random, delayBounded(2), pct(2), random, delayBounded(3), pct(4)]

/**
 * - `fifo`: keeps the order of Effect's own scheduler; the schedule decides where a fiber yields, which timers of one
 *   moment ring first, and when messages arrive. Each failure can happen with Effect as released.
 * - `adversarial` (default): any ready fiber runs next, and may be preempted. Finds more, including code relying on the
 *   order in which Effect happens to run ready fibers.
 *
 * @category models
 * @since 0.1.0
 */
export type Realism = "fifo" | "adversarial"

/**
 * - `schedules`: how many to run. Default 1,000.
 * - `budget`: real time after which no new schedule is begun. Default none.
 * - `seed`: other seeds give other schedules. Default 0.
 * - `strategies`: taken in turn. Default {@link portfolio}.
 * - `check`: throws at a wrong end. Default: anything but a success is a failure.
 * - `maxSteps`: turns after which a run counts as endless. Default 100,000.
 * - `verifyEvery`: each n-th schedule is run twice, and its histories compared. Default 50.
 * - `shrinkRuns`: how many runs shrinking may take, and at most five million turns together. Default 2,000.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<A, E> {
  readonly schedules?: number | undefined
  readonly budget?: Duration.Input | undefined
  readonly seed?: number | undefined
  readonly realism?: Realism | undefined
  readonly strategies?: ReadonlyArray<Strategy> | undefined
  readonly check?: ((end: Checked<A, E>) => void) | undefined
  readonly maxSteps?: number | undefined
  readonly verifyEvery?: number | undefined
  readonly shrinkRuns?: number | undefined
}

/**
 * - `log`: the shrunk schedule, in a line; {@link replay} takes the line. `found` is the schedule before shrinking.
 * - `decisions`: how many there are in `log` and in `found`.
 * - `timeline`: the steps of the fibers.
 * - `waiting`: where the unfinished fibers wait; in a deadlock also for which object, its maker, its holder, and any circle
 *   of fibers waiting for each other.
 * - `message`: all of the above, to read.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failure {
  readonly kind: Kind
  readonly cause: unknown
  readonly log: string
  readonly found: string
  readonly decisions: { readonly log: number; readonly found: number }
  readonly strategy: Strategy | undefined
  readonly timeline: string
  readonly waiting: ReadonlyArray<string>
  readonly message: string
}

/**
 * - `schedules`: how many were run, shrinking not counted.
 * - `coverage`: `all`: every schedule was run; `bounded`: every one up to the bound of an exhaustive strategy.
 * - `size`: the most strands (fibers and callbacks), operations and turns of a run.
 * - `perSecond`: schedules, in real time.
 *
 * @category models
 * @since 0.1.0
 */
export interface Report {
  readonly schedules: number
  readonly coverage: "all" | "bounded" | "partial"
  readonly strategies: ReadonlyArray<Used>
  readonly size: Size
  readonly perSecond: number
  readonly failure: Failure | undefined
}

/**
 * A schedule fails; the message shows it.
 *
 * @category errors
 * @since 0.1.0
 */
export class ScheduleFailed extends Data.TaggedError("ScheduleFailed")<{
  readonly failure: Failure
  readonly cause: unknown
}> {
  override get message(): string {
    return this.failure.message
  }
}

/**
 * Looks for a failing schedule. With `HEDDLE_REPLAY` in the environment, runs only the schedule of the variable.
 *
 * **Example** (A lost update)
 *
 * ```ts
 * import { Explore } from "@heddle/testing"
 * import { Effect, Ref } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const counter = yield* Ref.make(0)
 *   const add = Effect.flatMap(Ref.get(counter), (n) => Ref.set(counter, n + 1))
 *   yield* Effect.all([add, add], { concurrency: "unbounded" })
 *   if ((yield* Ref.get(counter)) !== 2) return yield* Effect.die("an update is lost")
 * })
 *
 * const { failure } = await Explore.run(program)
 * console.log(failure?.cause, failure?.decisions.log) // => an update is lost 1
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const run = async <A, E>(
  effect: Effect.Effect<A, E>,
  options: Options<A, E> = {}
): Promise<Report> => {
  const program = programOf(effect, options)
  const given = environmentLog()
  if (given !== undefined) return reportOfReplay(replay(given, effect, options))
  const realism = options.realism ?? "adversarial"
  const strategies = options.strategies ?? portfolio(realism)
  if (strategies.length === 0) throw new RangeError("no strategy")
  if (realism === "fifo" && strategies.some(({ _tag }) => _tag === "Pct")) {
    throw new RangeError("PCT reorders what is ready: it needs realism adversarial")
  }
  const result = await search(program, {
    strategies,
    realism,
    seed: options.seed ?? 0,
    schedules: options.schedules ?? 1_000,
    millis: options.budget === undefined ? Infinity : Duration.toMillis(options.budget),
    verifyEvery: Math.max(1, options.verifyEvery ?? 50)
  })
  return {
    schedules: result.schedules,
    coverage: result.coverage,
    strategies: result.used,
    size: result.size,
    perSecond: Math.round(result.schedules / (Math.max(result.millis, 0.001) / 1_000)),
    failure: result.failing === undefined ? undefined : explain(program, result, options.shrinkRuns ?? 2_000)
  }
}

/**
 * The same; throws {@link ScheduleFailed} if a schedule fails.
 *
 * @category running
 * @since 0.1.0
 */
export const assert = async <A, E>(
  effect: Effect.Effect<A, E>,
  options: Options<A, E> = {}
): Promise<Report> => {
  const report = await run(effect, options)
  if (report.failure === undefined) return report
  throw new ScheduleFailed({ failure: report.failure, cause: report.failure.cause })
}

/**
 * Runs the schedule of a log again. Returns its failure, or `undefined` for a success.
 *
 * @category running
 * @since 0.1.0
 */
export const replay = <A, E>(
  log: string,
  effect: Effect.Effect<A, E>,
  options: Pick<Options<A, E>, "check" | "maxSteps"> = {}
): Failure | undefined => {
  const parsed = Log.parse(log)
  const { problem } = attempt(programOf(effect, options), { ...parsed, oracle: scripted(parsed) })
  return problem === undefined
    ? undefined
    : show(programOf(effect, options), problem, parsed, parsed, undefined, "")
}

/**
 * Returns a number drawn by the strategy, `0 … n - 1`. Zero is the plainest: shrinking leads to zero. The number is part of the
 * log. Returns zero outside of a simulation.
 *
 * - `fault`: the fault to inject; zero, none, is the most likely.
 * - `command`: the next step of the program.
 * - `delay`: a duration.
 *
 * @category drawing
 * @since 0.1.0
 */
export const draw: (kind: "fault" | "command" | "delay", n: number) => Effect.Effect<number> = Current.draw

/**
 * Adds an event to the history: the timeline of a failure shows the event beside its fiber. Does nothing
 * outside of a simulation.
 *
 * @category combinators
 * @since 0.1.0
 */
export const record: (event: string) => Effect.Effect<void> = Current.record

/**
 * Formats a report in a few lines: how many schedules, of which strategies, with PCT's bound, and the coverage.
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = ({ coverage, failure, perSecond, schedules, size, strategies }: Report): string => {
  const covered = {
    all: "every schedule was run",
    bounded: "every schedule up to the bound was run",
    partial: "not every schedule was run"
  }[coverage]
  return [
    `${schedules} schedules (${perSecond} a second), up to ${size.strands} strands and ${size.operations} operations; ${covered}`,
    ...strategies.map(
      (used) => `  ${describeStrategy(used.strategy)}: ${used.schedules}${boundOf(used, size)}`
    ),
    ...(failure === undefined ? [] : [failure.message])
  ].join("\n")
}

const describeStrategy = (strategy: Strategy | undefined): string => {
  if (strategy === undefined) return "the tame schedule"
  if (strategy._tag === "Pct") return `pct of depth ${strategy.depth}`
  if (strategy._tag === "DelayBounded") return `${strategy.delays} delays`
  return strategy._tag === "Random" ? "random" : "exhaustive"
}

const boundOf = ({ schedules, strategy }: Used, { operations, strands }: Size): string => {
  if (strategy._tag !== "Pct") return ""
  const each = 1 / (strands * operations ** (strategy.depth - 1))
  const all = 1 - (1 - each) ** schedules
  return ` (finds a bug of that depth with probability ≥ ${each.toPrecision(2)} each, ≥ ${all.toPrecision(2)} in all)`
}

const programOf = <A, E>(
  effect: Effect.Effect<A, E>,
  { check, maxSteps = 100_000 }: Pick<Options<A, E>, "check" | "maxSteps">
): Program<A, E> => ({ effect, check, maxSteps })

const explain = <A, E>(program: Program<A, E>, result: SearchResult, budget: number): Failure => {
  const { attempt: failing, strategy } = result.failing!
  const small = failing.problem.kind === "Uncontrolled" ? failing : shrink(program, failing, budget)
  const how = `schedule ${result.schedules}, by ${describeStrategy(strategy)}`
  return show(program, small.problem!, small.log, failing.log, strategy, how)
}

const show = <A, E>(
  program: Program<A, E>,
  problem: Problem,
  log: Log.Log,
  found: Log.Log,
  strategy: Strategy | undefined,
  how: string
): Failure => {
  const { cause, kind } = problem
  const isStuck = kind === "Deadlock" || kind === "Uncontrolled"
  const probe = isStuck ? new Probe() : undefined
  const trace = new Trace(probe)
  const rerun = () => attempt(program, { ...log, oracle: scripted(log), trace })
  if (probe === undefined) rerun()
  else probe.watch(rerun)
  const line = Log.format(log)
  const decisions = { log: log.entries.length, found: found.entries.length }
  const message = [
    String(cause),
    "",
    `${how === "" ? "a replay" : how}: ${count(decisions.log)}${decisions.found > decisions.log ? `, shrunk from ${decisions.found}` : ""}; seed ${log.seed}, ${log.realism}`,
    "",
    trace.timeline,
    ...(isStuck ? ["", ...trace.waiting.map((wait) => `  ${wait}`)] : []),
    "",
    `replay: HEDDLE_REPLAY='${line}'`
  ].join("\n")
  const { timeline, waiting } = trace
  return { kind, cause, log: line, found: Log.format(found), decisions, strategy, timeline, waiting, message }
}

const count = (decisions: number): string => `${decisions} decision${decisions === 1 ? "" : "s"}`

const environmentLog = (): string | undefined => {
  const process = Reflect.get(globalThis, "process") as
    | { readonly env?: Record<string, string | undefined> }
    | undefined
  return process?.env?.["HEDDLE_REPLAY"] || undefined
}

const reportOfReplay = (failure: Failure | undefined): Report => ({
  schedules: 1,
  coverage: "partial",
  strategies: [],
  size: { operations: 0, steps: 0, strands: 0 },
  perSecond: 0,
  failure
})
