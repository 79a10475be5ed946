/**
 * Access to one field of all rows. An accessor is made once; its reads and writes of numbers allocate nothing.
 *
 * @since 0.3.0
 */
import { type Atomic, atomicOf } from "./cells.ts"
import type { ArrayField, Field, IntegerField, Region } from "./fields.ts"
import { type Layout, writerOf } from "./layout.ts"
import { bytesOf, type IntegerKind, isInteger, isKind, viewOf } from "./numbers.ts"
import { checkIndex, misfitAt } from "./refusals.ts"
import { headerBytes } from "./segment.ts"

/** Reads and writes one field of a row. `get` and `set` throw a `SharedError`. */
export interface Plain<A> {
  readonly get: (row: number) => A
  /** Throws `Misfit` for a value that the field cannot hold, and has written nothing. */
  readonly set: (row: number, value: A) => void
}

export interface AtomicAccessor<N extends number | bigint> extends Plain<N> {
  /** Atomic operations on the field, by row. */
  readonly atomic: Atomic<N>
}

export interface RecordAccessor<A, F> extends Plain<A> {
  /** Returns the accessor of a field of the nested record. */
  readonly field: <K extends keyof F & string>(name: K) => Accessor<F[K]>
}

export interface ItemsAccessor<A, E> extends Plain<A> {
  /** Returns the accessor of the element at a place. */
  readonly item: (index: number) => Accessor<E>
}

export type Accessor<F> =
  F extends IntegerField<any>
    ? AtomicAccessor<F["Type"]>
    : F extends Layout<infer Inner>
      ? RecordAccessor<F["Type"], Inner>
      : F extends ArrayField<infer E>
        ? ItemsAccessor<F["Type"], E>
        : F extends Field<infer A>
          ? Plain<A>
          : never

/** The rows of a structure: where they are, and how far apart. */
export interface Rows {
  readonly buffer: SharedArrayBuffer
  readonly region: Region
  readonly count: number
  readonly stride: number
}

/** `offset`: the place of the field in each row. */
export const accessorOf = (rows: Rows, field: Field<any>, offset: number): Accessor<Field<any>> => {
  const { count, region, stride } = rows
  const at = (row: number): number => {
    checkIndex(row, count, "SharedStruct")
    return row * stride + offset
  }
  const kind = "kind" in field && isKind(field.kind) ? field.kind : undefined
  const write = kind === undefined ? writerOf(field) : undefined
  const plain = {
    get: (row: number) => field.read(region, at(row)),
    set: (row: number, value: unknown) => {
      if (write !== undefined) return write(region, at(row), value)
      // A number that does not fit is not written, so no private copy is needed.
      const found = field.put(region, at(row), value)
      if (found !== undefined) throw misfitAt("$", found.detail)
    }
  }
  if (kind !== undefined) return isInteger(kind) ? { ...plain, ...atomics(rows, kind, at) } : plain
  if ("fields" in field) return { ...plain, ...record(rows, field as Layout<any>, offset) } as Plain<any>
  return "element" in field
    ? ({ ...plain, ...items(rows, field as ArrayField<any>, offset) } as Plain<any>)
    : plain
}

/** A view of the rows as numbers of the kind: fields are aligned, so each is one element of it. */
const atomics = ({ buffer }: Rows, kind: IntegerKind, at: (row: number) => number) => {
  const length = Math.floor((buffer.byteLength - headerBytes) / bytesOf(kind))
  const whole = viewOf(kind, buffer, headerBytes, length)
  return { atomic: atomicOf(whole as never, (row) => at(row) / whole.BYTES_PER_ELEMENT) }
}

const record = (rows: Rows, { fields }: Layout<any>, offset: number) => ({
  field: (name: string) => {
    const place = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (place === undefined) throw misfitAt(`$.${name}`, "there is no such field")
    return accessorOf(rows, place.field, offset + place.offset)
  }
})

const items = (rows: Rows, { element, length }: ArrayField<any>, offset: number) => ({
  item: (index: number) => {
    checkIndex(index, length, "SharedStruct")
    return accessorOf(rows, element, offset + index * element.byteLength)
  }
})
