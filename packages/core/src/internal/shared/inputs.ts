/**
 * What `forEach` draws its chunks from: lazily, whatever the input is, and without an iterator where it can be indexed.
 *
 * @since 0.1.0
 */
import { defaults } from "../model/defaults.ts"
import { holdsBigInts, isTypedArray, type TypedArray } from "../model/typedArray.ts"
import type { Draw } from "../../protocol/values/Payload.ts"
import type { SharedChunks } from "./sharedChunks.ts"

export interface Inputs {
  /** How many are still to come; `Infinity` where the input does not know. */
  readonly remaining: number
  /** Most that may travel together: numbers are one buffer, other values are held, copied and lost one by one. */
  readonly chunkMax: number
  /** The next ones, at most so many; fewer only at the end. May throw what the input throws. */
  readonly draw: (size: number) => ReadonlyArray<unknown> | TypedArray
  /** No more will be drawn. */
  readonly giveUp: () => void
}

/**
 * `draw`: takes each input as an iterator gives it, since asking for the next one runs the caller's code. `sharedChunks`: where the
 * numbers of a typed array may go, instead of arrays of their own.
 */
export const from = (inputs: Iterable<unknown>, draw: Draw, sharedChunks?: SharedChunks): Inputs => {
  if (isTypedArray(inputs)) return new Indexed(inputs, sharedChunks)
  const isPlain = Array.isArray(inputs) && inputs[Symbol.iterator] === Array.prototype[Symbol.iterator]
  return isPlain ? new Indexed(inputs as ReadonlyArray<unknown>) : new Iterated(inputs, draw)
}

/** An array, plain or typed: chunks are slices of it, as it is when they are drawn. */
class Indexed implements Inputs {
  private readonly list: ReadonlyArray<unknown> | TypedArray
  private readonly sharedChunks: SharedChunks | undefined
  private at = 0

  constructor(list: ReadonlyArray<unknown> | TypedArray, sharedChunks?: SharedChunks) {
    this.list = list
    this.sharedChunks = sharedChunks
  }

  get remaining(): number {
    return this.list.length - this.at
  }

  get chunkMax(): number {
    const next = this.list[this.at]
    return typeof next === "number" || typeof next === "bigint" ? defaults.packedChunkMax : defaults.chunkMax
  }

  draw(size: number): ReadonlyArray<unknown> | TypedArray {
    const start = this.at
    this.at = Math.min(this.list.length, start + size)
    return this.inSlab(start, this.at) ?? this.list.slice(start, this.at)
  }

  private inSlab(start: number, end: number): TypedArray | undefined {
    const { list, sharedChunks } = this
    if (sharedChunks === undefined || !isTypedArray(list) || holdsBigInts(list)) return undefined
    return sharedChunks.take(list, start, end)
  }

  giveUp(): void {}
}

class Iterated implements Inputs {
  readonly remaining = Infinity
  readonly chunkMax = defaults.chunkMax
  private readonly iterator: Iterator<unknown>
  private readonly take: Draw

  constructor(inputs: Iterable<unknown>, take: Draw) {
    this.take = take
    this.iterator = inputs[Symbol.iterator]()
  }

  draw(size: number): ReadonlyArray<unknown> {
    const drawn: Array<unknown> = []
    while (drawn.length < size) {
      const next = this.iterator.next()
      if (next.done === true) break
      drawn.push(this.take(next.value))
    }
    return drawn
  }

  giveUp(): void {
    this.iterator.return?.()
  }
}
