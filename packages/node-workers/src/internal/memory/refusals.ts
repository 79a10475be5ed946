/**
 * How structures in shared memory refuse: the synchronous forms throw a `SharedError`, and the Effects fail with the same one.
 *
 * @since 0.3.0
 */
import * as Effect from "effect/Effect"
import { InvalidOption } from "@heddle/core/InvalidOption"
import { Disposed, InvalidSize, Misfit, OutOfBounds, type Reason, SharedError } from "../../SharedError.ts"
import { own } from "../own.ts"
import { isDisposed, type Segment } from "./segment.ts"

export const refusal = (reason: Reason, structure?: string): SharedError =>
  new SharedError(structure === undefined ? { reason } : { structure, reason })

export const misfitAt = (path: string, detail: string, structure?: string): SharedError =>
  refusal(new Misfit({ path, detail }), structure)

export const invalidSize = (path: string, detail: string): SharedError =>
  refusal(new InvalidSize({ path, detail }))

/** Throws unless the scope of the structure is open. */
export const checkOpen = (segment: Segment, structure: string): void => {
  if (isDisposed(segment)) throw refusal(new Disposed({}), structure)
}

export const checkIndex = (index: number, length: number, structure?: string): void => {
  if (!Number.isInteger(index) || index < 0 || index >= length) {
    throw refusal(new OutOfBounds({ index: typeof index === "number" ? index : NaN, length }), structure)
  }
}

/** Throws unless the size is an integer from 1 to `max`. */
export const checkSize = (path: string, size: unknown, max: number): number => {
  if (typeof size === "number" && Number.isInteger(size) && size >= 1 && size <= max) return size
  const given = typeof size === "number" ? size : typeof size
  throw invalidSize(path, `expected an integer from 1 to ${max}, got ${given}`)
}

/** A function that throws a `SharedError` as an Effect that fails with it; other errors stay defects. */
export const attempt = <A>(body: () => A): Effect.Effect<A, SharedError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(body())
    } catch (error) {
      if (error instanceof SharedError) return Effect.fail(error)
      throw error
    }
  })

/** Copies options by own key, and throws `InvalidOption` for one that does not exist. */
export const optionsOf = <A extends object>(given: A, known: ReadonlyArray<keyof A & string>): A => {
  const options = own(given)
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InvalidOption("options", "expected an object")
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key as keyof A & string)) {
      throw new InvalidOption(key, `is no option; there are ${known.join(", ")}`)
    }
  }
  return options
}

/** How long a synchronous wait may last, in milliseconds: without end by default. */
export const timeoutOf = (given: { readonly timeout?: number | undefined } | undefined): number => {
  if (given === undefined) return Infinity
  const { timeout = Infinity } = optionsOf(given, ["timeout"])
  if (typeof timeout === "number" && timeout >= 0) return timeout
  throw new InvalidOption("timeout", "expected a number of milliseconds, 0 or more")
}

/** Whether two values of a size option agree; an option that is left out agrees with each size. */
export const disagrees = (expected: number | undefined, size: number): boolean =>
  expected !== undefined && expected !== size
