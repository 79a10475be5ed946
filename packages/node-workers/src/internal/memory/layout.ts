/**
 * The layout of a record: its fields at aligned offsets, in the order in which they are given, as in C.
 *
 * @since 0.3.0
 */
import { misfitAt } from "./refusals.ts"
import {
  aligned,
  type Field,
  field as markField,
  type Region,
  regionOf,
  type Wrong,
  within,
  wrong
} from "./fields.ts"
import { nameOf } from "./numbers.ts"

export { type Region, regionOf } from "./fields.ts"

export type Fields = { readonly [name: string]: Field<any> }

export type RecordOf<F extends Fields> = { readonly [K in keyof F]: F[K]["Type"] }

export interface Place {
  readonly field: Field<any>
  readonly offset: number
}

/**
 * A layout is a field as well, so layouts nest. `byteLength` is a multiple of `align`, so records stand side by side.
 *
 * - `read(region, offset)`: the record there, as a new object.
 * - `write(region, offset, value)`: writes the record, or throws a `SharedError` with `Misfit` and has written nothing.
 */
export interface Layout<F extends Fields> extends Field<RecordOf<F>> {
  readonly fields: { readonly [K in keyof F]: { readonly field: F[K]; readonly offset: number } }
  readonly write: (region: Region, offset: number, value: unknown) => void
}

/** `isList`: the record is read as an array, and its fields are its indexes. */
export const layoutOf = <F extends Fields>(fields: F, isList = false): Layout<F> => {
  const { align, byteLength, places } = placed(fields)
  const entries = Object.entries(places)
  const names = entries.map(([name]) => name)
  const offsets = entries.map(([, { offset }]) => offset)
  const types = entries.map(([, { field }]) => field)
  const described = entries.map(([name, { field }]) => `${JSON.stringify(name)}:${field.signature}`)

  const read = (region: Region, offset: number): any => {
    const record: any = isList ? [] : {}
    for (let i = 0; i < names.length; i++) record[names[i]!] = types[i]!.read(region, offset + offsets[i]!)
    return record
  }

  const put = (region: Region, offset: number, value: any): Wrong | undefined => {
    if (typeof value !== "object" || value === null) return wrong(`expected an object, got ${nameOf(value)}`)
    if (isList && !(Array.isArray(value) && value.length === names.length)) {
      return wrong(`expected a list of ${names.length}`)
    }
    for (let i = 0; i < names.length; i++) {
      const found = types[i]!.put(region, offset + offsets[i]!, value[names[i]!])
      if (found !== undefined) return within(isList ? `[${i}]` : `.${names[i]!}`, found)
    }
    return undefined
  }

  const layout = {
    byteLength,
    align,
    signature: isList ? `[${described.join()}]` : `{${described.join()}}`,
    read,
    put
  }
  return markField<any, object>(layout, { fields: places, write: writerOf(layout) }) as Layout<F>
}

const placed = (fields: Fields) => {
  const places: Record<string, Place> = Object.create(null)
  let end = 0
  let align = 1
  for (const [name, field] of Object.entries(fields)) {
    const offset = aligned(end, field.align)
    places[name] = { field, offset }
    end = offset + field.byteLength
    align = Math.max(align, field.align)
  }
  return { align, byteLength: aligned(end, align), places }
}

/**
 * Writes values of a field: first into private memory, where a value that does not fit, or a getter that throws, harms nobody, then all
 * bytes at once.
 */
export const writerOf = (field: Pick<Field<unknown>, "byteLength" | "put">) => {
  let spare: Region | undefined
  return (region: Region, offset: number, value: unknown): void => {
    // A getter of the value may write a record by this very writer, so the spare is taken away meanwhile.
    const draft = spare ?? regionOf(new ArrayBuffer(field.byteLength))
    spare = undefined
    draft.bytes.fill(0)
    const found = putGuarded(field, draft, value)
    if (found === undefined) region.bytes.set(draft.bytes, offset)
    spare = draft
    if (found !== undefined) throw misfitAt(`$${found.path}`, found.detail)
  }
}

const putGuarded = (field: Pick<Field<unknown>, "put">, draft: Region, value: unknown): Wrong | undefined => {
  try {
    return field.put(draft, 0, value)
  } catch {
    return wrong("reading the value threw")
  }
}
