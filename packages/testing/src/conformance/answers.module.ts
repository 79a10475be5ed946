/**
 * A plain module whose function answers in every way that one may.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

/**
 * Answers with data, a promise or an Effect; throws at 666.
 *
 * @category functions
 * @since 0.1.0
 */
export const various = (n: number): number | Promise<number> | Effect.Effect<number> => {
  if (n === 666) throw new Error("the number of the beast")
  return [n, Promise.resolve(n), Effect.succeed(n), Effect.as(Effect.yieldNow, n)][n % 4]!
}
