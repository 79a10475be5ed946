/**
 * `SharedCounter`: a number that the host and its worker threads count together.
 *
 * @since 0.3.0
 */
import type * as Effect from "effect/Effect"
import type * as SchemaNamespace from "effect/Schema"
import type { Scope } from "effect/Scope"
import { viewOf } from "./internal/memory/numbers.ts"
import * as Refusals from "./internal/memory/refusals.ts"
import { headerBytes, isDisposed, type Segment } from "./internal/memory/segment.ts"
import * as Sharing from "./internal/memory/sharing.ts"
import type { SharedError } from "./SharedError.ts"

/**
 * An integer in shared memory. No count is lost, whichever threads count. Each operation is atomic, and has two forms: an Effect, and a
 * function for tight loops that ends in Sync, which throws the `SharedError` with which the Effect fails.
 *
 * The counter has 64 bits; its value is exact up to 2^53.
 *
 * @category models
 * @since 0.3.0
 */
export interface SharedCounter {
  /** Whether the scope of the counter is closed. */
  readonly isDisposed: boolean
  readonly value: Effect.Effect<number, SharedError>
  readonly valueSync: () => number
  /** Counts one up, and returns the new value. */
  readonly increment: Effect.Effect<number, SharedError>
  readonly incrementSync: () => number
  /** Counts one down, and returns the new value. */
  readonly decrement: Effect.Effect<number, SharedError>
  readonly decrementSync: () => number
  /** Adds a safe integer, and returns the new value. Fails with `Misfit` for another number. */
  readonly add: (amount: number) => Effect.Effect<number, SharedError>
  readonly addSync: (amount: number) => number
}

/**
 * Makes a counter for the scope. `initial`: by default 0.
 *
 * Fails with `Misfit` for an initial value that is no safe integer.
 *
 * **Example** (Counting)
 *
 * ```ts
 * import { SharedCounter } from "@heddle/node-workers"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const done = yield* SharedCounter.make()
 *   yield* done.increment
 *   return yield* done.add(41)
 * })
 * console.log(Effect.runSync(Effect.scoped(program))) // => 42
 * ```
 *
 * @category constructors
 * @since 0.3.0
 */
export const make = (initial = 0): Effect.Effect<SharedCounter, SharedError, Scope> =>
  Sharing.makeScoped(
    () => {
      checkAmount(initial, "initial")
      return { bytes: 8, path: "size" }
    },
    (segment) => {
      const handle = new Handle(segment)
      handle.addSync(initial)
      return handle
    }
  )

const name = "SharedCounter"

const checkAmount = (amount: unknown, path: string): void => {
  if (Number.isSafeInteger(amount)) return
  const given = typeof amount === "number" ? amount : typeof amount
  throw Refusals.misfitAt(path, `expected a safe integer, got ${given}`, name)
}

class Handle implements SharedCounter {
  readonly value: Effect.Effect<number, SharedError> = Refusals.attempt(() => this.valueSync())
  readonly increment: Effect.Effect<number, SharedError> = this.add(1)
  readonly decrement: Effect.Effect<number, SharedError> = this.add(-1)
  private readonly segment: Segment
  private readonly words: BigInt64Array<SharedArrayBuffer>

  constructor(segment: Segment) {
    this.segment = segment
    this.words = viewOf("i64", segment.buffer, headerBytes, 1)
  }

  get isDisposed(): boolean {
    return isDisposed(this.segment)
  }

  get encoded(): Sharing.Encoded {
    return { shared: name, shape: "i64", length: 1, buffer: this.segment.buffer }
  }

  valueSync(): number {
    Refusals.checkOpen(this.segment, name)
    return Number(Atomics.load(this.words, 0))
  }

  incrementSync(): number {
    return this.addSync(1)
  }

  decrementSync(): number {
    return this.addSync(-1)
  }

  add(amount: number): Effect.Effect<number, SharedError> {
    return Refusals.attempt(() => this.addSync(amount))
  }

  addSync(amount: number): number {
    Refusals.checkOpen(this.segment, name)
    checkAmount(amount, "amount")
    const change = BigInt(amount)
    return Number(Atomics.add(this.words, 0, change) + change)
  }
}

/**
 * The schema of a counter, for payloads, results and elements: both sides count the same. A child process shares no memory: there the call
 * fails with `NotSerializable`.
 *
 * @category schemas
 * @since 0.3.0
 */
export const Schema: SchemaNamespace.declareConstructor<SharedCounter, Sharing.Encoded, readonly []> =
  Sharing.schemaOf<SharedCounter>({
    shared: name,
    shape: "i64",
    is: (value): value is SharedCounter => value instanceof Handle,
    encode: (handle) => (handle as Handle).encoded,
    fits: ({ buffer }) => (buffer.byteLength < headerBytes + 8 ? "the buffer is too small" : undefined),
    attach: (_, segment) => new Handle(segment)
  })
