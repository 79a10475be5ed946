/**
 * `Signal`: words visible to a case and its tasks, on any transport, so neither has to sleep and hope.
 *
 * A signal crosses as a part of a payload: shared memory by reference, or, on transports without it, the name of a
 * {@link Board} opened by both sides.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * Words outside of memory, for workers without memory shared with the host: a file, a server. Every operation is atomic
 * and synchronous, so a loop may call any of them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Board {
  readonly read: (word: number) => number
  /** Returns the word's value after the addition. */
  readonly add: (word: number, count: number) => number
  readonly store: (word: number, value: number) => void
  /** Raises the word to at least `value`. */
  readonly raise: (word: number, value: number) => void
}

/**
 * - `make`: a new board, by its name.
 * - `open`: on either side; the same name may be opened often.
 *
 * @category models
 * @since 0.1.0
 */
export interface Boards {
  readonly make: () => string
  readonly open: (name: string) => Board
}

/**
 * Words, each starting at 0. The receiving task gives each word its meaning.
 *
 * @category models
 * @since 0.1.0
 */
export type Signal = Int32Array<SharedArrayBuffer> | { readonly board: string }

/**
 * A signal in a payload. Has no JSON form: structured clone carries the signal, and shares its memory.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Words: Schema.declare<Signal> = Schema.declare((u): u is Signal =>
  u instanceof Int32Array
    ? u.buffer instanceof SharedArrayBuffer
    : typeof u === "object" && u !== null && typeof Reflect.get(u, "board") === "string"
)

let boards: Boards | undefined

/**
 * From now on signals of this host or worker are on such boards, and not in memory.
 *
 * @category constructors
 * @since 0.1.0
 */
export const useBoards = (chosen: Boards): void => {
  boards = chosen
}

/**
 * @category constructors
 * @since 0.1.0
 */
export const make = (words = 8): Signal => (boards === undefined ? shared(words) : { board: boards.make() })

/**
 * A signal in shared memory, for tests of transports with shared memory.
 *
 * @category constructors
 * @since 0.1.0
 */
export const shared = (words = 8): Int32Array<SharedArrayBuffer> =>
  new Int32Array(new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT))

const open = (signal: { readonly board: string }): Board => {
  if (boards === undefined) throw new Error("a signal on a board, and nobody said where boards are")
  return boards.open(signal.board)
}

/**
 * @category operations
 * @since 0.1.0
 */
export const read = (signal: Signal, word = 0): number =>
  signal instanceof Int32Array ? Atomics.load(signal, word) : open(signal).read(word)

/**
 * Adds to a word at once. Returns the new value.
 *
 * @category operations
 * @since 0.1.0
 */
export const addUnsafe = (signal: Signal, word = 0, count = 1): number =>
  signal instanceof Int32Array ? Atomics.add(signal, word, count) + count : open(signal).add(word, count)

/**
 * @category operations
 * @since 0.1.0
 */
export const add = (signal: Signal, word = 0, count = 1): Effect.Effect<number> =>
  Effect.sync(() => addUnsafe(signal, word, count))

/**
 * @category operations
 * @since 0.1.0
 */
export const storeUnsafe = (signal: Signal, word: number, value: number): void => {
  if (signal instanceof Int32Array) Atomics.store(signal, word, value)
  else open(signal).store(word, value)
}

/**
 * Makes a word at least `value`.
 *
 * @category operations
 * @since 0.1.0
 */
export const raiseUnsafe = (signal: Signal, word: number, value: number): void => {
  if (!(signal instanceof Int32Array)) return open(signal).raise(word, value)
  for (let high = Atomics.load(signal, word); high < value; high = Atomics.load(signal, word)) {
    Atomics.compareExchange(signal, word, high, value)
  }
}

/** How long a case waits for a required fact, in milliseconds. */
const patience = 20_000

/**
 * Waits until a condition holds, polling once a millisecond. Dies after the patience, naming `what`.
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
