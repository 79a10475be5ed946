/**
 * Reads foreign values, those of the user's program, without letting their exceptions reach the reader.
 *
 * A getter, a proxy trap, a `toString` or a `Symbol.hasInstance` may throw, and the thrown value may throw when read,
 * too. Read without a guard, such a value would end an innocent worker or host. Each function here returns for every
 * value (S209).
 *
 * @since 0.1.0
 */

import { isError } from "./brands.ts"

/** Returns the result of `f`, or `otherwise` when `f` throws. */
export const attempt = <A>(f: () => A, otherwise: A): A => {
  try {
    return f()
  } catch {
    return otherwise
  }
}

/** `instanceof`; false when the test throws. */
export const isInstance = <A>(value: unknown, type: abstract new (...args: any) => A): value is A => {
  try {
    return value instanceof type
  } catch {
    return false
  }
}

/** Reads a property; `undefined` when reading throws, and for a value without properties. */
export const get = (value: unknown, key: PropertyKey): unknown => {
  try {
    return value === undefined || value === null ? undefined : (value as any)[key]
  } catch {
    return undefined
  }
}

/** The longest text made from a foreign value. */
export const maxText = 64 * 1024

/** Returns the text, cut to the longest length with a mark at the end. */
export const cut = (text: string): string =>
  text.length <= maxText ? text : `${text.slice(0, maxText - 1)}…`

/** A printable description of anything. */
export const show = (value: unknown): string =>
  attempt(() => {
    switch (typeof value) {
      case "string":
        return cut(value)
      case "function":
        return `[Function ${cut(String(value.name || "anonymous"))}]`
      case "object":
        return value === null ? "null" : cut(Object.prototype.toString.call(value))
      default:
        return cut(String(value))
    }
  }, "[unprintable value]")

/** Returns the message of a thrown error, or a description of any other thrown value. */
export const messageOf = (thrown: unknown): string => {
  const message = isError(thrown) ? get(thrown, "message") : undefined
  return typeof message === "string" ? cut(message) : show(thrown)
}

/** Returns the message with the name of the error's class in front. */
export const describe = (thrown: unknown): string => {
  if (!isError(thrown)) return show(thrown)
  const name = get(thrown, "name")
  return `${typeof name === "string" ? name : "Error"}: ${messageOf(thrown)}`
}
