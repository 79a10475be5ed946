/**
 * The slabs of a pool, used again and again: new memory costs more than the numbers that are written to it, and what V8 frees
 * it has to find first.
 *
 * Receives chunks from `inputs.ts`; a slab comes back with its answers.
 *
 * @since 0.1.0
 */
import * as Slab from "../../protocol/Slab.ts"
import { defaults } from "../model/defaults.ts"
import type { BigIntArray, TypedArray } from "../model/typedArray.ts"

export class Slabs {
  private readonly most: () => number
  /** Invariant: nobody else has any of them, or may still write to it. */
  private readonly free: Array<SharedArrayBuffer> = []

  /** `most`: how many are kept, by the size that the pool has now. */
  constructor(most: () => number) {
    this.most = most
  }

  /** A part of an array as the items of a slab; `undefined` where they are too few to be worth it, or too many. */
  take(array: Exclude<TypedArray, BigIntArray>, from: number, to: number): Slab.Slab | undefined {
    const count = to - from
    if (count < leastItems || count > capacity) return undefined
    const items = Slab.items(this.free.pop() ?? Slab.make(capacity), count)
    items.set(array.subarray(from, to))
    return items
  }

  /** What a worker has answered, once it has been read. A slab whose worker gave no answers never comes back. */
  giveBack(values: unknown): void {
    const most = this.most()
    // The pool may have become smaller.
    if (this.free.length > most) this.free.length = most
    if (this.free.length === most || !Slab.isShared(values)) return
    if (Slab.capacityOf(values.buffer) === capacity) this.free.push(values.buffer)
  }
}

const capacity = defaults.packedChunkMax

/** Fewer are copied sooner. */
const leastItems = 1024
