/**
 * `SharedStruct`: records with fields of a fixed size in memory that the host and its worker threads share.
 *
 * @since 0.3.0
 */
import { InvalidOption } from "@heddle/core/InvalidOption"
import type * as Effect from "effect/Effect"
import type * as SchemaNamespace from "effect/Schema"
import type { Scope } from "effect/Scope"
import * as Accessors from "./internal/memory/accessors.ts"
import * as FieldsOf from "./internal/memory/fields.ts"
import * as Layouts from "./internal/memory/layout.ts"
import type { IntegerKind } from "./internal/memory/numbers.ts"
import * as Refusals from "./internal/memory/refusals.ts"
import { fieldOf } from "./internal/memory/schemaLayout.ts"
import { headerBytes, isDisposed, type Segment } from "./internal/memory/segment.ts"
import * as Sharing from "./internal/memory/sharing.ts"
import type { SharedError } from "./SharedError.ts"

/**
 * A field of a layout, whose values are `A`.
 *
 * @category models
 * @since 0.3.0
 */
export interface Field<A> extends FieldsOf.Field<A> {}

/**
 * A field of integers.
 *
 * @category models
 * @since 0.3.0
 */
export interface IntegerField<K extends IntegerKind> extends FieldsOf.IntegerField<K> {}

/**
 * A field with so many elements of one type.
 *
 * @category models
 * @since 0.3.0
 */
export interface ArrayField<F extends FieldsOf.Field<any>> extends FieldsOf.ArrayField<F> {}

/**
 * The fields of a layout, by name.
 *
 * @category models
 * @since 0.3.0
 */
export type Fields = Layouts.Fields

/**
 * A record with fields at aligned offsets, in the given order, as in C. It is a field as well, so layouts nest.
 *
 * - `byteLength`: the bytes of one record, a multiple of `align`.
 * - `fields`: the offset of each field.
 *
 * @category models
 * @since 0.3.0
 */
export interface Layout<F extends Fields> extends Layouts.Layout<F> {}

/**
 * The type of the records of a layout.
 *
 * @category models
 * @since 0.3.0
 */
export type Record<F extends Fields> = Layouts.RecordOf<F>

/**
 * Access to one field of all rows: `get` and `set`, `atomic` where the field is an integer, `field` and `item` where it is a record or an
 * array.
 *
 * @category models
 * @since 0.3.0
 */
export type Accessor<F> = Accessors.Accessor<F>

/**
 * An integer of 8 bits, -128 to 127.
 *
 * @category fields
 * @since 0.3.0
 */
export const i8: IntegerField<"i8"> = FieldsOf.numbers.i8

/**
 * An integer of 8 bits, 0 to 255.
 *
 * @category fields
 * @since 0.3.0
 */
export const u8: IntegerField<"u8"> = FieldsOf.numbers.u8

/**
 * An integer of 16 bits, -32,768 to 32,767.
 *
 * @category fields
 * @since 0.3.0
 */
export const i16: IntegerField<"i16"> = FieldsOf.numbers.i16

/**
 * An integer of 16 bits, 0 to 65,535.
 *
 * @category fields
 * @since 0.3.0
 */
export const u16: IntegerField<"u16"> = FieldsOf.numbers.u16

/**
 * An integer of 32 bits, -2^31 to 2^31 - 1.
 *
 * @category fields
 * @since 0.3.0
 */
export const i32: IntegerField<"i32"> = FieldsOf.numbers.i32

/**
 * An integer of 32 bits, 0 to 2^32 - 1.
 *
 * @category fields
 * @since 0.3.0
 */
export const u32: IntegerField<"u32"> = FieldsOf.numbers.u32

/**
 * A float of 32 bits. Numbers are rounded to it.
 *
 * @category fields
 * @since 0.3.0
 */
export const f32: Field<number> = FieldsOf.numbers.f32

/**
 * A float of 64 bits: any number.
 *
 * @category fields
 * @since 0.3.0
 */
export const f64: Field<number> = FieldsOf.numbers.f64

/**
 * A bigint of 64 bits, -2^63 to 2^63 - 1.
 *
 * @category fields
 * @since 0.3.0
 */
export const i64: IntegerField<"i64"> = FieldsOf.numbers.i64

/**
 * A bigint of 64 bits, 0 to 2^64 - 1.
 *
 * @category fields
 * @since 0.3.0
 */
export const u64: IntegerField<"u64"> = FieldsOf.numbers.u64

/**
 * True or false, in one byte.
 *
 * @category fields
 * @since 0.3.0
 */
export const boolean: Field<boolean> = FieldsOf.boolean

/**
 * Text of at most `maxBytes` bytes of UTF-8. A longer text is refused with `Misfit`, never cut. Throws `InvalidOption` for a bound that is
 * no integer of 1 or more.
 *
 * @category fields
 * @since 0.3.0
 */
export const text = (maxBytes: number): Field<string> => FieldsOf.text(bounded("maxBytes", maxBytes))

/**
 * At most `maxBytes` bytes. Reading returns a copy. Throws `InvalidOption` for a bound that is no integer of 1 or more.
 *
 * @category fields
 * @since 0.3.0
 */
export const bytes = (maxBytes: number): Field<Uint8Array<ArrayBuffer>> =>
  FieldsOf.bytes(bounded("maxBytes", maxBytes))

/**
 * Exactly `length` elements: numbers, records of a layout, or any other field. Throws `InvalidOption` for a length that is no integer of 1
 * or more.
 *
 * @category fields
 * @since 0.3.0
 */
export const array = <F extends FieldsOf.Field<any>>(element: F, length: number): ArrayField<F> => {
  checkField("element", element)
  return withinMax("length", FieldsOf.array(element, bounded("length", length)))
}

/**
 * Describes a record. A layout is a plain value: make it once, at the top of a module that host and workers import.
 *
 * Throws `InvalidOption` for an empty description, and for one of something else than fields.
 *
 * **Example** (Offsets as in C)
 *
 * ```ts
 * import { SharedStruct } from "@heddle/node-workers"
 *
 * const Particle = SharedStruct.layout({
 *   alive: SharedStruct.boolean,
 *   mass: SharedStruct.f64,
 *   name: SharedStruct.text(12)
 * })
 * console.log(Particle.byteLength, Particle.fields.mass.offset) // => 32 8
 * ```
 *
 * @category constructors
 * @since 0.3.0
 */
export const layout = <const F extends Fields>(fields: F): Layout<F> => {
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
    throw new InvalidOption("fields", "expected an object of fields")
  }
  const entries = Object.entries(fields)
  if (entries.length === 0) throw new InvalidOption("fields", "a record needs a field")
  for (const [name, field] of entries) {
    if (name === "__proto__") throw new InvalidOption("fields", `${name} is no name for a field`)
    checkField(`fields.${name}`, field)
  }
  return withinMax("fields", Layouts.layoutOf(Object.fromEntries(entries) as F))
}

/**
 * The field that holds values of type `A`, where a schema describes them.
 *
 * @category models
 * @since 0.3.0
 */
export type FieldFor<A> = [A] extends [number | bigint | string | boolean | ReadonlyArray<any>]
  ? Field<A>
  : Layout<{ readonly [K in keyof A & string]: FieldFor<A[K]> }>

/**
 * The layout of a struct of Effect's Schema: of numbers (`Schema.isInt32` and `Schema.isUint32` take 4 bytes, others 8), bigints of 64 bits, booleans,
 * strings with a greatest length, structs and tuples of these. Transformations, optional fields, unions and arrays are refused.
 *
 * The schema gives the sizes alone. Its other checks are not run when a record is read or written.
 *
 * Throws `InvalidOption`, which names the part of the schema, where it gives no fixed size.
 *
 * **Example** (From a schema)
 *
 * ```ts
 * import { SharedStruct } from "@heddle/node-workers"
 * import { Schema } from "effect"
 *
 * const Sample = Schema.Struct({
 *   at: Schema.Tuple([Schema.Finite, Schema.Finite]),
 *   label: Schema.String.check(Schema.isMaxLength(10))
 * })
 * console.log(SharedStruct.fromSchema(Sample).byteLength) // => 56
 * ```
 *
 * @category constructors
 * @since 0.3.0
 */
export const fromSchema = <A extends object>(
  schema: SchemaNamespace.Schema<A>
): Layout<{ readonly [K in keyof A & string]: FieldFor<A[K]> }> => {
  const field = fieldOf(schema.ast)
  if (!("fields" in field)) throw new InvalidOption("schema", "expected a struct")
  return withinMax("schema", field as Layout<any>)
}

/**
 * Rows of one layout in shared memory.
 *
 * Reading and writing a row is not atomic: a row that two threads use at once belongs under a lock, or to one thread at a time. A field
 * of a number is read and written whole by `atomic`.
 *
 * @category models
 * @since 0.3.0
 */
export interface SharedStruct<F extends Fields> {
  readonly layout: Layout<F>
  /** How many rows there are. */
  readonly count: number
  /** All rows as bytes. */
  readonly bytes: Uint8Array<SharedArrayBuffer>
  /** Whether the scope of the rows is closed. */
  readonly isDisposed: boolean
  /** Reads a row as a new object. Fails with `OutOfBounds`. */
  readonly get: (row: number) => Effect.Effect<Record<F>, SharedError>
  /** The same for tight loops; throws the `SharedError`. */
  readonly getSync: (row: number) => Record<F>
  /** Writes a row. Fails with `OutOfBounds` and with `Misfit`, which names the path; then nothing was written. */
  readonly set: (row: number, value: Record<F>) => Effect.Effect<void, SharedError>
  /** The same for tight loops; throws the `SharedError`. */
  readonly setSync: (row: number, value: Record<F>) => void
  /** Returns the accessor of one field of all rows, for tight loops. Accessors do not check for `Disposed`. */
  readonly field: <K extends keyof F & string>(name: K) => Accessor<F[K]>
}

/**
 * - `count`: how many rows. Default 1.
 *
 * @category models
 * @since 0.3.0
 */
export interface Options {
  readonly count?: number | undefined
}

/**
 * Makes rows of zeros, of false and of empty text, for the scope.
 *
 * Fails with `InvalidSize` for a count that is no integer of 1 or more, or too large. Throws `InvalidOption` for something else than a
 * layout.
 *
 * **Example** (Rows)
 *
 * ```ts
 * import { SharedStruct } from "@heddle/node-workers"
 * import { Effect } from "effect"
 *
 * const Account = SharedStruct.layout({ owner: SharedStruct.text(32), cents: SharedStruct.i64 })
 *
 * const program = Effect.gen(function* () {
 *   const accounts = yield* SharedStruct.make(Account, { count: 100 })
 *   yield* accounts.set(7, { owner: "Ada", cents: 100n })
 *   accounts.field("cents").atomic.add(7, 50n)
 *   return yield* accounts.get(7)
 * })
 * console.log(Effect.runSync(Effect.scoped(program))) // => { owner: 'Ada', cents: 150n }
 * ```
 *
 * @category constructors
 * @since 0.3.0
 */
export const make = <F extends Fields>(
  of: Layout<F>,
  given: Options = {}
): Effect.Effect<SharedStruct<F>, SharedError, Scope> => {
  checkLayout(of)
  const { count = 1 } = Refusals.optionsOf(given, ["count"])
  return Sharing.makeScoped(
    () => {
      Refusals.checkSize("count", count, Math.floor(Sharing.greatestBytes / of.byteLength))
      return { bytes: count * of.byteLength, path: "count" }
    },
    (segment) => new Handle(of, segment, count)
  )
}

/**
 * - `count`: there must be this many rows. Default: any number.
 *
 * @category models
 * @since 0.3.0
 */
export interface SchemaOptions {
  readonly count?: number | undefined
}

const schema = <F extends Fields>(
  of: Layout<F>,
  given: SchemaOptions = {}
): SchemaNamespace.declareConstructor<SharedStruct<F>, Sharing.Encoded, readonly []> => {
  checkLayout(of)
  const { count } = Refusals.optionsOf(given, ["count"])
  return Sharing.schemaOf<SharedStruct<F>>({
    shared: name,
    shape: of.signature,
    is: (value): value is SharedStruct<F> =>
      value instanceof Handle && value.layout.signature === of.signature,
    encode: (handle) => (handle as Handle<F>).encoded,
    fits: ({ buffer, length }) => {
      const there = Math.floor((buffer.byteLength - headerBytes) / of.byteLength)
      if (length > there) return `the buffer has room for ${there} rows, and not for ${length}`
      return Refusals.disagrees(count, length) ? `it has ${length} rows, and not ${count}` : undefined
    },
    attach: ({ length }, segment) => new Handle(of, segment, length)
  })
}

export {
  /**
   * The schema of rows, for payloads, results and elements: both sides see the same memory. Decoding refuses rows of another layout, and a
   * buffer that is too small for the count. A child process shares no memory: there the call fails with `NotSerializable`.
   *
   * @category schemas
   * @since 0.3.0
   */
  schema as Schema
}

const name = "SharedStruct"

const bounded = (option: string, size: number): number => {
  if (Number.isInteger(size) && size >= 1 && size <= Sharing.greatestBytes) return size
  throw new InvalidOption(
    option,
    `expected an integer from 1 to ${Sharing.greatestBytes}, got ${String(size)}`
  )
}

const withinMax = <F extends FieldsOf.Field<any>>(option: string, field: F): F => {
  if (field.byteLength > Sharing.greatestBytes) {
    throw new InvalidOption(option, `${field.byteLength} bytes, where ${Sharing.greatestBytes} are possible`)
  }
  return field
}

const checkField = (option: string, field: unknown): void => {
  const isField = typeof field === "object" && field !== null && FieldsOf.isField(field)
  if (!isField) throw new InvalidOption(option, "expected a field, such as SharedStruct.f64")
}

const checkLayout = (value: unknown): void => {
  checkField("layout", value)
  if (!("fields" in (value as object))) throw new InvalidOption("layout", "expected a SharedStruct.layout")
}

class Handle<F extends Fields> implements SharedStruct<F> {
  readonly layout: Layout<F>
  readonly count: number
  private readonly segment: Segment
  private readonly rows: Accessors.Rows
  private readonly whole: Accessors.RecordAccessor<Record<F>, F>

  constructor(of: Layout<F>, segment: Segment, count: number) {
    this.layout = of
    this.count = count
    this.segment = segment
    const region = Layouts.regionOf(segment.buffer, headerBytes, count * of.byteLength)
    this.rows = { buffer: segment.buffer, region, count, stride: of.byteLength }
    this.whole = Accessors.accessorOf(this.rows, of, 0) as never
  }

  get bytes(): Uint8Array<SharedArrayBuffer> {
    return new Uint8Array(this.segment.buffer, headerBytes, this.count * this.layout.byteLength)
  }

  get isDisposed(): boolean {
    return isDisposed(this.segment)
  }

  get encoded(): Sharing.Encoded {
    const { signature } = this.layout
    return { shared: name, shape: signature, length: this.count, buffer: this.segment.buffer }
  }

  get(row: number): Effect.Effect<Record<F>, SharedError> {
    return Refusals.attempt(() => this.getSync(row))
  }

  getSync(row: number): Record<F> {
    Refusals.checkOpen(this.segment, name)
    return this.whole.get(row)
  }

  set(row: number, value: Record<F>): Effect.Effect<void, SharedError> {
    return Refusals.attempt(() => this.setSync(row, value))
  }

  setSync(row: number, value: Record<F>): void {
    Refusals.checkOpen(this.segment, name)
    this.whole.set(row, value)
  }

  field<K extends keyof F & string>(key: K): Accessor<F[K]> {
    return this.whole.field(key)
  }
}
