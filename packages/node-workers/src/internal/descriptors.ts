/**
 * Reads and writes pipes synchronously, by descriptor.
 *
 * @since 0.1.0
 */
import { readSync, writeSync } from "node:fs"

const pause = new Int32Array(new SharedArrayBuffer(4))

/** Writes all bytes, however long the other side takes. */
export const writeAll = (fd: number, bytes: Buffer): void => {
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(fd, bytes, written)
    } catch (error) {
      // Only when somebody made the pipe non-blocking.
      if (!isAgain(error)) throw error
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}

/** Blocks until so many bytes have come and returns them; `undefined` when the pipe ends before. */
export const readExactly = (fd: number, length: number): Buffer | undefined => {
  const bytes = Buffer.alloc(length)
  for (let read = 0; read < length;) {
    const more = readSync(fd, bytes, read, length - read, null)
    if (more === 0) return undefined
    read += more
  }
  return bytes
}

const chunkLength = 64 * 1024

/** Hands over the bytes that wait in a non-blocking pipe, without waiting for more. */
export const readAvailable = (fd: number, sink: (chunk: Buffer) => void): void => {
  for (;;) {
    const chunk = Buffer.allocUnsafeSlow(chunkLength)
    let length: number
    try {
      length = readSync(fd, chunk, 0, chunkLength, null)
    } catch {
      // Nothing more for now, or for ever.
      return
    }
    if (length === 0) return
    sink(chunk.subarray(0, length))
  }
}

const isAgain = (error: unknown): boolean =>
  typeof error === "object" && error !== null && Reflect.get(error, "code") === "EAGAIN"
