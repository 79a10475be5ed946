/**
 * One value as one atomic word: what an `i32`, an `i64`, an `f64` and a boolean are in memory.
 *
 * @since 0.3.0
 */
import * as Numbers from "./numbers.ts"

export interface ValueTypes {
  readonly i32: number
  readonly i64: bigint
  readonly f64: number
  readonly boolean: boolean
}

export type ValueKind = keyof ValueTypes

export interface Bits<A> {
  /** The kind of the word. */
  readonly word: "i32" | "i64"
  readonly zero: A
  readonly misfit: (value: unknown) => string | undefined
  readonly toBits: (value: A) => number | bigint
  readonly fromBits: (bits: any) => A
}

const float = new Float64Array(1)
const floatBits = new BigInt64Array(float.buffer)

const asIs = (value: any): any => value

export const bits: { readonly [K in ValueKind]: Bits<ValueTypes[K]> } = {
  i32: {
    word: "i32",
    zero: 0,
    misfit: (value) => Numbers.misfit("i32", value),
    toBits: asIs,
    fromBits: asIs
  },
  i64: {
    word: "i64",
    zero: 0n,
    misfit: (value) => Numbers.misfit("i64", value),
    toBits: asIs,
    fromBits: asIs
  },
  f64: {
    word: "i64",
    zero: 0,
    misfit: (value) => Numbers.misfit("f64", value),
    toBits: (value) => {
      float[0] = value
      return floatBits[0]!
    },
    fromBits: (word: bigint) => {
      floatBits[0] = word
      return float[0]!
    }
  },
  boolean: {
    word: "i32",
    zero: false,
    misfit: (value) =>
      typeof value === "boolean" ? undefined : `expected true or false, got ${Numbers.nameOf(value)}`,
    toBits: Number,
    fromBits: (word: number) => word !== 0
  }
}
