/**
 * Takes back a dead worker's later changes to its claims.
 *
 * A crash comes in the middle of the worker's code. The stack unwinds nevertheless, and may claim the next task
 * on the way. Such claims never happened. The host's own writes meanwhile stand.
 *
 * @since 0.1.0
 */
import * as Claims from "@heddle/core/protocol/claims/Claims"

export class ClaimJournal {
  private readonly words: Claims.Words | undefined
  /** The latest ticket of each of the worker's pairs of words. */
  private readonly tickets = new Map<number, number>()

  constructor(words: Claims.Words | undefined) {
    this.words = words
  }

  note(index: number, ticket: number): void {
    this.tickets.set(index, ticket)
  }

  /** Whether the host took this task back. */
  isRevoked(index: number, ticket: number): boolean {
    return this.words !== undefined && Claims.read(this.words, index, ticket) === "revoked"
  }

  /** Remembers the claims as they are; the returned function restores the claims changed by the worker since. */
  snapshot(): () => void {
    const { words } = this
    if (words === undefined) return () => {}
    const before = words.slice()
    return () => {
      for (const [index, ticket] of this.tickets) {
        const now = Claims.read(words, index, ticket)
        if (now === Claims.read(before, index, ticket) || (now !== "claimed" && now !== "done")) continue
        const [from, to] = [index, index + 1].map((i) => Claims.byteLength(i) / words.BYTES_PER_ELEMENT)
        for (let i = from!; i < to!; i++) Atomics.store(words, i, before[i]!)
      }
    }
  }
}
