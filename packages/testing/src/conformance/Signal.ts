/**
 * `Signal`: words that a case and its tasks both see, on any transport, so that neither has to sleep and hope.
 *
 * A signal crosses as a part of a payload. Transports without shared memory do not pass it by reference; cases
 * that use one need `sharedMemory`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * Words in shared memory; each begins at 0. What a word means is up to the task it is given to.
 *
 * @category models
 * @since 0.1.0
 */
export type Signal = Int32Array<SharedArrayBuffer>

/**
 * A signal in a payload. It has no JSON form: it crosses by structured clone, which shares it.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Words: Schema.declare<Signal> = Schema.declare(
  (u): u is Signal => u instanceof Int32Array && u.buffer instanceof SharedArrayBuffer
)

/**
 * @category constructors
 * @since 0.1.0
 */
export const make = (words = 8): Signal =>
  new Int32Array(new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT))

/**
 * @category operations
 * @since 0.1.0
 */
export const read = (signal: Signal, word = 0): number => Atomics.load(signal, word)

/**
 * Adds to a word at once; answers what it is now.
 *
 * @category operations
 * @since 0.1.0
 */
export const addUnsafe = (signal: Signal, word = 0, count = 1): number =>
  Atomics.add(signal, word, count) + count

/**
 * @category operations
 * @since 0.1.0
 */
export const add = (signal: Signal, word = 0, count = 1): Effect.Effect<number> =>
  Effect.sync(() => addUnsafe(signal, word, count))

/** How long a case waits for something that must come, in milliseconds. */
const patience = 20_000

/**
 * Waits until a condition holds, looking once a millisecond; dies when it does not come to hold, naming `what`.
 *
 * @category operations
 * @since 0.1.0
 */
export const awaitUntil = (condition: () => boolean, what: string | (() => string)): Effect.Effect<void> =>
  Effect.gen(function* () {
    while (!condition()) yield* Effect.sleep(1)
  }).pipe(
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () => Effect.die(new Error(`never came: ${typeof what === "string" ? what : what()}`))
    })
  )

/**
 * Waits until a word is at least `value`, on either side of the boundary.
 *
 * @category operations
 * @since 0.1.0
 */
export const awaitAtLeast = (signal: Signal, word: number, value: number): Effect.Effect<void> =>
  awaitUntil(
    () => read(signal, word) >= value,
    () => `word ${word} at least ${value}; it is ${read(signal, word)}`
  )
