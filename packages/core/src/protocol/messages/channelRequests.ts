/**
 * Requests about channels: credit, elements and answers for the ends that a worker has open.
 *
 * @since 0.2.0
 */
import type { Over } from "../../internal/model/ports.ts"
import { type Frame, kindMask, kindsOf } from "../frame/Frame.ts"

export const family = 3

const Credit = kindsOf(family)
const Recall = Credit + 1
const Accepted = Credit + 2
const Full = Credit + 3
const Deliver = Credit + 4
const Refused = Credit + 5
const Over = Credit + 6

/** Whether the messages from `i` on are one delivery, perhaps with credit before it. */
export const isLone = (frame: Frame, i: number): boolean => {
  const at = frame[i] === Credit ? i + 3 : i
  return frame[at] === Deliver && frame.length === at + 5
}

/** So many more elements may be sent without a wait. */
export const pushCredit = (frame: Frame, end: number, count: number): void => {
  frame.push(Credit, end, count)
}

/** Another sender waits: `Yield` gives the credit back that is left. */
export const pushRecall = (frame: Frame, end: number): void => {
  frame.push(Recall, end)
}

/** The channel holds all elements of the `Offer`. */
export const pushAccepted = (frame: Frame, end: number, op: number): void => {
  frame.push(Accepted, end, op)
}

/** The channel holds none of the elements of the `Offer`. */
export const pushFull = (frame: Frame, end: number, op: number, capacity: number): void => {
  frame.push(Full, end, op, capacity)
}

/** The channel takes none of the elements of the `Offer` that it does not hold yet. */
export const pushRefused = (frame: Frame, end: number, op: number, over: Over): void => {
  frame.push(Refused, end, op, over)
}

/**
 * Answers a `Take`. `ids`: the numbers of the elements, where takers acknowledge; the number of one that was delivered before is
 * negative.
 */
export const pushDeliver = (
  frame: Frame,
  end: number,
  op: number,
  values: ReadonlyArray<unknown>,
  ids: ReadonlyArray<number> | undefined
): void => {
  frame.push(Deliver, end, op, values, ids)
}

/** Nothing more comes from this end, and nothing more can be sent. */
export const pushOver = (frame: Frame, end: number, over: Over): void => {
  frame.push(Over, end, over)
}

export interface ChannelRequests {
  readonly credit: (end: number, count: number) => void
  readonly recall: (end: number) => void
  readonly acceptedOffer: (end: number, op: number) => void
  readonly refusedOffer: (end: number, op: number, over: Over) => void
  readonly full: (end: number, op: number, capacity: number) => void
  readonly deliver: (
    end: number,
    op: number,
    values: ReadonlyArray<unknown>,
    ids: ReadonlyArray<number> | undefined
  ) => void
  readonly over: (end: number, over: Over) => void
}

/** Reads the messages of this family from an index on. Returns the index of the first message of another family. */
export const read = (frame: Frame, from: number, to: Partial<ChannelRequests>): number => {
  let i = from
  while (i < frame.length) {
    const head = frame[i]
    // Bits of a text would be read as a kind as well.
    if (typeof head !== "number") return i
    const end = frame[i + 1] as number
    switch (head & kindMask) {
      case Credit:
        to.credit?.(end, frame[i + 2] as number)
        i += 3
        break
      case Recall:
        to.recall?.(end)
        i += 2
        break
      case Accepted:
        to.acceptedOffer?.(end, frame[i + 2] as number)
        i += 3
        break
      case Full:
        to.full?.(end, frame[i + 2] as number, frame[i + 3] as number)
        i += 4
        break
      case Refused:
        to.refusedOffer?.(end, frame[i + 2] as number, frame[i + 3] as Over)
        i += 4
        break
      case Deliver: {
        const values = frame[i + 3] as ReadonlyArray<unknown>
        to.deliver?.(end, frame[i + 2] as number, values, frame[i + 4] as ReadonlyArray<number> | undefined)
        i += 5
        break
      }
      case Over:
        to.over?.(end, frame[i + 2] as Over)
        i += 3
        break
      default:
        return i
    }
  }
  return i
}
