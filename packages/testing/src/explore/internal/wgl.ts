/**
 * Decides whether some order of calls, each between its invocation and its answer, is allowed by a sequential object: the
 * algorithm of Wing and Gong, with Lowe's memory of tried combinations.
 *
 * Events stand in a list, in order of position. A call may be put next in the order if no answer stands before the call. The
 * search goes along the list and puts calls next as long as possible. At an answer without a put call, the search takes
 * its last choice back. Two searches with the same put calls and the same state end alike, so the second
 * search is skipped. Calls with a maybe have no answer: such a call may be put, or left out.
 *
 * @since 0.1.0
 */
import * as Equal from "effect/Equal"
import type { Call } from "../History.ts"
import type { SequentialModel } from "../SequentialModel.ts"

interface Event {
  readonly call: number
  /** The answer of the call, or else its invocation. */
  readonly isAnswer: boolean
  before: Event
  after: Event | undefined
  /** The answer of an invocation. */
  answer: Event | undefined
}

/**
 * - `order`: calls by index, in a right order; the longest partial order, if none is right for all calls.
 * - `state`: the state after the order.
 * - `verdict`: `spent` when the budget did not suffice.
 */
export interface Verdict<S> {
  readonly verdict: "yes" | "no" | "spent"
  readonly order: ReadonlyArray<number>
  readonly state: S
  readonly steps: number
}

interface Choice<S> {
  readonly event: Event
  readonly state: S
  /** How many of the ways from `state` have been tried. */
  readonly tried: number
}

export const decide = <S, I, O>(
  model: SequentialModel<S, I, O>,
  calls: ReadonlyArray<Call<I, O>>,
  budget: number
): Verdict<S> => {
  const { equals = Equal.equals, identify = (state: S) => JSON.stringify(state) ?? "undefined" } = model
  const { answers, head } = listOf(calls)
  const done = new Set<number>()
  const seen = new Set<string>()
  const bits = new Uint32Array(Math.ceil(calls.length / 32))
  const flip = (call: number) => {
    bits[call >>> 5]! ^= 1 << (call & 31)
  }
  const stack: Array<Choice<S>> = []
  let [state, open, steps] = [model.init, answers, 0]
  let best = { order: [] as ReadonlyArray<number>, state }
  let at: Event | undefined = head.after
  let way = 0
  while (open > 0) {
    if (at !== undefined && !at.isAnswer) {
      if (++steps > budget) return { verdict: "spent", ...best, steps }
      const { input, outcome } = calls[at.call]!
      const ways = model.step(state, input)
      const isRight = (output: O) => outcome._tag === "Maybe" || equals(outcome.output, output)
      while (way < ways.length && !isRight(ways[way]![0])) way++
      if (way === ways.length) {
        ;[at, way] = [at.after, 0]
        continue
      }
      const next = ways[way]![1]
      flip(at.call)
      const key = `${bits.join()}|${identify(next)}`
      if (seen.has(key)) {
        flip(at.call)
        way++
        continue
      }
      seen.add(key)
      stack.push({ event: at, state, tried: way + 1 })
      done.add(at.call)
      state = next
      if (done.size > best.order.length) best = { order: [...done], state }
      if (at.answer !== undefined) open--
      lift(at)
      ;[at, way] = [head.after, 0]
      continue
    }
    const last = stack.pop()
    if (last === undefined) return { verdict: "no", ...best, steps }
    drop(last.event)
    if (last.event.answer !== undefined) open++
    flip(last.event.call)
    done.delete(last.event.call)
    ;({ event: at, state, tried: way } = last)
  }
  return { verdict: "yes", order: [...done], state, steps }
}

const listOf = (
  calls: ReadonlyArray<Call<unknown, unknown>>
): { readonly head: Event; readonly answers: number } => {
  const events = calls.flatMap(({ invoked, outcome }, call) => [
    { call, isAnswer: false, position: invoked },
    ...(outcome._tag === "Returned" ? [{ call, isAnswer: true, position: outcome.at }] : [])
  ])
  const head = { call: -1, isAnswer: false, after: undefined, answer: undefined } as unknown as Event
  const invocations = new Map<number, Event>()
  let last = head
  let answers = 0
  for (const { call, isAnswer } of events.toSorted((a, b) => a.position - b.position)) {
    const event: Event = { call, isAnswer, before: last, after: undefined, answer: undefined }
    last.after = event
    last = event
    if (isAnswer) {
      invocations.get(call)!.answer = event
      answers++
    } else invocations.set(call, event)
  }
  return { head, answers }
}

/** Takes a call and its answer out of the list; both keep their neighbours, for `drop`. */
const lift = (event: Event): void => {
  event.before.after = event.after
  if (event.after !== undefined) event.after.before = event.before
  if (event.answer !== undefined) lift(event.answer)
}

/** Puts them back, in reverse. */
const drop = (event: Event): void => {
  if (event.answer !== undefined) drop(event.answer)
  event.before.after = event
  if (event.after !== undefined) event.after.before = event
}
