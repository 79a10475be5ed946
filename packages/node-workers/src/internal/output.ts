/**
 * The output of workers: always drained, never without bound.
 *
 * @since 0.1.0
 */
import type { Readable, Writable } from "node:stream"
import { defaults } from "./defaults.ts"

/** Takes the chunks of a worker's stream. */
export type Sink = (chunk: Buffer) => void

export const discard: Sink = () => {}

/** Most bytes of workers that wait in the host's own stream. */
const maxPending = defaults.pendingOutput

/**
 * Forwards chunks to a stream of the host. Past `maxPending` bytes in that stream, chunks are dropped, and their length is
 * printed as soon as the stream flows again. A worker that prints without end must not fill the host's memory, and pausing
 * the worker would only fill its own.
 */
export const forwardTo = (target: () => Writable): Sink => {
  let dropped = 0
  const report = (stream: Writable): void => {
    if (dropped === 0) return
    const note = `\n[${dropped} bytes that workers printed were dropped here]\n`
    dropped = 0
    if (stream.writable) stream.write(note)
  }
  return (chunk) => {
    const stream = target()
    if (!stream.writable) return
    if (stream.writableLength > maxPending) {
      if (dropped === 0) stream.once("drain", () => report(stream))
      dropped += chunk.length
      return
    }
    report(stream)
    stream.write(chunk)
  }
}

export interface TailBuffer {
  readonly push: Sink
  readonly text: () => string
}

/** Makes a buffer of the last `limit` bytes of a stream. */
export const makeTailBuffer = (limit: number): TailBuffer => {
  let kept = Buffer.alloc(0)
  let isCut = false
  return {
    push: (chunk) => {
      const all = Buffer.concat([kept, chunk])
      const surplus = Math.max(0, all.length - limit)
      isCut ||= surplus > 0
      // A copy, since a view would keep a whole large chunk alive.
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

/** Hands over every chunk as it comes. An error ends the stream, never the host. */
export const pump = (stream: Readable, sink: Sink): void => {
  stream.on("data", sink)
  stream.on("error", () => {})
}

/**
 * Hands over the bytes that the stream still holds, at once, and destroys the stream. Node has received all output of a
 * worker before `exit` is emitted, but the last chunks may still wait in the stream for its next turn.
 */
export const drainAndDestroy = (stream: Readable): void => {
  // Reading emits `data`.
  while (stream.read() !== null);
  stream.removeAllListeners("data")
  stream.destroy()
}
