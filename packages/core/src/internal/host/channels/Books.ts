/**
 * What became of the elements of a channel, and who waits until all of them are finished.
 *
 * @since 0.2.0
 */
import type { ExitDetail } from "../../model/outcome.ts"
import type { Over, Sent } from "../../model/ports.ts"

export class Books {
  private readonly joiners = new Set<(sent: Sent) => void>()
  private sent = 0
  private taken = 0
  private finished = 0
  private dropped = 0
  private uncertain = 0
  /** Elements that nobody will ever be done with. */
  private gone = 0

  /** Numbers the next element. */
  send(): number {
    return ++this.sent
  }

  take(count: number): void {
    this.taken += count
  }

  finish(count: number): void {
    this.finished += count
  }

  drop(): void {
    this.dropped++
  }

  /** The taker of an element is lost. `isUncertain`: nobody knows whether the element was taken. */
  lose(isUncertain: boolean): void {
    this.gone++
    if (isUncertain) this.uncertain++
  }

  /** How many elements `join` waits for. */
  get unfinished(): number {
    return this.sent - this.dropped - this.finished - this.gone
  }

  get counts() {
    const { dropped, sent, taken, uncertain, unfinished } = this
    return { dropped, sent, taken, uncertain, unfinished }
  }

  /** Describes a loss to somebody who has sent these elements. */
  lost(exit: ExitDetail | undefined): Over & { readonly _tag: "Lost" } {
    return { _tag: "Lost", exit, taken: this.taken, uncertain: this.uncertain }
  }

  join(joiner: (sent: Sent) => void): () => void {
    this.joiners.add(joiner)
    return () => void this.joiners.delete(joiner)
  }

  /** Answers whoever waits, once all is finished, or will never be. `closed`: why nothing more happens; `exit`: who was lost. */
  answer(closed: Over | undefined, exit: ExitDetail | undefined, tell: (answer: () => void) => void): void {
    if (this.joiners.size === 0 || (this.unfinished > 0 && closed === undefined)) return
    const isCut = this.unfinished > 0 && closed !== undefined
    const answer: Sent = isCut ? closed : this.gone > 0 ? this.lost(exit) : { _tag: "Sent" }
    for (const joiner of this.joiners) tell(() => joiner(answer))
    this.joiners.clear()
  }
}
