/**
 * A plain module, for cases of `Task.fromModule`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

/**
 * @category functions
 * @since 0.1.0
 */
export const double = (n: number): number => 2 * n

/**
 * @category functions
 * @since 0.1.0
 */
export const greet = async (name: string): Promise<string> => `hello ${name}`

/**
 * Answers in every way that a function may: with data, a promise, an Effect; throws at 666.
 *
 * @category functions
 * @since 0.1.0
 */
export const various = (n: number): number | Promise<number> | Effect.Effect<number> => {
  if (n === 666) throw new Error("the number of the beast")
  return [n, Promise.resolve(n), Effect.succeed(n), Effect.as(Effect.yieldNow, n)][n % 4]!
}

/**
 * Takes nothing.
 *
 * @category functions
 * @since 0.1.0
 */
export const nothing = (): void => {}
