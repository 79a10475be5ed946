/**
 * Replies about streaming tasks: elements of a handler, its demand for inputs, its progress; and the same of a caller inside the
 * worker.
 *
 * The end of a stream is the outcome of its task.
 *
 * @since 0.2.0
 */
import type { ClaimRef } from "../claims/Claims.ts"
import { isTypedArray } from "../../internal/model/typedArray.ts"
import { type Frame, kindsOf } from "../frame/Frame.ts"
import { count, describe, text, Violation } from "../frame/Violation.ts"

export const family = 11

const Emit = kindsOf(family)
const Demand = Emit + 1
const Progress = Emit + 2
const CallCredit = Emit + 3
const CallInput = Emit + 4
const CallInputEnd = Emit + 5
const CallWatch = Emit + 6

/** Elements of the handler's stream, in order; numbers as one buffer. */
export const pushEmit = (frame: Frame, ref: ClaimRef, elements: ArrayLike<unknown>): void => {
  frame.push(Emit, ref, elements)
}

/** The handler wants so many more elements of the caller's stream. */
export const pushDemand = (frame: Frame, ref: ClaimRef, wanted: number): void => {
  frame.push(Demand, ref, wanted)
}

/** How far the handler has come; a later message replaces an earlier one. */
export const pushProgress = (
  frame: Frame,
  ref: ClaimRef,
  done: number,
  total: number | undefined,
  note: string | undefined
): void => {
  frame.push(Progress, ref, done, total, note)
}

/** A handler that has called a streaming task can take so many more of its elements. */
export const pushCallCredit = (frame: Frame, call: number, room: number): void => {
  frame.push(CallCredit, call, room)
}

/** Elements of a handler's stream for the streaming task that it has called. */
export const pushCallInput = (frame: Frame, call: number, elements: ArrayLike<unknown>): void => {
  frame.push(CallInput, call, elements)
}

/** A handler's stream for the streaming task that it has called has ended. */
export const pushCallInputEnd = (frame: Frame, call: number): void => {
  frame.push(CallInputEnd, call)
}

/** From now on the handler hears the progress of a task that it has called. */
export const pushCallWatch = (frame: Frame, call: number): void => {
  frame.push(CallWatch, call)
}

export interface StreamReplies {
  readonly callWatch: (call: number) => void
  readonly emit: (ref: ClaimRef, elements: ArrayLike<unknown>) => void
  readonly demand: (ref: ClaimRef, wanted: number) => void
  readonly progress: (
    ref: ClaimRef,
    done: number,
    total: number | undefined,
    note: string | undefined
  ) => void
  readonly callCredit: (call: number, room: number) => void
  readonly callInput: (call: number, elements: ArrayLike<unknown>) => void
  readonly callInputEnd: (call: number) => void
}

/** Elements travel as a list, or, all numbers, as one buffer. */
const elementsOf = (value: unknown): ArrayLike<unknown> => {
  if (Array.isArray(value) || isTypedArray(value)) return value as ArrayLike<unknown>
  throw new Violation(`the elements of a stream are ${describe(value)}, not a list`)
}

const whole = (value: unknown, what: string): number => {
  if (!Number.isInteger(count(value, what))) throw new Violation(`${what} is no whole number`)
  return value as number
}

/** Reads the messages of this family from an index on, and checks them. Returns the index of the first message of another family. */
export const read = (frame: Frame, from: number, to: Partial<StreamReplies>): number => {
  let i = from
  while (i < frame.length) {
    const head = frame[i]
    switch (head) {
      case Emit: {
        const ref = count(frame[i + 1], "a ref")
        to.emit?.(ref, elementsOf(frame[i + 2]))
        i += 3
        break
      }
      case Demand: {
        const ref = count(frame[i + 1], "a ref")
        to.demand?.(ref, whole(frame[i + 2], "a demand"))
        i += 3
        break
      }
      case Progress: {
        if (i + 4 >= frame.length) throw new Violation("a progress is cut short")
        const ref = count(frame[i + 1], "a ref")
        const done = count(frame[i + 2], "a progress")
        const total = frame[i + 3] === undefined ? undefined : count(frame[i + 3], "a total")
        const note = frame[i + 4] === undefined ? undefined : text(frame[i + 4], "a note")
        to.progress?.(ref, done, total, note)
        i += 5
        break
      }
      case CallCredit: {
        const call = count(frame[i + 1], "a call")
        to.callCredit?.(call, whole(frame[i + 2], "a credit"))
        i += 3
        break
      }
      case CallInput: {
        const call = count(frame[i + 1], "a call")
        to.callInput?.(call, elementsOf(frame[i + 2]))
        i += 3
        break
      }
      case CallInputEnd: {
        const call = count(frame[i + 1], "a call")
        to.callInputEnd?.(call)
        i += 2
        break
      }
      case CallWatch: {
        const call = count(frame[i + 1], "a call")
        to.callWatch?.(call)
        i += 2
        break
      }
      default:
        return i
    }
  }
  return i
}
