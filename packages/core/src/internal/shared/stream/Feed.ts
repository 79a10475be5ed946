/**
 * The receiving end of a stream between two threads: keeps what has arrived, and gives credit as the consumer takes.
 *
 * Receives elements in their wire form from a worker or from the host, hands decoded elements to a consumer's fiber. Upholds G14: the
 * elements on their way, those kept here and those in the consumer's hands are `buffer` at most.
 *
 * One number instead of the two of GenStage (`min_demand`, `max_demand`): credit goes back when half of the buffer is free, or when
 * nothing is left here.
 *
 * @since 0.2.0
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Pull from "effect/Pull"
import { asIs } from "../../../protocol/values/Packed.ts"
import * as Machine from "../../machine/feedMachine.ts"

export interface FeedOptions {
  readonly buffer: number
  /** How many elements the producer may send before the first grant. */
  readonly credit: number
  /** Tells the producer that it may send so many more. */
  readonly grant: (count: number) => void
  /** Throws the reason why an element cannot be read. */
  readonly decode: (element: unknown) => unknown
}

export type Chunk = NonEmptyReadonlyArray<unknown>

export class Feed {
  private readonly options: FeedOptions
  private state: Machine.FeedState = "open"
  /** Arrivals in order. Invariant: none is empty; the first one was taken up to `at`. */
  private arrivals: Array<ArrayLike<unknown>> = []
  private at = 0
  private kept = 0
  /** How many elements may still arrive. Invariant: `due + kept + inHand <= buffer`. */
  private due: number
  /** How many elements the consumer was given last; it asks again once it is done with them. */
  private inHand = 0
  private total = 0
  private end: Exit.Exit<void, unknown> | undefined
  private waiter: (() => void) | undefined

  constructor(options: FeedOptions) {
    this.options = options
    this.due = options.credit
  }

  /** How many elements have arrived so far. */
  get arrived(): number {
    return this.total
  }

  /** Takes elements of the producer. Returns `false` for more than the producer had credit for. */
  arrive(elements: ArrayLike<unknown>): boolean {
    if (elements.length > this.due) return false
    if (elements.length === 0) return true
    this.due -= elements.length
    this.total += elements.length
    this.step("arrive", elements)
    return true
  }

  /** The producer has ended: the consumer is told once it has taken what arrived. The first end stands. */
  finish(end: Exit.Exit<void, unknown>): void {
    this.end ??= end
    this.step("finish")
  }

  /** The consumer has left: nothing is kept for it. */
  stop(): void {
    this.step("stop")
  }

  /** The next elements: half of the buffer at most, so that the producer works while the consumer does. */
  readonly pull: Pull.Pull<Chunk, any> = Effect.suspend(() => {
    this.inHand = 0
    this.giveCredit()
    return this.next() ?? this.awaitNext
  })

  private readonly awaitNext: Pull.Pull<Chunk, any> = Effect.callback((resume) => {
    // The fiber may have yielded since it looked.
    const here = this.next()
    if (here !== undefined) return resume(here)
    this.waiter = () => {
      const next = this.next()
      if (next === undefined) return
      this.waiter = undefined
      resume(next)
    }
    return Effect.sync(() => {
      this.waiter = undefined
    })
  })

  private giveCredit(): void {
    if (this.state !== "open") return
    const room = this.options.buffer - this.due - this.kept - this.inHand
    if (room === 0 || (this.kept > 0 && room < this.half)) return
    this.due += room
    this.options.grant(room)
  }

  private get half(): number {
    return Math.ceil(this.options.buffer / 2)
  }

  /** Returns the next elements or the end; `undefined` while neither is here. */
  private next(): Exit.Exit<Chunk, any> | undefined {
    if (this.kept > 0) return this.take()
    return this.step("empty") ? this.concluded() : undefined
  }

  private take(): Exit.Exit<Chunk, any> | undefined {
    const first = this.arrivals[0]!
    const end = Math.min(first.length, this.at + this.half)
    const taken = this.decoded(first, this.at, end)
    if (taken.length === 0) return this.next()
    this.inHand = taken.length
    // After a refusal nothing is kept.
    if (this.kept === 0) return Exit.succeed(taken as unknown as Chunk)
    this.kept -= taken.length
    this.at = end
    if (end === first.length) {
      this.arrivals.shift()
      this.at = 0
    }
    return Exit.succeed(taken as unknown as Chunk)
  }

  /** Returns the elements that can be read, up to the first one that cannot. */
  private decoded(elements: ArrayLike<unknown>, from: number, to: number): ReadonlyArray<unknown> {
    const { decode } = this.options
    if (decode === asIs && Array.isArray(elements)) {
      return from === 0 && to === elements.length ? elements : elements.slice(from, to)
    }
    const taken: Array<unknown> = []
    try {
      for (let i = from; i < to; i++) taken.push(decode(elements[i]))
    } catch (error) {
      this.refuse(error)
    }
    return taken
  }

  /** An element cannot be read: this is the end, after the elements before it. */
  private refuse(error: unknown): void {
    this.arrivals = []
    this.kept = this.at = 0
    this.end = Exit.fail(error)
    this.step("finish")
  }

  private concluded(): Exit.Exit<never, any> {
    const { end } = this
    return end?._tag === "Failure" ? Exit.failCause(end.cause) : Exit.fail(Cause.Done())
  }

  /** Returns whether the consumer is to be told the end. Wakes the consumer after the step: it may pull at once. */
  private step(event: Machine.FeedEvent, elements?: ArrayLike<unknown>): boolean {
    const { actions, next } = Machine.step(this.state, event)
    this.state = next
    for (const action of actions) {
      if (action === "keep") {
        this.arrivals.push(elements!)
        this.kept += elements!.length
      } else if (action === "drop") {
        this.arrivals = []
        this.kept = this.at = 0
      }
    }
    if (actions.includes("wake")) this.waiter?.()
    return actions.includes("conclude")
  }
}
