/**
 * What is ready to run, and which of it runs next.
 *
 * In order, it behaves like one dispatcher of Effect's own scheduler: a batch is what is ready when the batch
 * before it has ended, sorted by priority. Reordered, any ready task may be next.
 *
 * @since 0.1.0
 */
import type { Oracle } from "./oracle.ts"

interface Ready {
  readonly run: () => void
  readonly priority: number
}

export class RunQueue {
  private readonly oracle: Oracle
  private readonly reorder: boolean
  private batch: Array<Ready> = []
  private position = 0
  private incoming: Array<Ready> = []

  constructor(oracle: Oracle, reorder: boolean) {
    this.oracle = oracle
    this.reorder = reorder
  }

  get length(): number {
    return this.batch.length - this.position + this.incoming.length
  }

  add(run: () => void, priority: number): void {
    this.incoming.push({ run, priority })
  }

  /** The next task, and which of how many it was. */
  take(): { readonly run: () => void; readonly choice: number; readonly of: number } | undefined {
    const of = this.length
    if (of === 0) return undefined
    if (this.reorder) {
      const choice = this.oracle.pick(of)
      return { run: this.incoming.splice(choice, 1)[0]!.run, choice, of }
    }
    if (this.position === this.batch.length) {
      this.batch = this.incoming.toSorted((a, b) => a.priority - b.priority)
      this.incoming = []
      this.position = 0
    }
    return { run: this.batch[this.position++]!.run, choice: 0, of }
  }
}
