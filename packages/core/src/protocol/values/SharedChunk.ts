/**
 * Shared memory for one chunk of numbers and its results, so that no number is copied on the way.
 *
 * A shared buffer has two equal halves: items, then results. The chunk travels as a view of its items. The host writes
 * the items before posting them. The worker writes only results, before posting a view of them. So neither side ever
 * reads memory while the other side writes, and a chunk sent again after the loss of its worker still has its items.
 *
 * @since 0.1.0
 */

export type SharedChunk = Float64Array<SharedArrayBuffer>

/** Makes a buffer for at most `capacity` items. */
export const make = (capacity: number): SharedArrayBuffer =>
  new SharedArrayBuffer(2 * capacity * Float64Array.BYTES_PER_ELEMENT)

export const capacityOf = (buffer: SharedArrayBuffer): number =>
  buffer.byteLength / 2 / Float64Array.BYTES_PER_ELEMENT

/** Host: returns the view for `count` items. */
export const items = (buffer: SharedArrayBuffer, count: number): SharedChunk =>
  new Float64Array(buffer, 0, count)

/**
 * Worker: returns the view for the results; `undefined` if the payloads are not a shared chunk. No other payload list
 * is in shared memory, because chunks of the caller's data are copies.
 */
export const answers = (payloads: unknown): SharedChunk | undefined =>
  isShared(payloads)
    ? new Float64Array(payloads.buffer, payloads.buffer.byteLength / 2, payloads.length)
    : undefined

/** Whether a list is in shared memory, and therefore the items or the results of a shared chunk. */
export const isShared = (list: unknown): list is SharedChunk =>
  list instanceof Float64Array && list.buffer instanceof SharedArrayBuffer
