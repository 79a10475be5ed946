/**
 * Protocol violations, and the checks for them.
 *
 * @since 0.1.0
 */

/**
 * A frame that breaks the protocol. On the host a violation ends the sending worker, never the host. A transport
 * delivers a violation in place of an unreadable frame. A worker cannot forge a violation, because all its posts arrive
 * as plain data.
 */
export class Violation extends Error {
  override readonly name = "ProtocolViolation"
}

export const count = (value: unknown, what: string): number => {
  if (typeof value !== "number" || !(value >= 0))
    throw new Violation(`${what} is ${describe(value)}, not a number`)
  return value
}

export const list = <A>(value: unknown, what: string): ReadonlyArray<A> => {
  if (!Array.isArray(value)) throw new Violation(`${what} is ${describe(value)}, not a list`)
  return value as ReadonlyArray<A>
}

export const text = (value: unknown, what: string): string => {
  if (typeof value !== "string") throw new Violation(`${what} is ${describe(value)}, not a text`)
  return value
}

export const describe = (value: unknown): string => (value === null ? "null" : typeof value)
