/**
 * Replies about channels: what the jobs of a worker do with the ends that they received.
 *
 * @since 0.2.0
 */
import type { EndToken } from "../../internal/model/ports.ts"
import type { ClaimRef } from "../claims/Claims.ts"
import { type Frame, kindsOf } from "../frame/Frame.ts"
import { describe, list, Violation } from "../frame/Violation.ts"

export const family = 12

const Open = kindsOf(family)
const Send = Open + 1
const Offer = Open + 2
const Take = Open + 3
const Withdraw = Open + 4
const Taken = Open + 5
const Back = Open + 6
const Yield = Open + 7
const Done = Open + 8
const End = Open + 9
const Leave = Open + 10
const Await = Open + 11
const Close = Open + 12

/** The task `ref` has received an end; `end` is a number chosen by the worker, never used before. */
export const pushOpen = (frame: Frame, end: number, ref: ClaimRef, token: EndToken): void => {
  frame.push(Open, end, ref, token.channel, token.side)
}

/** Sends elements, and spends as much credit. */
export const pushSend = (frame: Frame, end: number, elements: ReadonlyArray<unknown>): void => {
  frame.push(Send, end, elements)
}

/** Sends elements without credit. `op` numbers the operation; `Accepted` or `Full` answers. `isTry`: does not wait for room. */
export const pushOffer = (
  frame: Frame,
  end: number,
  op: number,
  elements: ReadonlyArray<unknown>,
  isTry: boolean
): void => {
  frame.push(Offer, end, op, elements, isTry)
}

/**
 * Asks for 1 to `most` elements; `Deliver` answers. `ahead`: the elements count as outstanding until they are taken. Whoever asks
 * ahead does not wait before `Await`.
 */
export const pushTake = (frame: Frame, end: number, op: number, most: number, ahead: boolean): void => {
  frame.push(Take, end, op, most, ahead)
}

/** The handler now waits for what was asked for ahead. */
export const pushAwaitTake = (frame: Frame, end: number, op: number): void => {
  frame.push(Await, end, op)
}

/** Takes an `Offer` or a `Take` back. The answer may be under way; what was delivered so is dropped here, and goes back there. */
export const pushWithdraw = (frame: Frame, end: number, op: number): void => {
  frame.push(Withdraw, end, op)
}

/** The first `count` of the delivered elements, of which nothing was said yet, were taken by the handler. */
export const pushTaken = (frame: Frame, end: number, count: number): void => {
  frame.push(Taken, end, count)
}

/** Gives the last `count` of the elements back that were delivered for `op`: nobody took them. */
export const pushBack = (frame: Frame, end: number, op: number, count: number): void => {
  frame.push(Back, end, op, count)
}

/** Gives credit back; answers `Recall`. */
export const pushYield = (frame: Frame, end: number, count: number): void => {
  frame.push(Yield, end, count)
}

/** The takers are done with these elements. */
export const pushDone = (frame: Frame, end: number, ids: ReadonlyArray<number>): void => {
  frame.push(Done, end, ids)
}

/** Ends the channel: in order, or with an encoded error. */
export const pushEnd = (frame: Frame, end: number, error: { readonly error: unknown } | undefined): void => {
  frame.push(End, end, error !== undefined, error?.error)
}

/** The end leaves the task inside a value that the worker sends next: the payload of a call, or another value where `call` is 0. */
export const pushLeave = (frame: Frame, end: number, call: number): void => {
  frame.push(Leave, end, call)
}

/** The task uses the end no more. The last message of this end. */
export const pushClose = (frame: Frame, end: number): void => {
  frame.push(Close, end)
}

export interface ChannelReplies {
  readonly openEnd: (end: number, ref: ClaimRef, channel: number, side: EndToken["side"]) => void
  readonly send: (end: number, elements: ReadonlyArray<unknown>) => void
  readonly offer: (end: number, op: number, elements: ReadonlyArray<unknown>, isTry: boolean) => void
  readonly take: (end: number, op: number, most: number, ahead: boolean) => void
  readonly awaitTake: (end: number, op: number) => void
  readonly withdraw: (end: number, op: number) => void
  readonly taken: (end: number, count: number) => void
  readonly giveBack: (end: number, op: number, count: number) => void
  readonly yieldCredit: (end: number, count: number) => void
  readonly done: (end: number, ids: ReadonlyArray<number>) => void
  readonly endChannel: (end: number, error: { readonly error: unknown } | undefined) => void
  readonly leaveEnd: (end: number, call: number) => void
  readonly closeEnd: (end: number) => void
}

const whole = (value: unknown, what: string): number => {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new Violation(`${what} is ${describe(value)}, not a whole number`)
  }
  return value
}

const sideOf = (value: unknown): EndToken["side"] => {
  if (value !== "send" && value !== "receive") throw new Violation("the side of an end is unknown")
  return value
}

const flag = (value: unknown, what: string): boolean => {
  if (typeof value !== "boolean") throw new Violation(`${what} is ${describe(value)}, not true or false`)
  return value
}

/** Reads the messages of this family from an index on, and checks them. Returns the index of the first message of another family. */
export const read = (frame: Frame, from: number, to: Partial<ChannelReplies>): number => {
  let i = from
  while (i < frame.length) {
    const head = frame[i]
    if (typeof head !== "number" || head < Open || head > Close) return i
    const end = whole(frame[i + 1], "an end")
    switch (head) {
      case Open: {
        const ref = whole(frame[i + 2], "a ref")
        const channel = whole(frame[i + 3], "a channel")
        to.openEnd?.(end, ref, channel, sideOf(frame[i + 4]))
        i += 5
        break
      }
      case Send: {
        const elements = list(frame[i + 2], "the elements of a send")
        to.send?.(end, elements)
        i += 3
        break
      }
      case Offer: {
        const op = whole(frame[i + 2], "an operation")
        const elements = list(frame[i + 3], "the elements of an offer")
        to.offer?.(end, op, elements, flag(frame[i + 4], "a try"))
        i += 5
        break
      }
      case Take: {
        const op = whole(frame[i + 2], "an operation")
        const most = whole(frame[i + 3], "a number of elements")
        to.take?.(end, op, most, flag(frame[i + 4], "ahead"))
        i += 5
        break
      }
      case Withdraw:
        to.withdraw?.(end, whole(frame[i + 2], "an operation"))
        i += 3
        break
      case Taken:
        to.taken?.(end, whole(frame[i + 2], "a number of elements"))
        i += 3
        break
      case Back:
        to.giveBack?.(end, whole(frame[i + 2], "an operation"), whole(frame[i + 3], "a number of elements"))
        i += 4
        break
      case Yield:
        to.yieldCredit?.(end, whole(frame[i + 2], "a credit"))
        i += 3
        break
      case Done: {
        const ids = list(frame[i + 2], "the elements that are done").map((id) => whole(id, "an element"))
        to.done?.(end, ids)
        i += 3
        break
      }
      case End: {
        if (i + 3 >= frame.length) throw new Violation("the end of a channel is cut short")
        const isFailed = flag(frame[i + 2], "a failure")
        to.endChannel?.(end, isFailed ? { error: frame[i + 3] } : undefined)
        i += 4
        break
      }
      case Await:
        to.awaitTake?.(end, whole(frame[i + 2], "an operation"))
        i += 3
        break
      case Leave:
        to.leaveEnd?.(end, whole(frame[i + 2], "a call"))
        i += 3
        break
      default:
        to.closeEnd?.(end)
        i += 2
    }
  }
  return i
}
