/**
 * The sharedChunks of a pool, used again and again: new memory costs more than the numbers that are written to it, and what V8 frees
 * it has to find first.
 *
 * Receives chunks from `inputs.ts`; a sharedChunk comes back with its answers.
 *
 * @since 0.1.0
 */
import * as SharedChunk from "../../protocol/values/SharedChunk.ts"
import { defaults } from "../model/defaults.ts"
import type { BigIntArray, TypedArray } from "../model/typedArray.ts"

export class SharedChunks {
  private readonly most: () => number
  /** Invariant: nobody else has any of them, or may still write to it. */
  private readonly free: Array<SharedArrayBuffer> = []

  /** `most`: how many are kept, by the size that the pool has now. */
  constructor(most: () => number) {
    this.most = most
  }

  /** A part of an array as the items of a sharedChunk; `undefined` where they are too few to be worth it, or too many. */
  take(
    array: Exclude<TypedArray, BigIntArray>,
    from: number,
    to: number
  ): SharedChunk.SharedChunk | undefined {
    const count = to - from
    if (count < leastItems || count > capacity) return undefined
    const items = SharedChunk.items(this.free.pop() ?? SharedChunk.make(capacity), count)
    items.set(array.subarray(from, to))
    return items
  }

  /** What a worker has answered, once it has been read. A sharedChunk whose worker gave no answers never comes back. */
  giveBack(values: unknown): void {
    const most = this.most()
    // The pool may have become smaller.
    if (this.free.length > most) this.free.length = most
    if (this.free.length === most || !SharedChunk.isShared(values)) return
    if (SharedChunk.capacityOf(values.buffer) === capacity) this.free.push(values.buffer)
  }
}

const capacity = defaults.packedChunkMax

/** Fewer are copied sooner. */
const leastItems = 1024
