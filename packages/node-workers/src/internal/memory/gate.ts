/**
 * The fibers of one thread that wait at one end of a queue. They are served in the order of their coming, and share one sleep.
 *
 * One sleep suffices: it lies on the cell whose change ends the wait of all of them. A fiber that gives up takes nothing along; the last
 * one ends the sleep, which would keep the process alive.
 *
 * @since 0.3.0
 */
import type { Sleep } from "@heddle/core/protocol/memory/cells"
import { isDisposed, type Segment } from "./segment.ts"
import { sleep } from "./waiting.ts"

/** A fiber at the gate. */
export interface Turn {
  /** Tries once. Returns whether the turn is over. */
  readonly step: () => boolean
  /** Called by the gate alone, once, when the turn is over. */
  readonly answer: (disposed: boolean) => void
}

export class Gate {
  private readonly segment: Segment
  private readonly words: Int32Array<SharedArrayBuffer>
  private readonly sleepAt: () => Sleep | undefined
  private readonly turns = new Set<Turn>()
  /** The word of the sleep that is under way. */
  private asleepAt: number | undefined
  private isServing = false

  /** `sleepAt`: the word whose change ends the wait; `undefined` where there is something to do. */
  constructor(segment: Segment, sleepAt: () => Sleep | undefined) {
    this.segment = segment
    this.words = segment.words
    this.sleepAt = sleepAt
  }

  /** Whether a fiber waits. A newcomer lines up behind it. */
  get isBusy(): boolean {
    return this.turns.size > 0
  }

  /** Lines up. The answer comes at once, or later. */
  enter(turn: Turn): void {
    this.turns.add(turn)
    this.serve()
  }

  /** Gives up. Does nothing for a turn that is over. */
  leave(turn: Turn): void {
    const hasLeft = this.turns.delete(turn)
    if (hasLeft && !this.isBusy && this.asleepAt !== undefined) Atomics.notify(this.words, this.asleepAt)
  }

  /** Lets turns try, the oldest first. A loop: an answered fiber may enter again from within. */
  serve(): void {
    if (this.isServing) return
    this.isServing = true
    try {
      for (const turn of this.turns) {
        while (!this.isOver(turn)) {
          if (this.asleepAt !== undefined || this.fallAsleep()) return
        }
      }
    } finally {
      this.isServing = false
    }
  }

  /** Answers a turn if it is over. */
  private isOver(turn: Turn): boolean {
    const disposed = isDisposed(this.segment)
    if (!disposed && !turn.step()) return false
    this.turns.delete(turn)
    turn.answer(disposed)
    return true
  }

  /** Returns `false` where there is something to do again. */
  private fallAsleep(): boolean {
    const at = this.sleepAt()
    if (at === undefined) return false
    this.asleepAt = at.index
    sleep(this.words, at.index, at.word, () => {
      this.asleepAt = undefined
      this.serve()
    })
    // The wake-up of a disposal that came before the sleep was missed.
    if (isDisposed(this.segment)) Atomics.notify(this.words, at.index)
    return this.asleepAt !== undefined
  }
}
