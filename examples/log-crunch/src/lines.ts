/**
 * The lines of a range. A line belongs to the range that has its first byte, so each line belongs to exactly one, wherever the
 * file was cut: a range skips the line that began before it, and reads the line that goes on behind it to its end.
 *
 * A newline is never a part of another character in UTF-8, so a line is whole before it is decoded.
 */
import type { Range } from "./ranges.ts"

const newline = 10
const carriageReturn = 13

/** A line beyond this is not kept. */
export const longestLine = 1024 * 1024

const block = 256 * 1024
/** What is read at a time of a line that goes on behind its range. */
const behind = 4096

/** What becomes of a line: its text, or nothing where it is too long to keep. `offset` is that of its first byte in the file. */
export type OnLine = (offset: number, text: string | undefined) => void

/** Reads nothing itself, so that a caller may read with or without waiting: `while (!isDone) take(read(space(), position))`. */
export class Lines {
  private readonly to: number
  private readonly onLine: OnLine
  /** Grows with the longest line. */
  private buffer: Buffer
  /** Where in the file the buffer begins. */
  private base: number
  /** How much of the buffer is the beginning of a line. */
  private held = 0
  /** Whether what comes up to the next newline is of no interest. */
  private skips: boolean
  private ended = false

  constructor({ from, to }: Range, onLine: OnLine) {
    this.to = to
    this.onLine = onLine
    // The byte before the range says whether a line begins with it.
    this.base = Math.max(0, from - 1)
    this.skips = from > 0
    this.ended = from >= to
    this.buffer = Buffer.allocUnsafe(Math.min(block, to - this.base) + behind)
  }

  get isDone(): boolean {
    return this.ended
  }

  /** Of the byte that is read next. */
  get position(): number {
    return this.base + this.held
  }

  /** Where the next bytes belong. */
  space(): Buffer {
    const left = this.to - this.position
    const end = this.held + (left > 0 ? Math.min(block, left) : behind)
    if (end > this.buffer.length) {
      const larger = Buffer.allocUnsafe(2 * end)
      this.buffer.copy(larger, 0, 0, this.held)
      this.buffer = larger
    }
    return this.buffer.subarray(this.held, end)
  }

  /** So many bytes were read; none is the end of the file. */
  take(bytes: number): void {
    const end = this.held + bytes
    let start = 0
    let at = this.held
    while (bytes > 0 && (at = this.buffer.subarray(0, end).indexOf(newline, at)) >= 0) {
      if (this.skips) this.skips = false
      else this.emit(start, at)
      start = ++at
      if (this.base + start >= this.to) return this.end()
    }
    if (bytes === 0) {
      if (this.held > 0) this.emit(0, this.held)
      return this.end()
    }
    this.keep(start, end)
  }

  private end(): void {
    this.ended = true
  }

  /** Moves the beginning of a line to the front, unless it is of no interest: then the range ends with it at the latest. */
  private keep(start: number, end: number): void {
    const isTooLong = end - start > longestLine
    if (isTooLong && !this.skips) this.onLine(this.base + start, undefined)
    this.skips ||= isTooLong
    this.held = this.skips ? 0 : end - start
    this.base += this.skips ? end : start
    if (!this.skips) this.buffer.copyWithin(0, start, end)
    else if (this.base >= this.to) this.end()
  }

  private emit(start: number, end: number): void {
    const last = end > start && this.buffer[end - 1] === carriageReturn ? end - 1 : end
    if (last === start) return
    const isTooLong = end - start > longestLine
    this.onLine(this.base + start, isTooLong ? undefined : this.buffer.toString("utf8", start, last))
  }
}
