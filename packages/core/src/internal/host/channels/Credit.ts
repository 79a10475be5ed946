/**
 * How much each sender in a worker may send without a wait. Credit is room that is given away: half of the capacity at most, and at most
 * `defaults.channelCredit` for one sender.
 *
 * Receives spending and returns from the `Broker`, hands messages to the users.
 *
 * @since 0.2.0
 */
import { defaults } from "../../model/defaults.ts"
import type { Opening } from "./Opening.ts"

export class Credit {
  private readonly half: number
  private readonly tell: (answer: () => void) => void
  /** Senders that have used up their credit, and get more when there is room. */
  private readonly hungry = new Set<Opening>()
  /** Invariant: the sum of all credit. */
  private granted = 0

  constructor(capacity: number, tell: (answer: () => void) => void) {
    this.half = Math.floor(capacity / 2)
    this.tell = tell
  }

  get sum(): number {
    return this.granted
  }

  /** The sender uses the channel, and may get credit. */
  deserve(opening: Opening): void {
    this.hungry.add(opening)
  }

  /** Lowers the credit of a sender: spent, given back, or void. */
  lower(opening: Opening, credit: number): void {
    opening.credit -= credit
    this.granted -= credit
  }

  /** The sender has given back what it had. */
  returned(opening: Opening, credit: number): void {
    opening.isRecalled = false
    this.lower(opening, credit)
  }

  /** The sender is gone, or may send no more. */
  drop(opening: Opening): void {
    this.hungry.delete(opening)
    this.lower(opening, opening.credit)
  }

  /** Nobody gets more. */
  stop(): void {
    this.hungry.clear()
  }

  /** Gives credit to those who have used up half of theirs, as far as there is room. */
  grant(room: number): void {
    if (this.hungry.size === 0) return
    const target = Math.min(defaults.channelCredit, Math.floor(this.half / this.hungry.size))
    let left = Math.min(room, this.half - this.granted)
    for (const opening of this.hungry) {
      const { listener } = opening
      const credit = Math.min(target - opening.credit, left)
      if (listener === undefined || opening.credit > target / 2) this.hungry.delete(opening)
      else if (credit > 0 && credit >= target / 2) {
        this.hungry.delete(opening)
        left -= credit
        this.lower(opening, -credit)
        this.tell(() => listener.grant(credit))
      }
    }
  }

  /** Calls credit back that keeps others waiting, or that keeps the channel from its end. */
  recall(openings: Iterable<Opening>): void {
    if (this.granted === 0) return
    for (const opening of openings) {
      if (opening.credit === 0 || opening.isRecalled) continue
      opening.isRecalled = true
      const { listener } = opening
      this.tell(() => listener?.recall())
    }
  }
}
