/**
 * Typed arrays: lists of numbers that need no message per number.
 *
 * @since 0.1.0
 */
import { typedArrayName } from "./brands.ts"

/** Every kind of typed array, as a carrier for a list of payloads or of results. */
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

/** Accepts typed arrays of any realm. */
export const isTypedArray = (u: unknown): u is TypedArray => typedArrayName(u) !== undefined

/** Typed arrays with bigint elements. */
export type BigIntArray = BigInt64Array | BigUint64Array

export const holdsBigInts = (array: TypedArray): array is BigIntArray =>
  bigIntArrays.has(typedArrayName(array))

const bigIntArrays: ReadonlySet<unknown> = new Set(["BigInt64Array", "BigUint64Array"])
