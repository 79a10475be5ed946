/**
 * Memory in which one chunk of numbers goes out and its answers come back, so that no number is copied on the way.
 *
 * A sharedChunk is two equal halves of a shared buffer: items, then answers. It crosses as a view of its items. The host writes
 * the items before it posts them, the worker writes answers alone, before it posts a view of them: nobody ever reads what
 * the other side may be writing, and a chunk that is sent again, after its worker was lost, has its items still.
 *
 * @since 0.1.0
 */

export type SharedChunk = Float64Array<SharedArrayBuffer>

/** For at most so many items. */
export const make = (capacity: number): SharedArrayBuffer =>
  new SharedArrayBuffer(2 * capacity * Float64Array.BYTES_PER_ELEMENT)

export const capacityOf = (buffer: SharedArrayBuffer): number =>
  buffer.byteLength / 2 / Float64Array.BYTES_PER_ELEMENT

/** Host: where so many items go. */
export const items = (buffer: SharedArrayBuffer, count: number): SharedChunk =>
  new Float64Array(buffer, 0, count)

/**
 * Worker: where their answers go; `undefined` if these payloads are no sharedChunk. No other list of payloads is in shared memory,
 * as chunks of whatever a caller has are copies of it.
 */
export const answers = (payloads: unknown): SharedChunk | undefined =>
  isShared(payloads)
    ? new Float64Array(payloads.buffer, payloads.buffer.byteLength / 2, payloads.length)
    : undefined

/** Whether such a list is in shared memory: the items or the answers of a sharedChunk. */
export const isShared = (list: unknown): list is SharedChunk =>
  list instanceof Float64Array && list.buffer instanceof SharedArrayBuffer
