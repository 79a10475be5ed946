/**
 * A plain module of functions, with one function for each way of returning a result.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
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

/** Not provided by any worker. */
class Absent extends Context.Service<Absent, number>()("conformance/Absent") {}

/**
 * Needs a service hidden by its type.
 *
 * @category functions
 * @since 0.1.0
 */
export const needy = (): Effect.Effect<number> => Effect.map(Absent, (n) => n) as Effect.Effect<number>

/**
 * No function.
 *
 * @category constants
 * @since 0.1.0
 */
export const limit = 10

/**
 * Returns its argument.
 *
 * @category functions
 * @since 0.1.0
 */
export const echo = (value: unknown): unknown => value

/**
 * The same, later.
 *
 * @category functions
 * @since 0.1.0
 */
export const echoLater = async (value: unknown): Promise<unknown> => value

/**
 * The same, by an Effect.
 *
 * @category functions
 * @since 0.1.0
 */
export const echoEffect = (value: unknown): Effect.Effect<unknown> => Effect.succeed(value)

/**
 * The same, by an object with a `then` method and no promise: a query builder, for example.
 *
 * @category functions
 * @since 0.1.0
 */
export const echoThenable = (value: unknown): PromiseLike<unknown> => ({
  // oxlint-disable-next-line unicorn/no-thenable
  then: (onFulfilled) => Promise.resolve(onFulfilled!(value) as never)
})
