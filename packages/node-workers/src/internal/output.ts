/**
 * What workers print: always drained, never without bound.
 *
 * @since 0.1.0
 */
import type { Readable, Writable } from "node:stream"
import { defaults } from "./defaults.ts"

/** Where the chunks of a worker's stream go. */
export type Sink = (chunk: Buffer) => void

export const discard: Sink = () => {}

/** Most bytes that wait in the host's own stream on behalf of workers. */
const maxPending = defaults.pendingOutput

/**
 * Writes on to a stream of the host. Past `maxPending` bytes that the host cannot get rid of, chunks are dropped
 * and their number is told when the stream flows again, whether more is printed then or not: a worker that prints without end must not fill the host's
 * memory, and a paused worker would only fill its own.
 */
export const inherit = (target: () => Writable): Sink => {
  let dropped = 0
  const tell = (stream: Writable): void => {
    if (dropped === 0) return
    const note = `\n[${dropped} bytes that workers printed were dropped here]\n`
    dropped = 0
    if (stream.writable) stream.write(note)
  }
  return (chunk) => {
    const stream = target()
    if (!stream.writable) return
    if (stream.writableLength > maxPending) {
      if (dropped === 0) stream.once("drain", () => tell(stream))
      dropped += chunk.length
      return
    }
    tell(stream)
    stream.write(chunk)
  }
}

export interface Tail {
  readonly push: Sink
  readonly text: () => string
}

/** Keeps the last `limit` bytes of a stream. */
export const makeTail = (limit: number): Tail => {
  let kept = Buffer.alloc(0)
  let isCut = false
  return {
    push: (chunk) => {
      const all = Buffer.concat([kept, chunk])
      const surplus = Math.max(0, all.length - limit)
      isCut ||= surplus > 0
      // A copy: a view would keep the whole of a large chunk alive.
      kept = Buffer.from(all.subarray(surplus))
    },
    text: () => {
      let start = 0
      // The cut may have split a character; its remaining bytes are 0b10xxxxxx.
      while (isCut && start < kept.length && (kept[start]! & 0xc0) === 0x80) start++
      return kept.toString("utf8", start)
    }
  }
}

/** Hands over every chunk as it comes. An error of the stream is an end of it, never of the host. */
export const pump = (stream: Readable, sink: Sink): void => {
  stream.on("data", sink)
  stream.on("error", () => {})
}

/**
 * Hands over what the stream still holds, at once, and lets go of it. Node has received all that a worker printed
 * before it says that the worker exited, but some of it may wait in the stream for its next turn.
 */
export const finish = (stream: Readable): void => {
  // Reading emits `data`.
  while (stream.read() !== null);
  stream.removeAllListeners("data")
  stream.destroy()
}
