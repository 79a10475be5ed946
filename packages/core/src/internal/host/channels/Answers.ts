/**
 * The answers of a pool's channels that were not given yet.
 *
 * An answer runs code of users, which may use channels again. So a change of channels is done first, and its answers are given when the
 * outermost change is done, in order (run to completion).
 *
 * @since 0.2.0
 */

export class Answers {
  private readonly guard: (answer: () => void) => void
  private readonly waiting: Array<() => void> = []
  private depth = 0

  /** `guard`: runs an answer, which may throw. */
  constructor(guard: (answer: () => void) => void) {
    this.guard = guard
  }

  add(answer: () => void): void {
    this.waiting.push(answer)
  }

  /** Changes channels, then gives the answers, unless this change is part of another one. */
  after(change: () => void): void {
    this.depth++
    change()
    if (this.depth === 1)
      for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) this.guard(next)
    this.depth--
  }
}
