/**
 * Lists of numbers as one buffer: structured clone copies a buffer at once, and a list number by number.
 *
 * @since 0.1.0
 */

/** Every kind of typed array: what a list of many payloads, or of many results, may travel as. */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array

export const isTypedArray = (u: unknown): u is TypedArray => ArrayBuffer.isView(u) && !(u instanceof DataView)

/** Shorter lists are not worth a buffer of their own. */
const leastLength = 16

/** The same numbers, each exactly as it was (`-0` and `NaN` too); `undefined` unless all are numbers. */
export const pack = (values: ReadonlyArray<unknown>): Float64Array<ArrayBuffer> | undefined => {
  if (values.length < leastLength) return undefined
  const packed = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (typeof value !== "number") return undefined
    packed[i] = value
  }
  return packed
}

/** Marks a conversion that changes nothing, so that nobody need call it. */
export const asIs = (value: unknown): unknown => value

/** Converts each value, holes included; the list itself where there is nothing to convert. */
export const mapAll = <A extends ArrayLike<unknown>>(
  values: A,
  convert: (value: unknown) => unknown
): A | Array<unknown> => (convert === asIs ? values : Array.from(values, convert))
