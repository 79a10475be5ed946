/**
 * Foreign values: those of a user's program, read so that nothing they do reaches the reader.
 *
 * A getter, a trap of a proxy, a `toString` or a `Symbol.hasInstance` may throw, and may throw something that throws again.
 * Read a value of the user's outside of a guard, and the exception ends a worker or a host that has done nothing wrong. Each
 * function here answers in any case (S209).
 *
 * @since 0.1.0
 */

import { isError } from "./brands.ts"

/** What a function answers, or this where it throws. */
export const attempt = <A>(f: () => A, otherwise: A): A => {
  try {
    return f()
  } catch {
    return otherwise
  }
}

/** `instanceof`; false for a value that cannot be asked. */
export const isInstance = <A>(value: unknown, type: abstract new (...args: any) => A): value is A => {
  try {
    return value instanceof type
  } catch {
    return false
  }
}

/** A property; `undefined` where reading it throws, and of what has no properties. */
export const get = (value: unknown, key: PropertyKey): unknown => {
  try {
    return value === undefined || value === null ? undefined : (value as any)[key]
  } catch {
    return undefined
  }
}

/** The longest text that is made of a value. */
export const maxText = 64 * 1024

/** A text that is no longer than that; one that was cut ends with a mark. */
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

/** The message of what was thrown; a description of what has none. */
export const messageOf = (thrown: unknown): string => {
  const message = isError(thrown) ? get(thrown, "message") : undefined
  return typeof message === "string" ? cut(message) : show(thrown)
}

/** The same with the name of its class before it. */
export const describe = (thrown: unknown): string => {
  if (!isError(thrown)) return show(thrown)
  const name = get(thrown, "name")
  return `${typeof name === "string" ? name : "Error"}: ${messageOf(thrown)}`
}
