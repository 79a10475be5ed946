/**
 * The shared chunks of a pool, used again and again: allocating memory costs more than writing the numbers, and V8 has to
 * find memory before freeing it.
 *
 * Receives chunks from `inputs.ts`; a shared chunk returns with its answers.
 *
 * @since 0.1.0
 */
import * as SharedChunk from "../../protocol/values/SharedChunk.ts"
import { defaults } from "../model/defaults.ts"
import type { BigIntArray, TypedArray } from "../model/typedArray.ts"

export class SharedChunks {
  private readonly most: () => number
  /** Invariant: nobody else holds any of these buffers, and no worker may still write to them. */
  private readonly free: Array<SharedArrayBuffer> = []

  /** `most`: how many buffers to keep, by the pool's current size. */
  constructor(most: () => number) {
    this.most = most
  }

  /**
   * Copies a part of an array into a shared chunk; returns `undefined` for too few items to be worth a shared chunk, or for
   * too many.
   */
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

  /** Takes back the memory of a worker's answers, after they have been read. A shared chunk without answers never comes back. */
  giveBack(values: unknown): void {
    const most = this.most()
    // The pool may have become smaller.
    if (this.free.length > most) this.free.length = most
    if (this.free.length === most || !SharedChunk.isShared(values)) return
    if (SharedChunk.capacityOf(values.buffer) === capacity) this.free.push(values.buffer)
  }
}

const capacity = defaults.packedChunkMax

/** With fewer items, copying is faster. */
const leastItems = 1024
