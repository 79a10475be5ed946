/**
 * A plain module of functions returning hostile values, with one function for each way of returning.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { makeHostile } from "./hostile.values.ts"

/**
 * @category functions
 * @since 0.1.0
 */
export const returns = (value: number): unknown => makeHostile(value)

/**
 * @category functions
 * @since 0.1.0
 */
export const throws = (value: number): unknown => {
  throw makeHostile(value)
}

/**
 * @category functions
 * @since 0.1.0
 */
export const resolves = async (value: number): Promise<unknown> => makeHostile(value)

/**
 * @category functions
 * @since 0.1.0
 */
export const rejects = (value: number): Promise<unknown> => Promise.reject(makeHostile(value))

/**
 * @category functions
 * @since 0.1.0
 */
export const fails = (value: number): Effect.Effect<unknown, unknown> => Effect.fail(makeHostile(value))
