/**
 * A plain module, for cases of `Task.fromModule`.
 *
 * @since 0.1.0
 */

import * as Stream from "effect/Stream"

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
 * @category functions
 * @since 0.2.0
 */
export async function* countdown(from: number): AsyncGenerator<number, void> {
  for (let n = from; n > 0; n--) yield n
  if (from < 0) throw new RangeError(`no countdown from ${from}`)
}

/**
 * @category functions
 * @since 0.2.0
 */
export const evens = (below: number): Stream.Stream<number, { readonly _tag: "Odd" }> =>
  below % 2 === 1
    ? Stream.fail({ _tag: "Odd" })
    : Stream.filter(Stream.range(0, below - 1), (n) => n % 2 === 0)

/**
 * Requires two arguments.
 *
 * @category functions
 * @since 0.1.0
 */
export const add = (a: number, b: number): number => a + b

/**
 * Takes one argument, a list.
 *
 * @category functions
 * @since 0.1.0
 */
export const total = (numbers: ReadonlyArray<number>): number => numbers.reduce((sum, n) => sum + n, 0)

/**
 * Has an optional second argument.
 *
 * @category functions
 * @since 0.1.0
 */
export const inBase = (n: number, base = 10): string => n.toString(base)

/**
 * Takes any number of arguments, at least one.
 *
 * @category functions
 * @since 0.1.0
 */
export const joined = (first: string, ...rest: ReadonlyArray<string>): string => [first, ...rest].join("-")

/**
 * Returns the types of its arguments.
 *
 * @category functions
 * @since 0.1.0
 */
export const types = (a: unknown, b: unknown): string => `${typeof a} ${typeof b}`

/**
 * Takes nothing.
 *
 * @category functions
 * @since 0.1.0
 */
export const nothing = (): void => {}
