/**
 * A kind of fact about an engine, with the parts of the engine which act on such facts.
 *
 * Parts subscribe once, when the engine is made. Subscribers run on the stack of the part telling the fact, in the order in
 * which they subscribed, so each subscriber finds the state which the fact describes. Subscribers are parts of Heddle and do
 * not throw. Code of users is called through `EventBus`, which guards the calls.
 *
 * @since 0.1.0
 */

/** `Fact`: the values of one fact, four at most, as the arguments of `tell`. */
export class Signal<Fact extends ReadonlyArray<unknown> = []> {
  // Invariant: replaced, never changed. A subscriber added while a fact is told hears the next fact first.
  private subscribers: ReadonlyArray<(...fact: Fact) => void> = []

  subscribe(subscriber: (...fact: Fact) => void): void {
    this.subscribers = [...this.subscribers, subscriber]
  }

  /**
   * Puts a subscriber before all others, and returns how to take it out again. For listeners that come and go: a fact that has
   * no listener costs its teller an empty list.
   */
  lead(subscriber: (...fact: Fact) => void): () => void {
    this.subscribers = [subscriber, ...this.subscribers]
    return () => this.remove(subscriber)
  }

  /** Puts a subscriber behind all others, and returns how to take it out again. */
  follow(subscriber: (...fact: Fact) => void): () => void {
    this.subscribe(subscriber)
    return () => this.remove(subscriber)
  }

  private remove(subscriber: (...fact: Fact) => void): void {
    this.subscribers = this.subscribers.filter((each) => each !== subscriber)
  }

  // Four named parameters: a rest parameter would allocate a list for each fact.
  readonly tell = ((a?: unknown, b?: unknown, c?: unknown, d?: unknown): void => {
    const subscribers = this.subscribers as ReadonlyArray<(...fact: ReadonlyArray<unknown>) => void>
    for (let i = 0; i < subscribers.length; i++) subscribers[i]!(a, b, c, d)
  }) as unknown as (...fact: Fact) => void
}
