/**
 * One kind of fact about an engine, and the parts of the engine that act on it.
 *
 * Parts subscribe once, when the engine is made. Subscribers run on the stack of the part that tells, in the order in which they
 * subscribed, so each of them finds the state that the fact describes. They are parts of Heddle and do not throw; code of users
 * is called through `EventBus`, which guards it.
 *
 * @since 0.1.0
 */

/** `Fact`: the values of one fact, four at most, as the arguments of `tell`. */
export class Signal<Fact extends ReadonlyArray<unknown> = []> {
  // Invariant: replaced, never changed, so that a subscription made while a fact is told hears the next one first.
  private subscribers: ReadonlyArray<(...fact: Fact) => void> = []

  subscribe(subscriber: (...fact: Fact) => void): void {
    this.subscribers = [...this.subscribers, subscriber]
  }

  // Four values by name: a rest parameter would allocate a list for each fact.
  readonly tell = ((a?: unknown, b?: unknown, c?: unknown, d?: unknown): void => {
    const subscribers = this.subscribers as ReadonlyArray<(...fact: ReadonlyArray<unknown>) => void>
    for (let i = 0; i < subscribers.length; i++) subscribers[i]!(a, b, c, d)
  }) as unknown as (...fact: Fact) => void
}
