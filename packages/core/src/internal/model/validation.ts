/**
 * Checks of what a user says about a pool, a task or a call: each names the option that is wrong.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { InvalidOption } from "../../InvalidOption.ts"
import { own } from "./own.ts"
import { attempt, show as describe } from "./foreign.ts"

/** A duration, or `"infinity"` for no limit. */
export type Limit = Duration.Input | "infinity"

export const integer = (option: string, value: number, min: number, max: number): number => {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new InvalidOption(option, `expected an integer from ${min} to ${max}, got ${show(value)}`)
  }
  return value
}

/** The milliseconds of a limit; `Infinity` for none. Throws on what is no duration. */
export const toMillis = (option: string, given: Limit): number => {
  const value = Duration.isDuration(given) ? given : own(given)
  const duration = value === "infinity" ? Option.some(Duration.infinity) : Duration.fromInput(value)
  const millis = Option.isSome(duration) && isDurationInput(value) ? Duration.toMillis(duration.value) : NaN
  if (!(millis >= 0)) {
    throw new InvalidOption(option, `expected a duration of zero or more, got ${show(value)}`)
  }
  return millis
}

const units = ["weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"]

/** `Duration` takes NaN, negative numbers and any object for zero; a mistyped limit should not mean "at once". */
const isDurationInput = (value: unknown): boolean =>
  typeof value === "number"
    ? value >= 0
    : typeof value !== "object" ||
      value === null ||
      Duration.isDuration(value) ||
      Array.isArray(value) ||
      units.some((unit) => unit in value)

export const show = (value: unknown): string =>
  attempt(() => (typeof value === "object" ? JSON.stringify(value) : undefined), undefined) ?? describe(value)

/** A limit that must be one: without it nothing would bound an interruption (G4). */
export const finite = (option: string, value: Limit): number => {
  const millis = toMillis(option, value)
  if (millis === Infinity)
    throw new InvalidOption(option, "must be finite: it is what bounds an interruption")
  return millis
}

/** Throws on a key that is no option: a mistyped one would be ignored in silence. */
export const checkKeys = (value: object, known: ReadonlyArray<string>, prefix: string): void => {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new InvalidOption(`${prefix}${key}`, `is no option; there are ${known.join(", ")}`)
    }
  }
}

export const oneOf = <A extends string>(option: string, value: A, allowed: ReadonlyArray<A>): A => {
  if (!allowed.includes(value)) {
    throw new InvalidOption(option, `expected one of ${allowed.join(", ")}, got ${show(value)}`)
  }
  return value
}
