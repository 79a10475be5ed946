/**
 * The memory of one shared structure: a header, then what the structure keeps.
 *
 * The host makes a segment and disposes of it; each thread that was handed its buffer attaches. Memory is freed by the collector, once
 * no thread has the buffer any more: `dispose` only says that the structure is over.
 *
 * @since 0.3.0
 */

export interface Segment {
  readonly buffer: SharedArrayBuffer
  /** The words of the whole segment. The structure's own begin at `headerWords`. */
  readonly words: Int32Array<SharedArrayBuffer>
}

/** The words of the header. A multiple of 16 bytes, so that what follows is aligned for every kind of number. */
export const headerWords = 4

export const headerBytes: number = headerWords * Int32Array.BYTES_PER_ELEMENT

/** Non-zero once the structure is over. Written by the host alone. */
const Disposed = 0
/** Tells structures of one host apart; 0 for those that need no name. Written once, by the host. */
const Id = 1

/** A segment of whole words; `maxBytes` makes one of exactly so many bytes that can grow. Throws where memory does not suffice. */
export const make = (bytes: number, maxBytes?: number): Segment =>
  attach(
    maxBytes === undefined
      ? new SharedArrayBuffer(headerBytes + Math.ceil(bytes / 8) * 8)
      : new SharedArrayBuffer(headerBytes + bytes, { maxByteLength: headerBytes + maxBytes })
  )

export const attach = (buffer: SharedArrayBuffer): Segment => ({ buffer, words: new Int32Array(buffer) })

/** Host: says that the structure is over. */
export const dispose = ({ words }: Segment): void => void Atomics.store(words, Disposed, 1)

export const setId = ({ words }: Segment, id: number): void => void Atomics.store(words, Id, id)

export const idOf = ({ words }: Segment): number => Atomics.load(words, Id)

export const isDisposed = ({ words }: Segment): boolean => Atomics.load(words, Disposed) !== 0
