/** What a range gives: bad lines as they are found, and counts from time to time. */
import { Lines, longestLine } from "./lines.ts"
import type { Range } from "./ranges.ts"
import { parse } from "./record.ts"
import { Tally } from "./tally.ts"
import type { BadLine, Found } from "./tasks.ts"

/** Counts are handed on after so many bytes: often enough for a live line, seldom enough to cost nothing. */
const between = 2 * 1024 * 1024

/** Characters of a bad line that are shown. */
const shown = 60

export class Finder {
  readonly lines: Lines
  private tally = new Tally()
  private bad: Array<BadLine> = []
  private readonly range: Range
  /** Up to where in the file the counts were handed on. */
  private counted: number

  constructor(range: Range) {
    this.range = range
    this.counted = range.from
    this.lines = new Lines(range, (offset, text) => {
      const record = text === undefined ? `longer than ${longestLine} bytes` : parse(text)
      if (typeof record !== "string") this.tally.add(record)
      else this.bad.push({ _tag: "BadLine", offset, reason: record, text: text?.slice(0, shown) ?? "" })
    })
  }

  /** What was found since the last time. */
  found(): Array<Found> {
    const found: Array<Found> = this.bad
    this.bad = []
    const until = this.lines.isDone ? this.range.to : Math.min(this.lines.position, this.range.to)
    if (this.lines.isDone || until - this.counted >= between) {
      found.push({ _tag: "Counted", bytes: until - this.counted, counts: this.tally.counts })
      this.counted = until
      this.tally = new Tally()
    }
    return found
  }
}
