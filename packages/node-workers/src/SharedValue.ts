/**
 * `SharedValue`: one number or one boolean that the host and its worker threads share, changed atomically.
 *
 * @since 0.3.0
 */
import { InvalidOption } from "@heddle/core/InvalidOption"
import type * as Effect from "effect/Effect"
import type * as SchemaNamespace from "effect/Schema"
import type { Scope } from "effect/Scope"
import { type Bits, bits, type ValueTypes } from "./internal/memory/bits.ts"
import { viewOf } from "./internal/memory/numbers.ts"
import * as Refusals from "./internal/memory/refusals.ts"
import { headerBytes, isDisposed, type Segment } from "./internal/memory/segment.ts"
import * as Sharing from "./internal/memory/sharing.ts"
import type { SharedError } from "./SharedError.ts"

/**
 * The kinds of values: integers of 32 and of 64 bits, where `i64` is a bigint, floats and booleans.
 *
 * @category models
 * @since 0.3.0
 */
export type Kind = keyof ValueTypes

/**
 * The type of a value.
 *
 * @category models
 * @since 0.3.0
 */
export type Value<K extends Kind> = ValueTypes[K]

/**
 * One value in shared memory. Each operation is atomic, and has two forms: an Effect, and a function for tight loops that ends in Sync,
 * which throws the `SharedError` with which the Effect fails. `Disposed`: the scope of the value is closed. `Misfit`: the kind cannot hold
 * the given value, and nothing was written.
 *
 * @category models
 * @since 0.3.0
 */
export interface SharedValue<K extends Kind> {
  readonly kind: K
  /** Whether the scope of the value is closed. */
  readonly isDisposed: boolean
  readonly get: Effect.Effect<Value<K>, SharedError>
  readonly getSync: () => Value<K>
  readonly set: (value: Value<K>) => Effect.Effect<void, SharedError>
  readonly setSync: (value: Value<K>) => void
  /** Writes the value, and returns the one before. */
  readonly exchange: (value: Value<K>) => Effect.Effect<Value<K>, SharedError>
  readonly exchangeSync: (value: Value<K>) => Value<K>
  /**
   * Writes `replacement` if the value is `expected`, and returns whether it was. Floats are compared as by `Object.is`, so that 0 is not
   * -0, and NaN is NaN.
   */
  readonly compareAndSet: (expected: Value<K>, replacement: Value<K>) => Effect.Effect<boolean, SharedError>
  readonly compareAndSetSync: (expected: Value<K>, replacement: Value<K>) => boolean
  /**
   * Writes what `f` makes of the value, and returns it. `f` runs again when another thread has written meanwhile, so it must not do
   * anything else. What `f` throws is a defect of the Effect, and nothing was written.
   */
  readonly update: (f: (value: Value<K>) => Value<K>) => Effect.Effect<Value<K>, SharedError>
  readonly updateSync: (f: (value: Value<K>) => Value<K>) => Value<K>
}

/**
 * Makes a value for the scope. `initial`: by default 0, or false.
 *
 * Fails with `Misfit` for an initial value that the kind cannot hold. Throws `InvalidOption` for another kind.
 *
 * **Example** (The greatest so far)
 *
 * ```ts
 * import { SharedValue } from "@heddle/node-workers"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const best = yield* SharedValue.make("f64", 0.5)
 *   yield* best.update((before) => Math.max(before, 0.75))
 *   return yield* best.get
 * })
 * console.log(Effect.runSync(Effect.scoped(program))) // => 0.75
 * ```
 *
 * @category constructors
 * @since 0.3.0
 */
export const make = <K extends Kind>(
  kind: K,
  initial?: Value<K>
): Effect.Effect<SharedValue<K>, SharedError, Scope> => {
  const type = typeOf(kind)
  return Sharing.makeScoped(
    () => {
      if (initial !== undefined) checkValue(type, initial, "initial")
      return { bytes: 8, path: "size" }
    },
    (segment) => {
      const handle = new Handle(kind, segment)
      if (initial !== undefined) handle.setSync(initial)
      return handle
    }
  )
}

/** The schema of a value, without a copy: both sides see the same memory. */
const schema = <K extends Kind>(
  kind: K
): SchemaNamespace.declareConstructor<SharedValue<K>, Sharing.Encoded, readonly []> => {
  typeOf(kind)
  return Sharing.schemaOf<SharedValue<K>>({
    shared: name,
    shape: kind,
    is: (value): value is SharedValue<K> => value instanceof Handle && value.kind === kind,
    encode: (handle) => (handle as Handle<K>).encoded,
    fits: ({ buffer }) => (buffer.byteLength < headerBytes + 8 ? "the buffer is too small" : undefined),
    attach: (_, segment) => new Handle(kind, segment)
  })
}

export {
  /**
   * The schema of a value, for payloads, results and elements: both sides see the same memory. Decoding refuses a value of another kind.
   * A child process shares no memory: there the call fails with `NotSerializable`.
   *
   * @category schemas
   * @since 0.3.0
   */
  schema as Schema
}

const name = "SharedValue"

const typeOf = <K extends Kind>(kind: K): Bits<Value<K>> => {
  if (typeof kind === "string" && Object.hasOwn(bits, kind)) return bits[kind]
  throw new InvalidOption("kind", `expected one of ${Object.keys(bits).join(", ")}`)
}

const checkValue = (type: Pick<Bits<unknown>, "misfit">, value: unknown, path: string): void => {
  const problem = type.misfit(value)
  if (problem !== undefined) throw Refusals.misfitAt(path, problem, name)
}

class Handle<K extends Kind> implements SharedValue<K> {
  readonly kind: K
  readonly get: Effect.Effect<Value<K>, SharedError> = Refusals.attempt(() => this.getSync())
  private readonly segment: Segment
  private readonly type: Bits<Value<K>>
  /** Words of 32 or of 64 bits: the operations of both have the same names. */
  private readonly words: Int32Array<SharedArrayBuffer>

  constructor(kind: K, segment: Segment) {
    this.kind = kind
    this.segment = segment
    this.type = typeOf(kind)
    this.words = viewOf(this.type.word, segment.buffer, headerBytes, 1) as Int32Array<SharedArrayBuffer>
  }

  get isDisposed(): boolean {
    return isDisposed(this.segment)
  }

  get encoded(): Sharing.Encoded {
    return { shared: name, shape: this.kind, length: 1, buffer: this.segment.buffer }
  }

  getSync(): Value<K> {
    Refusals.checkOpen(this.segment, name)
    return this.type.fromBits(Atomics.load(this.words, 0))
  }

  set(value: Value<K>): Effect.Effect<void, SharedError> {
    return Refusals.attempt(() => this.setSync(value))
  }

  setSync(value: Value<K>): void {
    Atomics.store(this.words, 0, this.bitsOf(value, "value"))
  }

  exchange(value: Value<K>): Effect.Effect<Value<K>, SharedError> {
    return Refusals.attempt(() => this.exchangeSync(value))
  }

  exchangeSync(value: Value<K>): Value<K> {
    return this.type.fromBits(Atomics.exchange(this.words, 0, this.bitsOf(value, "value")))
  }

  compareAndSet(expected: Value<K>, replacement: Value<K>): Effect.Effect<boolean, SharedError> {
    return Refusals.attempt(() => this.compareAndSetSync(expected, replacement))
  }

  compareAndSetSync(expected: Value<K>, replacement: Value<K>): boolean {
    const before = this.bitsOf(expected, "expected")
    return Atomics.compareExchange(this.words, 0, before, this.bitsOf(replacement, "replacement")) === before
  }

  update(f: (value: Value<K>) => Value<K>): Effect.Effect<Value<K>, SharedError> {
    return Refusals.attempt(() => this.updateSync(f))
  }

  updateSync(f: (value: Value<K>) => Value<K>): Value<K> {
    for (;;) {
      Refusals.checkOpen(this.segment, name)
      const before = Atomics.load(this.words, 0)
      const value = f(this.type.fromBits(before))
      if (Atomics.compareExchange(this.words, 0, before, this.bitsOf(value, "value")) === before) return value
    }
  }

  private bitsOf(value: Value<K>, path: string): number {
    Refusals.checkOpen(this.segment, name)
    checkValue(this.type, value, path)
    return this.type.toBits(value) as number
  }
}
