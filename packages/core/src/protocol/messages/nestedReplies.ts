/**
 * Replies about calls of tasks: a task calls another one, waits for it, ends it.
 *
 * @since 0.1.0
 */
import type { ClaimRef } from "../claims/Claims.ts"
import { type Frame, kindsOf } from "../frame/Frame.ts"
import { count, Violation } from "../frame/Violation.ts"
import type { DefectData } from "../values/Defect.ts"
import { type CallData, type CallEnd, checkCall, checkEnd } from "./Call.ts"
import { checkDefect } from "./MessageData.ts"

export const family = 10

const Call = kindsOf(family)
const EndCall = Call + 1
const Await = Call + 2
const Redeadline = Call + 3
const AskSnapshot = Call + 4

/** The task `ref` calls a task; `call` is a number chosen by the worker. */
export const pushCall = (
  frame: Frame,
  call: number,
  ref: ClaimRef,
  payload: unknown,
  data: CallData
): void => {
  frame.push(Call, call, ref, payload, data)
}

/** Asks for the end of a call; `Returned` acknowledges. */
export const pushEndCall = (
  frame: Frame,
  call: number,
  by: CallEnd,
  reason: DefectData | undefined
): void => {
  frame.push(EndCall, call, by, reason)
}

/** A handler starts to wait for a forked call. */
export const pushAwait = (frame: Frame, call: number): void => {
  frame.push(Await, call)
}

/** Moves the deadline of a call to `millis` from now. */
export const pushRedeadline = (frame: Frame, call: number, millis: number): void => {
  frame.push(Redeadline, call, millis)
}

/** Asks for a snapshot of the pool. `call` is a number chosen by the worker, as in `Call`. */
export const pushAskSnapshot = (frame: Frame, call: number): void => {
  frame.push(AskSnapshot, call)
}

export interface NestedReplies {
  readonly call: (call: number, ref: ClaimRef, payload: unknown, terms: CallData) => void
  readonly endCall: (call: number, by: CallEnd, reason: DefectData | undefined) => void
  readonly awaitCall: (call: number) => void
  readonly redeadline: (call: number, millis: number) => void
  readonly askSnapshot: (call: number) => void
}

/** Reads the messages of this family from an index on, and checks them. Returns the index of the first message of another family. */
export const read = (frame: Frame, from: number, to: Partial<NestedReplies>): number => {
  let i = from
  while (i < frame.length) {
    const head = frame[i]
    switch (head) {
      case Call: {
        if (i + 4 >= frame.length) throw new Violation("a call is cut short")
        const terms = checkCall(frame[i + 3], frame[i + 4])
        const call = count(frame[i + 1], "a call")
        const ref = count(frame[i + 2], "a ref")
        to.call?.(call, ref, frame[i + 3], terms)
        i += 5
        break
      }
      case EndCall: {
        const call = count(frame[i + 1], "a call")
        const by = checkEnd(frame[i + 2])
        const reason = checkDefect(frame[i + 3])
        to.endCall?.(call, by, reason)
        i += 4
        break
      }
      case Await: {
        const call = count(frame[i + 1], "a call")
        to.awaitCall?.(call)
        i += 2
        break
      }
      case Redeadline: {
        const call = count(frame[i + 1], "a call")
        const millis = count(frame[i + 2], "a deadline")
        to.redeadline?.(call, millis)
        i += 3
        break
      }
      case AskSnapshot: {
        const call = count(frame[i + 1], "a call")
        to.askSnapshot?.(call)
        i += 2
        break
      }
      default:
        return i
    }
  }
  return i
}
