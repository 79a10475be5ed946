/**
 * A user of one side of a channel: the host, or a task in a worker. Data only; the `Broker` writes it.
 *
 * @since 0.2.0
 */
import type { Over, Side, Sent, Took } from "../../model/ports.ts"
import type { Element } from "./ElementQueue.ts"

/** Hears what the broker tells a user. */
export interface EndListener {
  /** To a sender: how many more elements it may send. To a receiver: how many elements it may fetch ahead in all. */
  readonly grant: (credit: number) => void
  readonly recall: () => void
  /** Nothing more comes from this end, and nothing more can be sent. Told once. */
  readonly over: (over: Over) => void
}

/** An element delivered to a user, who has not said yet that it was taken. */
export interface Held {
  readonly element: Element
  /** The request that it answered. */
  readonly op: number
  /** Whether nobody waited for the element, so that it still counts as outstanding. */
  readonly ahead: boolean
}

export class Opening {
  readonly side: Side
  /** `undefined` for the host, which needs neither credit nor messages. */
  readonly listener: EndListener | undefined
  /** How many elements may be sent without a wait. Written by `Credit`. */
  credit = 0
  /** Whether the credit was called back. Written by `Credit`. */
  isRecalled = false
  /** Whether a receiver was told that it may fetch more than usual ahead. Written by `Windows`. */
  isWide = false
  /** In the order of delivery. Written by `Broker`. */
  held: Array<Held> = []
  /** Taken and not done, by number; empty where takers do not acknowledge. */
  readonly undone = new Map<number, Element>()
  /** What was told as the end. Written by `Broker`. */
  over: Over | undefined = undefined
  readonly watchers: Array<(over: Over) => void> = []
  /** Whether this user has moved its end away. Written by `Broker`. */
  isAway = false

  constructor(side: Side, listener: EndListener | undefined) {
    this.side = side
    this.listener = listener
  }
}

/** Elements that wait for room. */
export interface Offer {
  readonly opening: Opening
  readonly elements: ReadonlyArray<unknown>
  /** How many were admitted. Written by `Broker`. */
  admitted: number
  readonly answer: (sent: Sent) => void
}

/** A user that waits for elements. */
export interface Request {
  readonly opening: Opening
  /** The user's number of the request. */
  readonly op: number
  readonly most: number
  readonly ahead: boolean
  readonly answer: (took: Took) => void
  /** Written by `Broker`. */
  isWithdrawn: boolean
}
