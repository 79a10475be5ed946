/**
 * The elements of a channel that wait for a taker, in the order of their numbers. Elements that come back find their place again.
 *
 * @since 0.2.0
 */

/** An element in the channel. `id`: increases with each element sent. */
export interface Element {
  readonly id: number
  /** Encoded. */
  readonly value: unknown
  /** Whether an earlier taker was lost. */
  readonly redelivered: boolean
}

/** The front of the list is cut off once so many elements were taken from it. */
const leastCut = 1_024

export class ElementQueue {
  // Invariant: sorted by id from `head` on; taken elements before.
  private items: Array<Element | undefined> = []
  private head = 0

  get length(): number {
    return this.items.length - this.head
  }

  push(element: Element): void {
    this.items.push(element)
  }

  /** Takes the first `count` elements; call with at most `length`. */
  take(count: number): Array<Element> {
    const end = this.head + count
    const taken = this.items.slice(this.head, end) as Array<Element>
    this.items.fill(undefined, this.head, end)
    this.head = end
    if (this.head === this.items.length) this.clear()
    else if (this.head >= leastCut && 2 * this.head >= this.items.length) {
      this.items = this.items.slice(this.head)
      this.head = 0
    }
    return taken
  }

  /** Puts taken elements back, by their numbers. */
  putBack(elements: ReadonlyArray<Element>): void {
    if (elements.length === 0) return
    const rest = this.items.slice(this.head) as Array<Element>
    this.items = [...elements, ...rest].toSorted((a, b) => a.id - b.id)
    this.head = 0
  }

  clear(): void {
    this.items = []
    this.head = 0
  }
}
