/**
 * `AtomicsModel`: every interleaving of a few threads with shared memory.
 *
 * The threads are ordinary synchronous code with `Atomics`, such as production code. A model runs
 * the threads on arrays of its own, in every possible order of their operations on shared memory, and checks each order.
 * No real thread takes part and nothing is left to chance: a covered model is proven, for these threads. The mechanism
 * and its assumptions: README.md in `internal/atomics`.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { modelled, perform } from "./internal/atomics/intercept.ts"
import { start } from "./internal/atomics/local.ts"
import type { Words } from "./internal/atomics/operation.ts"
import { fromSchedule, table, toSchedule } from "./internal/atomics/report.ts"
import { type Found, type Judge, search, simplest, walk } from "./internal/atomics/search.ts"
import { initial, type Rules, type State, type Status } from "./internal/atomics/state.ts"

export {
  /**
   * An array of integers accepted by `Atomics`.
   *
   * @category models
   * @since 0.1.0
   */
  type Words
} from "./internal/atomics/operation.ts"

export {
  /**
   * The state of a thread, or its end. `threw`: by an error; `stopped`: crashed (see {@link Model}).
   *
   * @category models
   * @since 0.1.0
   */
  type Status
} from "./internal/atomics/state.ts"

/**
 * The abilities of a thread besides touching memory. Every call is a step of its own, between which other threads may run.
 *
 * - `log`: adds to the list shared by all threads, so a check can compare the order of entries.
 * - `choose`: returns one of `0 … n - 1`; each value is tried.
 * - `post`, `receive`, `poll`: a port, first in, first out. `receive` waits for a message, `poll` returns `undefined`
 *   when the port is empty. Messages are plain data, never changed by anybody.
 * - `join`: waits for the end of another thread, and returns whether the thread crashed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Thread {
  readonly log: (event: string) => void
  readonly choose: (n: number) => number
  readonly post: (port: string, message: unknown) => void
  readonly receive: (port: string) => any
  readonly poll: (port: string) => any
  readonly join: (thread: string) => "ended" | "stopped"
}

/**
 * Everything, at one moment. `memory` is a copy of the arrays; `value` is the return value of a thread.
 *
 * @category models
 * @since 0.1.0
 */
export interface Moment<M, N extends string> {
  readonly memory: M
  readonly threads: Readonly<Record<N, { readonly status: Status; readonly value: unknown }>>
  readonly log: ReadonlyArray<string>
}

/**
 * - `memory`: the shared arrays, as at the start. Each array has a buffer of its own.
 * - `threads`: two or three functions. Each is called many times over, so its reads alone must decide its steps; results
 *   leave by the return value and `log` alone.
 * - `stops`: threads with the right to crash between any two of their operations. Default none.
 * - `timeouts`: whether an `Atomics.wait` with a time-out may time out, at any moment. Default true. With false the call
 *   waits for ever, so a lost wake-up shows as a deadlock.
 * - `invariant`: throws at a wrong moment; called at each moment.
 * - `check`: throws at a wrong end.
 *
 * @category models
 * @since 0.1.0
 */
export interface Model<M extends Record<string, Words>, N extends string> {
  readonly memory: () => M
  readonly threads: Readonly<Record<N, (memory: M, thread: Thread) => unknown>>
  readonly stops?: ReadonlyArray<NoInfer<N>> | undefined
  readonly timeouts?: boolean | undefined
  readonly invariant?: ((now: Moment<M, NoInfer<N>>) => void) | undefined
  readonly check?: ((end: Moment<M, NoInfer<N>>) => void) | undefined
}

/**
 * - `maxStates`: limit of the search. Default 1,000,000.
 * - `maxSteps`: limit of operations of one thread, for spinning threads. Default 200.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly maxStates?: number | undefined
  readonly maxSteps?: number | undefined
}

/**
 * A failing interleaving.
 *
 * - `cause`: the error of a check or a thread, or a deadlock.
 * - `schedule`: {@link replay} takes it.
 * - `interleaving`: the same as a table, a column for each thread.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failure {
  readonly cause: unknown
  readonly schedule: string
  readonly interleaving: string
}

/**
 * - `isExhaustive`: every interleaving was covered, and none fails.
 * - `interleavings`: how many were covered. Interleavings with a common state are followed only once from there:
 *   `states` counts the states.
 * - `longest`: steps of the longest one.
 * - `failure`: the failing interleaving with the fewest switches between threads, if any fails.
 *
 * @category models
 * @since 0.1.0
 */
export interface Report {
  readonly isExhaustive: boolean
  readonly interleavings: bigint
  readonly states: number
  readonly longest: number
  readonly failure: Failure | undefined
}

/**
 * Some interleaving fails; the message shows it.
 *
 * @category errors
 * @since 0.1.0
 */
export class InterleavingFailed extends Data.TaggedError("InterleavingFailed")<{
  readonly failure: Failure
  readonly cause: unknown
}> {
  override get message(): string {
    const { cause, interleaving, schedule } = this.failure
    return `${String(cause)}\n\n${interleaving}\n\nreplay: ${JSON.stringify(schedule)}`
  }
}

/**
 * The search met a limit before the end.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotCovered extends Data.TaggedError("NotCovered")<{ readonly report: Report }> {
  override get message(): string {
    return `not every interleaving was covered: ${format(this.report)}`
  }
}

/**
 * Runs every interleaving.
 *
 * **Example** (Two threads add to a counter)
 *
 * ```ts
 * import { AtomicsModel } from "@heddle/testing"
 *
 * const count = (add: (words: Int32Array) => void) =>
 *   AtomicsModel.explore({
 *     memory: () => ({ words: new Int32Array(1) }),
 *     threads: { one: ({ words }) => add(words), two: ({ words }) => add(words) },
 *     check: ({ memory }) => {
 *       if (memory.words[0] !== 2) throw new Error(`the counter is ${memory.words[0]}`)
 *     }
 *   })
 *
 * const right = count((words) => Atomics.add(words, 0, 1))
 * console.log(AtomicsModel.format(right)) // => all 2 interleavings of up to 2 steps, by 5 states
 *
 * const wrong = count((words) => Atomics.store(words, 0, Atomics.load(words, 0) + 1))
 * console.log(wrong.failure?.schedule) // => one two*2 one
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const explore = <M extends Record<string, Words>, N extends string>(
  model: Model<M, N>,
  options: Options = {}
): Report => {
  const { from, judge, limits, names, rules } = prepare(model, options)
  const { found, interleavings, isExhaustive, longest, states } = search(from, rules, judge, limits)
  const failing = found === undefined ? undefined : (simplest(from, rules, judge, limits) ?? found)
  return {
    isExhaustive,
    interleavings,
    states,
    longest,
    failure: failing === undefined ? undefined : describe(from, rules, judge, names, failing)
  }
}

/**
 * Runs every interleaving. Throws {@link InterleavingFailed} if one fails, {@link NotCovered} if some were not covered.
 *
 * @category running
 * @since 0.1.0
 */
export const assert = <M extends Record<string, Words>, N extends string>(
  model: Model<M, N>,
  options: Options = {}
): Report => {
  const report = explore(model, options)
  if (report.failure !== undefined) {
    throw new InterleavingFailed({ failure: report.failure, cause: report.failure.cause })
  }
  if (!report.isExhaustive) throw new NotCovered({ report })
  return report
}

/**
 * Runs one interleaving again. Returns its failure, or `undefined` for a success. Throws if the threads have
 * changed so much as to make the interleaving impossible.
 *
 * @category running
 * @since 0.1.0
 */
export const replay = <M extends Record<string, Words>, N extends string>(
  schedule: string,
  model: Model<M, N>
): Failure | undefined => {
  const { from, judge, names, rules } = prepare(model, {})
  const path = fromSchedule(schedule, names)
  const walked = walk(from, rules, judge, path)
  if (walked === undefined) throw new RangeError(`these threads cannot run as ${JSON.stringify(schedule)}`)
  if (walked.cause === undefined) return undefined
  return describe(from, rules, judge, names, { path, cause: walked.cause })
}

/**
 * Describes the covered interleavings, in a line.
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = ({ failure, interleavings, isExhaustive, longest, states }: Report): string => {
  const found = `${interleavings} interleavings of up to ${longest} steps, by ${states} states`
  if (failure !== undefined) return `a failing interleaving: ${failure.schedule}`
  return isExhaustive ? `all ${found}` : `only ${found}`
}

const prepare = <M extends Record<string, Words>, N extends string>(model: Model<M, N>, options: Options) => {
  const { check, invariant, stops = [], timeouts = true } = model
  const names = Object.keys(model.threads) as Array<N>
  for (const name of names) {
    if (!/^[^\s:*]+$/.test(name)) throw new RangeError(`a thread cannot be called “${name}”`)
  }
  const memory = model.memory()
  const shared = Object.entries(memory)
  if (new Set(shared.map(([, words]) => words.buffer)).size < shared.length) {
    throw new RangeError("two modelled arrays share a buffer")
  }
  const seen = Object.fromEntries(shared.map(([name, words]) => [name, modelled(name, words)])) as M
  const thread = threadOf(names)
  const locals = names.map((name) => start(name, () => model.threads[name](seen, thread)))
  const rules: Rules = { names, mayStop: names.map((name) => stops.includes(name)), timeouts }
  const judge: Judge = (state, isEnd) => {
    if (invariant === undefined && !(isEnd && check !== undefined)) return undefined
    try {
      invariant?.(momentOf(state, names))
      if (isEnd) check?.(momentOf(state, names))
      return undefined
    } catch (error) {
      return error ?? new Error("a check threw undefined")
    }
  }
  const limits = { maxStates: options.maxStates ?? 1_000_000, maxSteps: options.maxSteps ?? 200 }
  return { from: initial(memory, locals, rules), judge, limits, names, rules }
}

const threadOf = (names: ReadonlyArray<string>): Thread => ({
  log: (event) => void perform({ _tag: "Log", event }),
  choose: (n) => perform({ _tag: "Choose", of: n }) as number,
  post: (port, message) => void perform({ _tag: "Post", port, message }),
  receive: (port) => perform({ _tag: "Receive", port }),
  poll: (port) => perform({ _tag: "Poll", port }),
  join: (thread) => {
    if (!names.includes(thread)) throw new RangeError(`there is no thread ${thread}`)
    return perform({ _tag: "Join", thread }) as "ended" | "stopped"
  }
})

const momentOf = <M extends Record<string, Words>, N extends string>(
  state: State,
  names: ReadonlyArray<N>
): Moment<M, N> => ({
  memory: Object.fromEntries(Object.entries(state.memory).map(([name, words]) => [name, words.slice()])) as M,
  threads: Object.fromEntries(
    state.threads.map(({ local, status }, index) => {
      const value = status === "ended" && local.next._tag === "Ended" ? local.next.value : undefined
      return [names[index], { status, value }]
    })
  ) as Moment<M, N>["threads"],
  log: state.log
})

const describe = (
  from: State,
  rules: Rules,
  judge: Judge,
  names: ReadonlyArray<string>,
  { cause, path }: Found
): Failure => {
  const walked = walk(from, rules, judge, path)!
  return { cause, schedule: toSchedule(path, names), interleaving: table(walked, names) }
}
