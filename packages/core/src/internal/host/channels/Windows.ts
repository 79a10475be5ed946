/**
 * How many elements the streams of receivers in workers may fetch ahead: few where several receivers share a channel, else half of the
 * capacity, and at most `defaults.channelAheadMost`.
 *
 * Receives receivers and their requests from the `Broker`, hands messages to the users.
 *
 * @since 0.2.0
 */
import { defaults } from "../../model/defaults.ts"
import type { Opening } from "./Opening.ts"

export class Windows {
  private readonly most: number
  private readonly tell: (answer: () => void) => void
  private readonly receivers = new Set<Opening>()

  constructor(capacity: number, tell: (answer: () => void) => void) {
    this.most = Math.min(defaults.channelAheadMost, Math.floor(capacity / 2))
    this.tell = tell
  }

  joined(opening: Opening): void {
    this.receivers.add(opening)
    if (this.receivers.size < 2) return
    for (const each of this.receivers) {
      if (!each.isWide) continue
      each.isWide = false
      this.grant(each, defaults.channelAhead)
    }
  }

  left(opening: Opening): void {
    this.receivers.delete(opening)
  }

  /** The stream of a receiver has asked for elements ahead. */
  asked(opening: Opening): void {
    if (opening.isWide || this.most <= defaults.channelAhead || this.receivers.size > 1) return
    opening.isWide = true
    this.grant(opening, this.most)
  }

  private grant({ listener }: Opening, count: number): void {
    this.tell(() => listener?.grant(count))
  }
}
