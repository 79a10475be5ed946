/**
 * The inputs of `forEach`, drawn lazily, and by index instead of an iterator where possible.
 *
 * @since 0.1.0
 */
import { defaults } from "../model/defaults.ts"
import { holdsBigInts, isTypedArray, type TypedArray } from "../model/typedArray.ts"
import type { Draw } from "../../protocol/values/Payload.ts"
import type { SharedChunks } from "./sharedChunks.ts"

export interface Inputs {
  /** How many inputs are left; `Infinity` for an input of unknown length. */
  readonly remaining: number
  /**
   * The largest number of inputs per chunk. Numbers travel in a single buffer; other values are held, copied and lost
   * individually.
   */
  readonly chunkMax: number
  /** Draws the next inputs, at most `size`; fewer only at the end. May throw the input's errors. */
  readonly draw: (size: number) => ReadonlyArray<unknown> | TypedArray
  /** Gives the input up: nothing more will be drawn. */
  readonly giveUp: () => void
}

/**
 * `draw`: takes each input as soon as the iterator returns it, since asking for the next input runs the caller's code.
 * `sharedChunks`: shared memory for the numbers of a typed array, instead of separate arrays.
 */
export const from = (inputs: Iterable<unknown>, draw: Draw, sharedChunks?: SharedChunks): Inputs => {
  if (isTypedArray(inputs)) return new Indexed(inputs, sharedChunks)
  const isPlain = Array.isArray(inputs) && inputs[Symbol.iterator] === Array.prototype[Symbol.iterator]
  return isPlain ? new Indexed(inputs as ReadonlyArray<unknown>) : new Iterated(inputs, draw)
}

/** An array, plain or typed. A chunk is a slice of the array, as of the moment of drawing. */
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
    return this.inSharedChunk(start, this.at) ?? this.list.slice(start, this.at)
  }

  private inSharedChunk(start: number, end: number): TypedArray | undefined {
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
