/** What a run has found so far, put together on the host. */
import { Tally } from "./tally.ts"
import type { BadLine, Found } from "./tasks.ts"

/** Bad lines that are kept, the first ones of the file; the others are only counted. */
const kept = 1000

export class Report {
  readonly tally = new Tally()
  bytes = 0
  badLines = 0
  private bad: Array<BadLine> = []

  add(found: Found): void {
    if (found._tag === "Counted") {
      this.bytes += found.bytes
      this.tally.merge(found.counts)
      return
    }
    this.badLines++
    this.bad.push(found)
    if (this.bad.length >= 2 * kept) this.bad = this.firstBad
  }

  /** In the order of the file, whichever worker was faster. */
  get firstBad(): Array<BadLine> {
    return this.bad.toSorted((a, b) => a.offset - b.offset).slice(0, kept)
  }
}
