/**
 * A plain module of functions keeping their arguments or results, and changing them later.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

const scratch = new Float64Array(1)

/**
 * Returns one and the same array each time.
 *
 * @category functions
 * @since 0.1.0
 */
export const square = (n: number): Float64Array => {
  scratch[0] = n * n
  return scratch
}

const seen: { last: number; readonly all: Array<number> } = { last: 0, all: [] }

/**
 * Returns one and the same object each time: the last number, and all numbers so far.
 *
 * @category functions
 * @since 0.1.0
 */
export const remember = (n: number): { readonly last: number; readonly all: ReadonlyArray<number> } => {
  if (n === 0) seen.all.length = 0
  seen.last = n
  seen.all.push(n)
  return seen
}

/**
 * Counts in its argument.
 *
 * @category functions
 * @since 0.1.0
 */
export const next = (counter: { n: number }): number => ++counter.n

const failure = { _tag: "Odd", n: 0, trail: [0] }

/**
 * Fails with one and the same object each time.
 *
 * @category functions
 * @since 0.1.0
 */
export const refuse = (
  n: number
): Effect.Effect<never, { _tag: string; n: number; trail: Array<number> }> => {
  failure.n = failure.trail[0] = n
  return Effect.fail(failure)
}
