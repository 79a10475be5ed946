/**
 * `Linearizable`: whether a concurrent history can be explained by its calls having happened one at a time, each at some
 * moment between its invocation and its answer.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import { type Call, format as formatHistory, until } from "./History.ts"
import { decide, type Verdict } from "./internal/wgl.ts"
import type { SequentialModel } from "./SequentialModel.ts"

/**
 * - `budget`: how many times a call may be tried as the next one, for each key. Default 1,000,000. The problem is NP-complete:
 *   the number of concurrent calls and of maybes among them decides.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly budget?: number | undefined
}

/**
 * The reason for refusing a history.
 *
 * - `key`: of the contradictory calls.
 * - `calls`: the history of the key, up to the first impossible answer.
 * - `wrong`: the call with this answer.
 * - `order`: the longest explainable part of the history, in an explaining order; `state` is the state afterwards.
 * - `message`: all of the above, to read.
 *
 * @category models
 * @since 0.1.0
 */
export interface Counterexample<S, I, O> {
  readonly key: string
  readonly calls: ReadonlyArray<Call<I, O>>
  readonly wrong: Call<I, O>
  readonly order: ReadonlyArray<Call<I, O>>
  readonly state: S
  readonly message: string
}

/**
 * `Unknown`: the budget did not suffice, for these keys; no other is refused.
 *
 * @category models
 * @since 0.1.0
 */
export type Result<S, I, O> =
  | { readonly _tag: "Linearizable"; readonly keys: number; readonly steps: number }
  | { readonly _tag: "Unknown"; readonly keys: ReadonlyArray<string> }
  | { readonly _tag: "NotLinearizable"; readonly counterexample: Counterexample<S, I, O> }

/**
 * A history is not linearizable, or the budget was spent. The message shows the history.
 *
 * @category errors
 * @since 0.1.0
 */
export class HistoryRefused extends Data.TaggedError("HistoryRefused")<{
  readonly counterexample: Counterexample<unknown, unknown, unknown> | undefined
  readonly keys: ReadonlyArray<string>
}> {
  override get message(): string {
    return this.counterexample?.message ?? `the budget did not suffice for: ${this.keys.join(", ")}`
  }
}

/**
 * Judges a history.
 *
 * **Example** (A read of a value overwritten before the read began)
 *
 * ```ts
 * import { Linearizable, SequentialModel } from "@heddle/testing"
 *
 * const result = Linearizable.check(SequentialModel.register(0), [
 *   { by: "a", input: { _tag: "Write", value: 1 }, invoked: 0, outcome: { _tag: "Returned", output: undefined, at: 1 } },
 *   { by: "b", input: { _tag: "Read" }, invoked: 2, outcome: { _tag: "Returned", output: 0, at: 3 } }
 * ])
 * console.log(result._tag) // => NotLinearizable
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const check = <S, I, O>(
  model: SequentialModel<S, I, O>,
  calls: ReadonlyArray<Call<I, O>>,
  { budget = 1_000_000 }: Options = {}
): Result<S, I, O> => {
  const byKey = Map.groupBy(calls, ({ input }) => model.keyOf?.(input) ?? "")
  const spent: Array<string> = []
  let steps = 0
  for (const [key, group] of byKey) {
    const verdict = decide(model, group, budget)
    steps += verdict.steps
    if (verdict.verdict === "spent") spent.push(key)
    if (verdict.verdict !== "no") continue
    return { _tag: "NotLinearizable", counterexample: counterexampleOf(model, key, group, budget) }
  }
  return spent.length > 0
    ? { _tag: "Unknown", keys: spent }
    : { _tag: "Linearizable", keys: byKey.size, steps }
}

/**
 * Throws {@link HistoryRefused} unless the history is linearizable.
 *
 * @category running
 * @since 0.1.0
 */
export const assert = <S, I, O>(
  model: SequentialModel<S, I, O>,
  calls: ReadonlyArray<Call<I, O>>,
  options: Options = {}
): void => {
  const result = check(model, calls, options)
  if (result._tag === "Linearizable") return
  const isKnown = result._tag === "NotLinearizable"
  throw new HistoryRefused({
    counterexample: isKnown ? result.counterexample : undefined,
    keys: isKnown ? [result.counterexample.key] : result.keys
  })
}

/** The beginning of an impossible history may be possible; any continuation of an impossible one is impossible. */
const counterexampleOf = <S, I, O>(
  model: SequentialModel<S, I, O>,
  key: string,
  calls: ReadonlyArray<Call<I, O>>,
  budget: number
): Counterexample<S, I, O> => {
  const answers = calls
    .flatMap(({ outcome }) => (outcome._tag === "Returned" ? [outcome.at] : []))
    .toSorted((a, b) => a - b)
  let [low, high] = [0, answers.length - 1]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (decide(model, until(calls, answers[middle]!), budget).verdict === "no") high = middle
    else low = middle + 1
  }
  const last = answers[low]!
  const prefix = until(calls, last)
  const verdict: Verdict<S> = decide(model, prefix, budget)
  const order = verdict.order.map((index) => prefix[index]!)
  const wrong = prefix.find(({ outcome }) => outcome._tag === "Returned" && outcome.at === last)!
  const message = [
    `not linearizable${key === "" ? "" : ` (${key})`}: no order of the calls explains the answer of the one that is marked`,
    "",
    formatHistory(prefix, { describe: model.describe, mark: (call) => call === wrong }),
    "",
    `The longest order that is right: ${order.map(({ by }) => by).join(", ") || "none"}; after it the state is ${JSON.stringify(verdict.state)}.`
  ].join("\n")
  return { key, calls: prefix, wrong, order, state: verdict.state, message }
}
