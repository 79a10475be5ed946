/**
 * `SharedArray`: numbers of one kind in memory that the host and its worker threads share.
 *
 * @since 0.3.0
 */
import { types } from "node:util"
import { InvalidOption } from "@heddle/core/InvalidOption"
import type * as Effect from "effect/Effect"
import type * as SchemaNamespace from "effect/Schema"
import type { Scope } from "effect/Scope"
import { type Atomic as AtomicCells, atomicOf } from "./internal/memory/cells.ts"
import * as Numbers from "./internal/memory/numbers.ts"
import * as Refusals from "./internal/memory/refusals.ts"
import { headerBytes, isDisposed, type Segment } from "./internal/memory/segment.ts"
import * as Sharing from "./internal/memory/sharing.ts"
import { SharedError } from "./SharedError.ts"

/**
 * The kinds of numbers: signed and unsigned integers of 8 to 64 bits, `u8c` that clamps as `Uint8ClampedArray` does, and floats. `i64` and
 * `u64` are bigints.
 *
 * @category models
 * @since 0.3.0
 */
export type Kind = Numbers.Kind

/**
 * The kinds with atomic operations.
 *
 * @category models
 * @since 0.3.0
 */
export type IntegerKind = Numbers.IntegerKind

/**
 * The type of one element.
 *
 * @category models
 * @since 0.3.0
 */
export type Element<K extends Kind> = Numbers.NumberOf<K>

/**
 * The typed array of a kind.
 *
 * @category models
 * @since 0.3.0
 */
export type TypedArray<K extends Kind> = Numbers.ArrayOf<K>

/**
 * Atomic operations by index. They throw `OutOfBounds` for an index that does not exist.
 *
 * @category models
 * @since 0.3.0
 */
export interface Atomic<N extends number | bigint> extends AtomicCells<N> {}

/**
 * Numbers in shared memory. `array` is the memory itself, as fast as any typed array; the methods that are Effects check index and value,
 * and fail with `Disposed` once the scope of the array is closed.
 *
 * @category models
 * @since 0.3.0
 */
export interface SharedArray<K extends Kind> {
  readonly kind: K
  /** How many elements there are now, also after another thread has let the array grow. */
  readonly length: number
  /** The length up to which the array can grow. */
  readonly maxLength: number
  /**
   * The live memory, for tight loops. Reads and writes are those of a typed array: unordered between threads, converted instead of
   * refused, and not checked for `Disposed`. The array of a growing `SharedArray` follows the growth.
   */
  readonly array: TypedArray<K>
  /** The same memory as bytes. */
  readonly bytes: Uint8Array<SharedArrayBuffer>
  /** Whether the scope of the array is closed. */
  readonly isDisposed: boolean
  /** Atomic operations; only for kinds of integers. */
  readonly atomic: K extends IntegerKind ? Atomic<Element<K>> : undefined
  /** A part of the live memory, from `from` to before `to`. Like `subarray`: negative indexes count from the end. */
  readonly view: (from?: number, to?: number) => TypedArray<K>
  /** A copy of a part in private memory. Like `slice`: negative indexes count from the end. */
  readonly slice: (from?: number, to?: number) => Numbers.TypedArrays<ArrayBuffer>[K]
  /** Fails with `OutOfBounds`. */
  readonly get: (index: number) => Effect.Effect<Element<K>, SharedError>
  /** Fails with `OutOfBounds`, or with `Misfit` for a value that the kind cannot hold. */
  readonly set: (index: number, value: Element<K>) => Effect.Effect<void, SharedError>
  /** Writes the value everywhere, or from `from` to before `to`. Fails as `set`; then nothing was written. */
  readonly fill: (value: Element<K>, from?: number, to?: number) => Effect.Effect<void, SharedError>
  /** Copies all numbers of a list to the place `at`, by default 0. Fails as `set`; then nothing was written. */
  readonly copyFrom: (source: ArrayLike<Element<K>>, at?: number) => Effect.Effect<void, SharedError>
  /**
   * Makes the array at least `length` long; new elements are zero. Every thread sees the growth. Fails with `InvalidSize` past
   * `maxLength`.
   */
  readonly grow: (length: number) => Effect.Effect<void, SharedError>
}

/**
 * - `maxLength`: the length up to which the array can grow. Memory is reserved for it, and taken as the array grows. Default: the array
 *   does not grow.
 *
 * @category models
 * @since 0.3.0
 */
export interface Options {
  readonly maxLength?: number | undefined
}

/**
 * Makes an array of zeros, for the scope. Once the scope is closed, its Effects fail with `Disposed` in every thread; the memory itself
 * is freed when no thread refers to it any more.
 *
 * Fails with `InvalidSize` for a length that is no integer of 1 or more, or too large. Throws `InvalidOption` for another kind.
 *
 * **Example** (Numbers that all threads see)
 *
 * ```ts
 * import { SharedArray } from "@heddle/node-workers"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const samples = yield* SharedArray.make("f64", 4)
 *   yield* samples.copyFrom([1, 2, 3, 4])
 *   samples.array[3] = 40
 *   const hits = yield* SharedArray.make("i32", 2)
 *   hits.atomic.add(1, 5)
 *   return [yield* samples.get(3), hits.atomic.load(1)]
 * })
 * console.log(Effect.runSync(Effect.scoped(program))) // => [ 40, 5 ]
 * ```
 *
 * @category constructors
 * @since 0.3.0
 */
export const make = <K extends Kind>(
  kind: K,
  length: number,
  given: Options = {}
): Effect.Effect<SharedArray<K>, SharedError, Scope> => {
  checkKind(kind)
  const { maxLength } = Refusals.optionsOf(given, ["maxLength"])
  const size = Numbers.bytesOf(kind)
  return Sharing.makeScoped(
    () => {
      const most = Math.floor(Sharing.greatestBytes / size)
      if (maxLength !== undefined) Refusals.checkSize("maxLength", maxLength, most)
      Refusals.checkSize("length", length, maxLength ?? most)
      return {
        bytes: length * size,
        maxBytes: maxLength === undefined ? undefined : maxLength * size,
        path: maxLength === undefined ? "length" : "maxLength"
      }
    },
    (segment) => new Handle(kind, segment, length)
  )
}

/**
 * - `length`: the arrays must have this length now. Default: any.
 *
 * @category models
 * @since 0.3.0
 */
export interface SchemaOptions {
  readonly length?: number | undefined
}

const schema = <K extends Kind>(
  kind: K,
  given: SchemaOptions = {}
): SchemaNamespace.declareConstructor<SharedArray<K>, Sharing.Encoded, readonly []> => {
  checkKind(kind)
  const { length: expected } = Refusals.optionsOf(given, ["length"])
  const size = Numbers.bytesOf(kind)
  return Sharing.schemaOf<SharedArray<K>>({
    shared: "SharedArray",
    shape: kind,
    is: (value): value is SharedArray<K> => value instanceof Handle && value.kind === kind,
    encode: (handle) => (handle as Handle<K>).encoded,
    fits: ({ buffer, length }) => {
      const there = Math.floor((buffer.byteLength - headerBytes) / size)
      const actual = buffer.growable ? there : length
      if (actual > there || actual < 1)
        return `the buffer has room for ${there} elements, and not for ${length}`
      return Refusals.disagrees(expected, actual)
        ? `it has a length of ${actual}, and not of ${expected}`
        : undefined
    },
    attach: ({ length }, segment) => new Handle(kind, segment, length)
  })
}

export {
  /**
   * The schema of an array, for payloads, results and elements. The array itself is not copied: both sides see the same memory. Decoding
   * refuses an array of another kind or length, and a buffer that is too small. A child process shares no memory: there the call fails
   * with `NotSerializable`.
   *
   * @category schemas
   * @since 0.3.0
   */
  schema as Schema
}

const checkKind = (kind: unknown): void => {
  if (!Numbers.isKind(kind)) throw new InvalidOption("kind", `expected one of ${Numbers.kinds.join(", ")}`)
}

const name = "SharedArray"

class Handle<K extends Kind> implements SharedArray<K> {
  readonly kind: K
  readonly array: TypedArray<K>
  readonly atomic: SharedArray<K>["atomic"]
  private readonly segment: Segment

  constructor(kind: K, segment: Segment, length: number) {
    this.kind = kind
    this.segment = segment
    this.array = Numbers.viewOf(
      kind,
      segment.buffer,
      headerBytes,
      segment.buffer.growable ? undefined : length
    )
    this.atomic = (
      Numbers.isInteger(kind) ? atomicOf(this.array as never, this.indexOf) : undefined
    ) as SharedArray<K>["atomic"]
  }

  get length(): number {
    return this.array.length
  }

  get maxLength(): number {
    const { buffer } = this.segment
    if (!buffer.growable) return this.length
    return (buffer.maxByteLength - headerBytes) / Numbers.bytesOf(this.kind)
  }

  get bytes(): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.segment.buffer, headerBytes, this.array.byteLength)
  }

  get isDisposed(): boolean {
    return isDisposed(this.segment)
  }

  get encoded(): Sharing.Encoded {
    return { shared: name, shape: this.kind, length: this.length, buffer: this.segment.buffer }
  }

  view(from = 0, to: number = this.length): TypedArray<K> {
    return this.array.subarray(from, to) as TypedArray<K>
  }

  slice(from = 0, to: number = this.length) {
    return this.array.slice(from, to) as unknown as Numbers.TypedArrays<ArrayBuffer>[K]
  }

  get(index: number): Effect.Effect<Element<K>, SharedError> {
    return this.use(() => this.array[this.indexOf(index)] as Element<K>)
  }

  set(index: number, value: Element<K>): Effect.Effect<void, SharedError> {
    return this.use(() => {
      this.indexOf(index)
      this.checkValue(value, `[${index}]`)
      this.array[index] = value
    })
  }

  fill(value: Element<K>, from = 0, to?: number): Effect.Effect<void, SharedError> {
    return this.use(() => {
      const end = to ?? this.length
      this.checkRange(from, end)
      this.checkValue(value, "value")
      this.array.fill(value as never, from, end)
    })
  }

  copyFrom(source: ArrayLike<Element<K>>, at = 0): Effect.Effect<void, SharedError> {
    return this.use(() => {
      const numbers = this.captured(source)
      this.checkRange(at, at + numbers.length)
      this.array.set(numbers as never, at)
    })
  }

  grow(length: number): Effect.Effect<void, SharedError> {
    return this.use(() => {
      Refusals.checkSize("length", length, this.maxLength)
      const { buffer } = this.segment
      const bytes = headerBytes + length * Numbers.bytesOf(this.kind)
      try {
        if (buffer.byteLength < bytes) buffer.grow(bytes)
      } catch {
        // Another thread may have let it grow further in the meantime.
        if (buffer.byteLength < bytes) throw Refusals.invalidSize("length", `no memory for ${bytes} bytes`)
      }
    })
  }

  private use<A>(body: () => A): Effect.Effect<A, SharedError> {
    return Refusals.attempt(() => {
      Refusals.checkOpen(this.segment, name)
      return body()
    })
  }

  private readonly indexOf = (index: number): number => {
    Refusals.checkIndex(index, this.array.length, name)
    return index
  }

  /** The end is exclusive, so the length itself is an end. */
  private checkRange(from: number, to: number): void {
    Refusals.checkIndex(from, this.length + 1, name)
    Refusals.checkIndex(to, this.length + 1, name)
  }

  private checkValue(value: unknown, path: string): void {
    const problem = Numbers.misfit(this.kind, value)
    if (problem !== undefined) throw Refusals.misfitAt(path, problem, name)
  }

  /** Copies a foreign list before anything is written: reading it may run code of others, and may throw. */
  private captured(source: ArrayLike<unknown>): ArrayLike<unknown> {
    if (types.isTypedArray(source) && Object.getPrototypeOf(source) === Object.getPrototypeOf(this.array)) {
      return source
    }
    try {
      const length = source.length
      Refusals.checkIndex(length, this.length + 1, name)
      const numbers = Numbers.privateArray(this.kind, length)
      for (let i = 0; i < length; i++) {
        const number = source[i]
        this.checkValue(number, `[${i}]`)
        numbers[i] = number as never
      }
      return numbers
    } catch (error) {
      if (error instanceof SharedError) throw error
      throw Refusals.misfitAt("source", "reading it threw", name)
    }
  }
}
