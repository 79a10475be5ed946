/**
 * The fields of records in shared memory: how many bytes each takes, how it is aligned, read and written.
 *
 * A field is written into private memory first (`layout.ts`), so a value that does not fit has changed nothing. Numbers are
 * little-endian, text is UTF-8 behind its length. Whatever is read may be half written by another thread, so the stored length is bounded
 * by the field.
 *
 * @since 0.3.0
 */
import { types } from "node:util"
import * as Numbers from "./numbers.ts"

/** Memory in the two forms that fields need, made once for many accesses. */
export interface Region {
  readonly data: DataView
  readonly bytes: Uint8Array
}

export const regionOf = (buffer: ArrayBufferLike, byteOffset = 0, byteLength?: number): Region => ({
  data: new DataView(buffer, byteOffset, byteLength),
  bytes: new Uint8Array(buffer, byteOffset, byteLength)
})

/** What is wrong with a value, and where in it. */
export interface Wrong {
  readonly path: string
  readonly detail: string
}

export interface Field<A> {
  /** The type alone: no such property exists at run time. */
  readonly Type: A
  readonly byteLength: number
  readonly align: number
  /** Fields with the same text are the same bytes. */
  readonly signature: string
  readonly read: (region: Region, offset: number) => A
  /** Writes into private memory, which may be left half written when something is wrong with the value. */
  readonly put: (region: Region, offset: number, value: unknown) => Wrong | undefined
}

/** A field of integers, with atomic operations. */
export interface IntegerField<K extends Numbers.IntegerKind> extends Field<Numbers.NumberOf<K>> {
  readonly kind: K
}

/** A field with so many elements. */
export interface ArrayField<F extends Field<any>> extends Field<ReadonlyArray<F["Type"]>> {
  readonly element: F
  readonly length: number
}

const fields = new WeakSet<object>()

/** Whether a foreign value is a field of this module, or a layout of such fields. */
export const isField = (value: object): boolean => fields.has(value)

/** Marks an object as a field. */
export const field = <A, F extends object>(body: Omit<Field<A>, "Type">, more: F): Field<A> & F => {
  const made = Object.freeze({ ...body, ...more }) as unknown as Field<A> & F
  fields.add(made)
  return made
}

export const wrong = (detail: string): Wrong => ({ path: "", detail })

export const within = (key: string, found: Wrong): Wrong => ({
  path: `${key}${found.path}`,
  detail: found.detail
})

const number = <K extends Numbers.Kind>(
  kind: K,
  get: (data: DataView, offset: number) => Numbers.NumberOf<K>,
  set: (data: DataView, offset: number, value: Numbers.NumberOf<K>) => void
) =>
  field<Numbers.NumberOf<K>, { readonly kind: K }>(
    {
      byteLength: Numbers.bytesOf(kind),
      align: Numbers.bytesOf(kind),
      signature: kind,
      read: (region, offset) => get(region.data, offset),
      put: (region, offset, value) => {
        const problem = Numbers.misfit(kind, value)
        if (problem !== undefined) return wrong(problem)
        set(region.data, offset, value as Numbers.NumberOf<K>)
        return undefined
      }
    },
    { kind }
  )

export const numbers = {
  i8: number(
    "i8",
    (data, at) => data.getInt8(at),
    (data, at, value) => data.setInt8(at, value)
  ),
  u8: number(
    "u8",
    (data, at) => data.getUint8(at),
    (data, at, value) => data.setUint8(at, value)
  ),
  i16: number(
    "i16",
    (data, at) => data.getInt16(at, true),
    (data, at, value) => data.setInt16(at, value, true)
  ),
  u16: number(
    "u16",
    (data, at) => data.getUint16(at, true),
    (data, at, value) => data.setUint16(at, value, true)
  ),
  i32: number(
    "i32",
    (data, at) => data.getInt32(at, true),
    (data, at, value) => data.setInt32(at, value, true)
  ),
  u32: number(
    "u32",
    (data, at) => data.getUint32(at, true),
    (data, at, value) => data.setUint32(at, value, true)
  ),
  f32: number(
    "f32",
    (data, at) => data.getFloat32(at, true),
    (data, at, value) => data.setFloat32(at, value, true)
  ),
  f64: number(
    "f64",
    (data, at) => data.getFloat64(at, true),
    (data, at, value) => data.setFloat64(at, value, true)
  ),
  i64: number(
    "i64",
    (data, at) => data.getBigInt64(at, true),
    (data, at, value) => data.setBigInt64(at, value, true)
  ),
  u64: number(
    "u64",
    (data, at) => data.getBigUint64(at, true),
    (data, at, value) => data.setBigUint64(at, value, true)
  )
}

export const boolean: Field<boolean> = field(
  {
    byteLength: 1,
    align: 1,
    signature: "boolean",
    read: (region, offset) => region.bytes[offset] !== 0,
    put: (region, offset, value) => {
      if (typeof value !== "boolean") return wrong(`expected true or false, got ${Numbers.nameOf(value)}`)
      region.bytes[offset] = value ? 1 : 0
      return undefined
    }
  },
  {}
)

/** The bytes of a stored length, which stands before the bytes of a text. */
const lengthBytes = 4

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/** Copies the bytes that are there into private memory. */
const stored = (region: Region, offset: number, max: number): Uint8Array<ArrayBuffer> => {
  const length = Math.min(region.data.getUint32(offset, true), max)
  const start = offset + lengthBytes
  return region.bytes.slice(start, start + length)
}

export const text = (max: number): Field<string> =>
  field(
    {
      byteLength: lengthBytes + max,
      align: lengthBytes,
      signature: `text(${max})`,
      read: (region, offset) => decoder.decode(stored(region, offset, max)),
      put: (region, offset, value) => {
        if (typeof value !== "string") return wrong(`expected a string, got ${Numbers.nameOf(value)}`)
        if (!value.isWellFormed()) return wrong("the text has half a surrogate pair, which UTF-8 cannot hold")
        const start = offset + lengthBytes
        const { read, written } = encoder.encodeInto(value, region.bytes.subarray(start, start + max))
        if (read < value.length) return wrong(`the text is longer than ${max} bytes of UTF-8`)
        region.data.setUint32(offset, written, true)
        return undefined
      }
    },
    {}
  )

export const bytes = (max: number): Field<Uint8Array<ArrayBuffer>> =>
  field(
    {
      byteLength: lengthBytes + max,
      align: lengthBytes,
      signature: `bytes(${max})`,
      read: (region, offset) => stored(region, offset, max),
      put: (region, offset, value) => {
        if (!types.isUint8Array(value)) return wrong(`expected a Uint8Array, got ${Numbers.nameOf(value)}`)
        if (value.length > max) return wrong(`${value.length} bytes, where ${max} have room`)
        region.bytes.set(value, offset + lengthBytes)
        region.data.setUint32(offset, value.length, true)
        return undefined
      }
    },
    {}
  )

export const array = <F extends Field<any>>(element: F, length: number): ArrayField<F> => {
  const stride = element.byteLength
  return field(
    {
      byteLength: stride * length,
      align: element.align,
      signature: `${element.signature}[${length}]`,
      read: (region, offset) =>
        Array.from({ length }, (_, index) => element.read(region, offset + index * stride)),
      put: (region, offset, value) => {
        const list = listOf(value, length)
        if ("detail" in list) return list
        for (let index = 0; index < length; index++) {
          const found = element.put(region, offset + index * stride, list[index])
          if (found !== undefined) return within(`[${index}]`, found)
        }
        return undefined
      }
    },
    { element, length }
  ) as ArrayField<F>
}

const listOf = (value: unknown, length: number): ArrayLike<unknown> | Wrong => {
  const isList = Array.isArray(value) || types.isTypedArray(value)
  if (!isList) return wrong(`expected a list, got ${Numbers.nameOf(value)}`)
  return value.length === length ? value : wrong(`expected ${length} elements, got ${value.length}`)
}

/** Rounds an offset up to an alignment. */
export const aligned = (offset: number, align: number): number => Math.ceil(offset / align) * align
