/**
 * Checks the options of a pool, a task or a call; each error names the wrong option.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { InvalidOption } from "../../InvalidOption.ts"
import { own } from "./own.ts"

/** A duration, or `"infinity"` for no limit. */
export type Limit = Duration.Input | "infinity"

/** Prints the value as a program would write it, to distinguish `"4"` from `4`. */
export const show = (value: unknown): string => {
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`
  if (typeof value === "bigint") return `${value}n`
  if (typeof value !== "string" && (typeof value !== "object" || value === null)) return String(value)
  try {
    return JSON.stringify(value) ?? "an object"
  } catch {
    return "an object"
  }
}

/** Makes the defect for an option of the wrong kind: the expected value, the given value, and the correction. */
export const unexpected = (option: string, expected: string, value: unknown): InvalidOption => {
  const isQuoted = typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value))
  return new InvalidOption(
    option,
    `expected ${expected}, got ${show(value)}${isQuoted ? `: write ${Number(value)}, without quotes` : ""}`
  )
}

export const integer = (option: string, value: number, min: number, max: number): number => {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw unexpected(option, `an integer from ${min} to ${max}`, value)
  }
  return value
}

export const boolean = (option: string, value: boolean): boolean => {
  if (typeof value !== "boolean") throw unexpected(option, "true or false", value)
  return value
}

/** Returns the milliseconds of a limit; `Infinity` for no limit. Throws on a value that is no duration. */
export const toMillis = (option: string, given: Limit): number => {
  const value = Duration.isDuration(given) ? given : own(given)
  const duration = value === "infinity" ? Option.some(Duration.infinity) : durationOf(value)
  const millis = Option.isSome(duration) && isDurationInput(value) ? Duration.toMillis(duration.value) : NaN
  if (!(millis >= 0)) {
    throw unexpected(option, 'a duration of zero or more, such as 1000 (milliseconds) or "2 seconds"', value)
  }
  return millis
}

/** `Duration` throws on input that would not compile. */
const durationOf = (value: Duration.Input): Option.Option<Duration.Duration> => {
  try {
    return Duration.fromInput(value)
  } catch {
    return Option.none()
  }
}

const units = ["weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"]

/** `Duration` reads NaN, negative numbers and any object as zero; a mistyped limit must not mean "at once". */
const isDurationInput = (value: unknown): boolean =>
  typeof value === "number"
    ? value >= 0
    : typeof value !== "object" ||
      value === null ||
      Duration.isDuration(value) ||
      Array.isArray(value) ||
      units.some((unit) => unit in value)

/** Checks a limit that must be finite, because it bounds an interruption (G4). */
export const finite = (option: string, value: Limit): number => {
  const millis = toMillis(option, value)
  if (millis === Infinity)
    throw new InvalidOption(option, "must be finite: it is what bounds an interruption")
  return millis
}

/** Throws on an unknown key, because a mistyped option would be ignored silently. */
export const checkKeys = (value: object, known: ReadonlyArray<string>, prefix: string): void => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw unexpected(prefix === "" ? "options" : prefix.slice(0, -1), "an object", value)
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new InvalidOption(`${prefix}${key}`, `is no option; there are ${known.join(", ")}`)
    }
  }
}

export const oneOf = <A extends string>(option: string, value: A, allowed: ReadonlyArray<A>): A => {
  if (!allowed.includes(value)) throw unexpected(option, `one of ${allowed.map(show).join(", ")}`, value)
  return value
}
