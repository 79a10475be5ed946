/**
 * The ready tasks, and the choice of the next one.
 *
 * In order, the queue behaves like one dispatcher of Effect's own scheduler: a batch holds the tasks ready at the end of
 * the previous batch, sorted by priority. Reordered, any ready task may be next.
 *
 * @since 0.1.0
 */
import type { Ready } from "./strand.ts"

export class RunQueue {
  readonly reorder: boolean
  /** Changes whenever the candidates do. */
  changes = 0
  private batch: Array<Ready> = []
  private position = 0
  private incoming: Array<Ready> = []

  constructor(reorder: boolean) {
    this.reorder = reorder
  }

  get length(): number {
    return this.batch.length - this.position + this.incoming.length
  }

  /** The candidates for the next turn, the longest waiting first. In order, only the first of the batch. */
  get candidates(): ReadonlyArray<Ready> {
    return this.incoming
  }

  add(ready: Ready): void {
    this.changes++
    this.incoming.push(ready)
  }

  /** Takes a candidate. In order, there is no choice. */
  take(choice: number): Ready {
    this.changes++
    if (this.reorder) return choice === 0 ? this.incoming.shift()! : this.incoming.splice(choice, 1)[0]!
    if (this.position === this.batch.length) {
      this.batch = this.incoming.toSorted((a, b) => a.priority - b.priority)
      this.incoming = []
      this.position = 0
    }
    return this.batch[this.position++]!
  }
}
