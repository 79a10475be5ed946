// A queue of what each worker still has to answer: bare ports answer in order.

export class Fifo<A> {
  private items: Array<A> = []
  private head = 0

  get length(): number {
    return this.items.length - this.head
  }

  push(item: A): void {
    this.items.push(item)
  }

  /** Only when there is one. */
  shift(): A {
    const item = this.items[this.head++]!
    if (this.head === this.items.length) {
      this.items = []
      this.head = 0
    } else if (this.head === 65_536) {
      this.items = this.items.slice(this.head)
      this.head = 0
    }
    return item
  }
}

/** Of all workers, one with the fewest unanswered tasks. */
export const least = <W extends { readonly unanswered: number }>(workers: ReadonlyArray<W>): W => {
  let found = workers[0]!
  for (const worker of workers) if (worker.unanswered < found.unanswered) found = worker
  return found
}
