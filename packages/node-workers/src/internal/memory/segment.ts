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

export const make = (bytes: number): Segment => attach(new SharedArrayBuffer(headerBytes + bytes))

export const attach = (buffer: SharedArrayBuffer): Segment => ({ buffer, words: new Int32Array(buffer) })

/** Host: says that the structure is over. */
export const dispose = ({ words }: Segment): void => void Atomics.store(words, Disposed, 1)

export const isDisposed = ({ words }: Segment): boolean => Atomics.load(words, Disposed) !== 0
