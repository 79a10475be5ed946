/**
 * `History`: the calls of concurrent callers, with their times and outcomes, as data for {@link Linearizable}.
 *
 * Positions are not times: they count invocations and answers in the order in which they happened, so a history from a
 * simulation is exact. An interrupted, failed or unfinished call is *maybe*: the call may have
 * taken effect at any moment after its invocation, or never.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/**
 * The outcome of a call, as known to its caller.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome<O> =
  | { readonly _tag: "Returned"; readonly output: O; readonly at: number }
  | { readonly _tag: "Maybe" }

/**
 * One call. `by` names the caller, for people to read; `invoked` and `at` are positions, all distinct.
 *
 * @category models
 * @since 0.1.0
 */
export interface Call<I, O> {
  readonly by: string
  readonly input: I
  readonly invoked: number
  readonly outcome: Outcome<O>
}

/**
 * - `by`: default is a number per call.
 * - `answer`: the meaning of an exit. Default: a success is its value; anything else is maybe. A typed failure proving an
 *   outcome ("empty", "locked") should count as an answer here: more knowledge finds more bugs.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecordOptions<A, E, O> {
  readonly by?: string | undefined
  readonly answer?: ((exit: Exit.Exit<A, E>) => { readonly output: O } | "maybe") | undefined
}

interface Entry<I, O> {
  readonly by: string
  readonly input: I
  readonly invoked: number
  outcome: Outcome<O>
}

/**
 * Collects calls. Make one for each run.
 *
 * **Example** (A counter, seen by two fibers)
 *
 * ```ts
 * import { History, Linearizable, SequentialModel, Simulation } from "@heddle/testing"
 * import { Effect, Ref } from "effect"
 *
 * const history = new History.Recorder<SequentialModel.CounterInput, number>()
 * const program = Effect.gen(function* () {
 *   const ref = yield* Ref.make(0)
 *   const add = history.record({ _tag: "Add", by: 1 }, Ref.updateAndGet(ref, (n) => n + 1))
 *   yield* Effect.all([add, add], { concurrency: "unbounded" })
 * })
 * Simulation.run(program, { realism: "adversarial" })
 *
 * console.log(Linearizable.check(SequentialModel.counter, history.calls)._tag) // => Linearizable
 * ```
 *
 * @category recording
 * @since 0.1.0
 */
export class Recorder<I, O> {
  private readonly entries: Array<Entry<I, O>> = []
  private position = 0

  /** The calls so far, in order of invocation. */
  get calls(): ReadonlyArray<Call<I, O>> {
    return this.entries.map((entry) => ({ ...entry }))
  }

  /** Records one call, from the start of the effect to its end. */
  record<A extends O, E, R>(
    input: I,
    effect: Effect.Effect<A, E, R>,
    options?: RecordOptions<A, E, O>
  ): Effect.Effect<A, E, R>
  record<A, E, R>(
    input: I,
    effect: Effect.Effect<A, E, R>,
    options: RecordOptions<A, E, O> & { readonly answer: object }
  ): Effect.Effect<A, E, R>
  record<A, E, R>(
    input: I,
    effect: Effect.Effect<A, E, R>,
    options: RecordOptions<A, E, O> = {}
  ): Effect.Effect<A, E, R> {
    const answer =
      options.answer ?? ((exit) => (Exit.isSuccess(exit) ? { output: exit.value as unknown as O } : "maybe"))
    return Effect.suspend(() => {
      const entry = this.begin(input, options.by)
      return Effect.onExitPrimitive(effect, (exit) => {
        const answered = answer(exit)
        if (answered !== "maybe") {
          entry.outcome = { _tag: "Returned", output: answered.output, at: this.position++ }
        }
        return undefined
      })
    })
  }

  private begin(input: I, by: string | undefined): Entry<I, O> {
    const number = this.entries.length + 1
    const entry: Entry<I, O> = {
      by: by ?? String(number),
      input,
      invoked: this.position++,
      outcome: { _tag: "Maybe" }
    }
    this.entries.push(entry)
    return entry
  }
}

/**
 * The history as known at a position: later events had not happened, and unfinished calls are maybe.
 *
 * @category combinators
 * @since 0.1.0
 */
export const until = <I, O>(calls: ReadonlyArray<Call<I, O>>, position: number): ReadonlyArray<Call<I, O>> =>
  calls
    .filter((call) => call.invoked <= position)
    .map((call) => {
      const isOpen = call.outcome._tag === "Returned" && call.outcome.at > position
      return isOpen ? { ...call, outcome: { _tag: "Maybe" } } : call
    })

/**
 * - `describe`: a call as text. Default: its input and output as JSON.
 * - `mark`: the calls to point at.
 *
 * @category models
 * @since 0.1.0
 */
export interface FormatOptions<I, O> {
  readonly describe?: ((input: I, output: O | undefined, isKnown: boolean) => string) | undefined
  readonly mark?: ((call: Call<I, O>) => boolean) | undefined
}

/**
 * Formats each call as a line, in order of invocation, with its duration as a bar. Calls with overlapping bars were concurrent.
 *
 * @category formatting
 * @since 0.1.0
 */
export const format = <I, O>(calls: ReadonlyArray<Call<I, O>>, options: FormatOptions<I, O> = {}): string => {
  const { describe = describeAsJson, mark = () => false } = options
  const sorted = calls.toSorted((a, b) => a.invoked - b.invoked)
  const positions = sorted
    .flatMap(({ invoked, outcome }) => (outcome._tag === "Returned" ? [invoked, outcome.at] : [invoked]))
    .toSorted((a, b) => a - b)
  const column = new Map(positions.map((position, index) => [position, index]))
  const width = positions.length
  const who = Math.max(0, ...sorted.map(({ by }) => by.length))
  return sorted
    .map((call) => {
      const { by, input, invoked, outcome } = call
      const from = column.get(invoked)!
      const isKnown = outcome._tag === "Returned"
      const bar = isKnown
        ? `├${"─".repeat(column.get(outcome.at)! - from - 1)}┤`
        : `├${"┄".repeat(Math.max(0, width - from - 1))}`
      const text = describe(input, isKnown ? outcome.output : undefined, isKnown)
      const line = `${by.padEnd(who)}  ${" ".repeat(from)}${bar.padEnd(width - from)}  ${text}`
      return mark(call) ? `${line}  ← here` : line
    })
    .join("\n")
}

const describeAsJson = (input: unknown, output: unknown, isKnown: boolean): string =>
  `${JSON.stringify(input)} → ${isKnown ? (JSON.stringify(output) ?? "undefined") : "?"}`
