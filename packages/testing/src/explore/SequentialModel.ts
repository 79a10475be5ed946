/**
 * `SequentialModel`: the behaviour of an object with only one call at a time: the reference for concurrent histories.
 *
 * @since 0.1.0
 */
import * as Equal from "effect/Equal"

/**
 * One possible course of a call: its answer, and the state after the call.
 *
 * @category models
 * @since 0.1.0
 */
export type Way<S, O> = readonly [output: O, state: S]

/**
 * States are values: `step` returns new states.
 *
 * - `step`: all possible courses of a call from a state. None: the call cannot go on from here, as nobody can take a held
 *   lock, and waits for another state.
 * - `keyOf`: calls with different keys do not touch each other, and are judged apart. Default: all have one key.
 * - `identify`: equal states have the same text. Default: JSON.
 * - `equals`: whether an answer is right. Default: Effect's `Equal`.
 * - `describe`: a call as text. `isKnown` is false for a call with an unknown answer.
 *
 * @category models
 * @since 0.1.0
 */
export interface SequentialModel<S, I, O> {
  readonly init: S
  readonly step: (state: S, input: I) => ReadonlyArray<Way<S, O>>
  readonly keyOf?: ((input: I) => string) | undefined
  readonly identify?: ((state: S) => string) | undefined
  readonly equals?: ((actual: O, expected: O) => boolean) | undefined
  readonly describe?: ((input: I, output: O | undefined, isKnown: boolean) => string) | undefined
}

/**
 * @category register
 * @since 0.1.0
 */
export type RegisterInput<V> =
  | { readonly _tag: "Read"; readonly key?: string | undefined }
  | { readonly _tag: "Write"; readonly value: V; readonly key?: string | undefined }
  | { readonly _tag: "Swap"; readonly from: V; readonly to: V; readonly key?: string | undefined }

/**
 * Registers, by `key`. `Read` returns the value, `Write` returns `undefined`, `Swap` (compare and swap) its success.
 *
 * @category register
 * @since 0.1.0
 */
export const register = <V>(init: V): SequentialModel<V, RegisterInput<V>, V | boolean | void> => ({
  init,
  keyOf: ({ key = "" }) => key,
  step: (state, input) => {
    if (input._tag === "Read") return [[state, state]]
    if (input._tag === "Write") return [[undefined, input.value]]
    return Equal.equals(state, input.from) ? [[true, input.to]] : [[false, state]]
  },
  describe: (input, output, isKnown) => {
    const name = input.key ?? "register"
    const answer = isKnown ? ` → ${JSON.stringify(output)}` : " → ?"
    if (input._tag === "Read") return `read ${name}${answer}`
    if (input._tag === "Write")
      return `write ${name} = ${JSON.stringify(input.value)}${isKnown ? "" : " → ?"}`
    return `swap ${name}: ${JSON.stringify(input.from)} for ${JSON.stringify(input.to)}${answer}`
  }
})

/**
 * @category counter
 * @since 0.1.0
 */
export type CounterInput = { readonly _tag: "Add"; readonly by: number } | { readonly _tag: "Get" }

/**
 * A number. Both calls return the number after the call.
 *
 * @category counter
 * @since 0.1.0
 */
export const counter: SequentialModel<number, CounterInput, number> = {
  init: 0,
  step: (state, input) => {
    const next = input._tag === "Add" ? state + input.by : state
    return [[next, next]]
  },
  describe: (input, output, isKnown) =>
    `${input._tag === "Add" ? `add ${input.by}` : "get"} → ${isKnown ? output : "?"}`
}

/**
 * @category queue
 * @since 0.1.0
 */
export type QueueInput<V> =
  | { readonly _tag: "Offer"; readonly value: V }
  | { readonly _tag: "Take" }
  | { readonly _tag: "Poll" }

/**
 * First in, first out. `Offer` returns `undefined`, and waits while the queue is full; `Take` waits while the queue is empty;
 * `Poll` returns `undefined` for an empty queue.
 *
 * @category queue
 * @since 0.1.0
 */
export const queue = <V>(
  capacity = Infinity
): SequentialModel<ReadonlyArray<V>, QueueInput<V>, V | void> => ({
  init: [],
  step: (state, input) => {
    if (input._tag === "Offer") return state.length < capacity ? [[undefined, [...state, input.value]]] : []
    const [first, ...rest] = state
    if (state.length > 0) return [[first, rest]]
    return input._tag === "Poll" ? [[undefined, state]] : []
  },
  describe: (input, output, isKnown) => {
    if (input._tag === "Offer") return `offer ${JSON.stringify(input.value)}${isKnown ? "" : " → ?"}`
    return `${input._tag.toLowerCase()} → ${isKnown ? JSON.stringify(output) : "?"}`
  }
})

/**
 * @category semaphore
 * @since 0.1.0
 */
export type SemaphoreInput =
  | { readonly _tag: "Acquire"; readonly permits?: number | undefined }
  | { readonly _tag: "TryAcquire"; readonly permits?: number | undefined }
  | { readonly _tag: "Release"; readonly permits?: number | undefined }

/**
 * So many permits; with 1, a mutex. `permits` is 1 by default. `Acquire` waits for enough permits; `TryAcquire`
 * returns whether there were enough. Releasing more permits than were taken is impossible, so such a history is
 * refused.
 *
 * @category semaphore
 * @since 0.1.0
 */
export const semaphore = (permits: number): SequentialModel<number, SemaphoreInput, boolean | void> => ({
  init: permits,
  step: (free, { _tag, permits: n = 1 }) => {
    if (_tag === "Release") return free + n <= permits ? [[undefined, free + n]] : []
    const isEnough = free >= n
    if (_tag === "TryAcquire") return isEnough ? [[true, free - n]] : [[false, free]]
    return isEnough ? [[undefined, free - n]] : []
  },
  describe: ({ _tag, permits: n = 1 }, output, isKnown) => {
    const answer = isKnown ? (_tag === "TryAcquire" ? ` → ${output === true}` : "") : " → ?"
    return `${_tag.toLowerCase()}${n === 1 ? "" : ` ${n}`}${answer}`
  }
})

/**
 * A semaphore of one permit.
 *
 * @category semaphore
 * @since 0.1.0
 */
export const mutex: SequentialModel<number, SemaphoreInput, boolean | void> = semaphore(1)
