/**
 * The kinds of numbers that shared memory holds, under short names.
 *
 * @since 0.3.0
 */

/** The typed array of each kind, over memory `B`. */
export interface TypedArrays<B extends ArrayBufferLike> {
  readonly i8: Int8Array<B>
  readonly u8: Uint8Array<B>
  readonly u8c: Uint8ClampedArray<B>
  readonly i16: Int16Array<B>
  readonly u16: Uint16Array<B>
  readonly i32: Int32Array<B>
  readonly u32: Uint32Array<B>
  readonly f32: Float32Array<B>
  readonly f64: Float64Array<B>
  readonly i64: BigInt64Array<B>
  readonly u64: BigUint64Array<B>
}

export type Kind = keyof TypedArrays<SharedArrayBuffer>

export type IntegerKind = Exclude<Kind, "u8c" | "f32" | "f64">

export type NumberOf<K extends Kind> = K extends "i64" | "u64" ? bigint : number

export type ArrayOf<K extends Kind> = TypedArrays<SharedArrayBuffer>[K]

export type AnyArray = ArrayOf<Kind>

const arrays = {
  i8: Int8Array,
  u8: Uint8Array,
  u8c: Uint8ClampedArray,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
  i64: BigInt64Array,
  u64: BigUint64Array
}

export const kinds = Object.keys(arrays) as ReadonlyArray<Kind>

export const isKind = (value: unknown): value is Kind =>
  typeof value === "string" && Object.hasOwn(arrays, value)

export const bytesOf = (kind: Kind): number => arrays[kind].BYTES_PER_ELEMENT

/** Without `length`, a view of memory that can grow tracks its length. */
export const viewOf = <K extends Kind>(
  kind: K,
  buffer: SharedArrayBuffer,
  byteOffset: number,
  length?: number
): ArrayOf<K> => {
  const View = arrays[kind] as unknown as new (...of: ReadonlyArray<unknown>) => ArrayOf<K>
  return new View(buffer, byteOffset, length)
}

/** Private memory for numbers of a kind. */
export const privateArray = (kind: Kind, length: number): TypedArrays<ArrayBuffer>[Kind] =>
  new arrays[kind](length)

export const isInteger = (kind: Kind): kind is IntegerKind => /^[iu]\d+$/.test(kind)

/** The least and the greatest integer of each kind that has bounds; numbers of other kinds are rounded or clamped. */
const bounds: { readonly [K in IntegerKind]: readonly [NumberOf<K>, NumberOf<K>] } = {
  i8: [-128, 127],
  u8: [0, 255],
  i16: [-32_768, 32_767],
  u16: [0, 65_535],
  i32: [-2_147_483_648, 2_147_483_647],
  u32: [0, 4_294_967_295],
  i64: [-(2n ** 63n), 2n ** 63n - 1n],
  u64: [0n, 2n ** 64n - 1n]
}

/** Returns what is wrong with a value of a kind; `undefined` when it fits. A kind of floats takes each number. */
export const misfit = (kind: Kind, value: unknown): string | undefined => {
  if (kind === "i64" || kind === "u64")
    return typeof value === "bigint" ? outside(kind, value) : wrong(kind, value)
  if (typeof value !== "number") return wrong(kind, value)
  if (!isInteger(kind)) return undefined
  return Number.isInteger(value) ? outside(kind, value) : `expected an integer, got ${value}`
}

const outside = (kind: IntegerKind, value: number | bigint): string | undefined => {
  const [least, greatest] = bounds[kind]
  return value >= least && value <= greatest
    ? undefined
    : `expected ${least} to ${greatest} for ${kind}, got ${value}`
}

const wrong = (kind: Kind, value: unknown): string =>
  `expected a ${kind === "i64" || kind === "u64" ? "bigint" : "number"} for ${kind}, got ${nameOf(value)}`

/** Names the type of a foreign value without touching it. */
export const nameOf = (value: unknown): string => (value === null ? "null" : typeof value)
