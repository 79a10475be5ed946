/**
 * Tells a real Effect from data with the same keys.
 *
 * Data from a clone or from JSON may hold any key, such as `~effect/Effect`, but never a function. Effect's own guards
 * (`isEffect`, `isExit`) look for the key alone, and would run such data (S210).
 *
 * @since 0.1.0
 */
import type { Effect } from "effect/Effect"
import type { Exit } from "effect/Exit"
import type { Stream } from "effect/Stream"

/** The part of Effect's own interface under its key: the types of an Effect, as functions. */
interface Marks {
  readonly "~effect/Effect"?: { readonly _A?: unknown }
  readonly "~effect/Exit"?: unknown
  readonly "~effect/Stream"?: { readonly _A?: unknown }
}

/** Whether a run loop can run the value; false when reading the value throws (S209). */
export const isEffect = (u: unknown): u is Effect<unknown, unknown> => {
  if ((typeof u !== "object" || u === null) && typeof u !== "function") return false
  try {
    return typeof (u as Marks)["~effect/Effect"]?.["_A"] === "function"
  } catch {
    return false
  }
}

/** Whether the value is an Effect that has ended already. */
export const isExit = (u: unknown): u is Exit<unknown, unknown> => {
  if (typeof u !== "object" || u === null) return false
  try {
    return (u as Marks)["~effect/Exit"] === "~effect/Exit" && isEffect(u)
  } catch {
    return false
  }
}

/** Whether the value is a stream; false when reading the value throws. */
export const isStream = (u: unknown): u is Stream<unknown, any, any> => {
  if (typeof u !== "object" || u === null) return false
  try {
    return typeof (u as Marks)["~effect/Stream"]?.["_A"] === "function"
  } catch {
    return false
  }
}

/**
 * Whether `await` would wait for the value: a promise, or any other value with a `then` method, as in the type
 * `Awaited`. Data has no methods.
 */
export const isThenable = (u: unknown): u is PromiseLike<unknown> =>
  ((typeof u === "object" && u !== null) || typeof u === "function") &&
  typeof (u as { readonly then?: unknown }).then === "function"
