/**
 * Collects the results of `forEach` as chunks answer, in a new list or in the caller's array.
 *
 * @since 0.1.0
 */
import { InvalidOption } from "../../InvalidOption.ts"
import { unexpected } from "../model/options.ts"
import { holdsBigInts, isTypedArray, type TypedArray } from "../model/typedArray.ts"

/** The results of a chunk: a single buffer if all are numbers. */
export type Values = Float64Array | ReadonlyArray<unknown>

interface Part {
  readonly offset: number
  readonly values: Values
}

export class Results {
  private readonly into: TypedArray | undefined
  // Kept until their number is known: a growing list is copied at each growth, which took longer than all other work.
  private readonly parts: Array<Part> = []
  private count = 0

  /** `expected`: how many inputs there are, or `Infinity` if unknown. Throws `InvalidOption`. */
  constructor(into: TypedArray | undefined, expected: number) {
    if (into !== undefined && !isTypedArray(into)) throw unexpected("into", "a typed array", into)
    this.into = into
    if (expected !== Infinity) this.checkRoom(expected)
  }

  /** Reserves places for the next results; returns the first index. Throws `InvalidOption` when the given array is too short. */
  reserve(count: number): number {
    this.checkRoom(this.count + count)
    const offset = this.count
    this.count += count
    return offset
  }

  /** Stores the results of a chunk. Throws `InvalidOption` for a value which the given array cannot hold. */
  place(offset: number, values: Values): void {
    const { into } = this
    if (into === undefined) this.parts.push({ offset, values })
    else if (values instanceof Float64Array && !holdsBigInts(into)) into.set(values, offset)
    else placeEach(into, offset, values)
  }

  /** Builds the result, once all chunks are placed. */
  build(): Array<unknown> | TypedArray {
    if (this.into !== undefined) return this.into
    const results: Array<unknown> = []
    if (this.count <= mostPlaces) results.length = this.count
    for (const { offset, values } of this.parts.toSorted((a, b) => a.offset - b.offset)) {
      if (values instanceof Float64Array) copyNumbers(results, offset, values)
      else copy(results, offset, values)
    }
    return results
  }

  private checkRoom(count: number): void {
    if (this.into === undefined || count <= this.into.length) return
    throw new InvalidOption("into", `it has room for ${this.into.length} results, and there are ${count}`)
  }
}

/** For a longer length set in advance, V8 turns a list into a dictionary. */
const mostPlaces = 32 * 1024 * 1024

const placeEach = (into: TypedArray, offset: number, values: Values): void => {
  const wanted = holdsBigInts(into) ? "bigint" : "number"
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (typeof value !== wanted) {
      throw new InvalidOption("into", `it holds ${wanted}s, and result ${offset + i} is a ${typeof value}`)
    }
    into[offset + i] = value as never
  }
}

// Two functions: a loop which sees both kinds of lists is several times slower for numbers.
const copy = (results: Array<unknown>, offset: number, values: ReadonlyArray<unknown>): void => {
  for (let i = 0; i < values.length; i++) results[offset + i] = values[i]
}

const copyNumbers = (results: Array<unknown>, offset: number, values: Float64Array): void => {
  for (let i = 0; i < values.length; i++) results[offset + i] = values[i]
}
