/**
 * Replies about tasks: starts, outcomes, run times.
 *
 * @since 0.1.0
 */
import type { ClaimRef } from "../claims/Claims.ts"
import { type Frame, kindsOf } from "../frame/Frame.ts"
import { count, list, Violation } from "../frame/Violation.ts"
import { type CauseData, checkCause } from "./MessageData.ts"

export const family = 8

const Succeeded = kindsOf(family)
const Failed = Succeeded + 1
const Measured = Succeeded + 2
const Started = Succeeded + 3
const Absent = Succeeded + 4

export const pushStarted = (frame: Frame, ref: ClaimRef): void => {
  frame.push(Started, ref)
}

export const pushSucceeded = (frame: Frame, ref: ClaimRef, value: unknown): void => {
  frame.push(Succeeded, ref, value)
}

export const pushFailed = (frame: Frame, ref: ClaimRef, cause: CauseData): void => {
  frame.push(Failed, ref, cause)
}

/** The total run time of `runs` payloads of a route; sent in the same frame as their replies, before or after them. */
export const pushMeasured = (frame: Frame, route: number, runs: number, millis: number): void => {
  frame.push(Measured, route, runs, millis)
}

/** Answers an interrupt for an unknown task: never received, or replied to already. */
export const pushAbsent = (frame: Frame, ref: ClaimRef): void => {
  frame.push(Absent, ref)
}

export interface TaskReplies {
  readonly started: (ref: ClaimRef) => void
  readonly succeeded: (ref: ClaimRef, value: unknown) => void
  readonly failed: (ref: ClaimRef, cause: CauseData) => void
  readonly measured: (route: number, count: number, millis: number) => void
  readonly absent: (ref: ClaimRef) => void
}

/** Reads the messages of this family from an index on, and checks them. Returns the index of the first message of another family. */
export const read = (frame: Frame, from: number, to: Partial<TaskReplies>): number => {
  let i = from
  while (i < frame.length) {
    const head = frame[i]
    switch (head) {
      case Succeeded: {
        if (i + 2 >= frame.length) throw new Violation("a reply is cut short")
        const ref = count(frame[i + 1], "a ref")
        to.succeeded?.(ref, frame[i + 2])
        i += 3
        break
      }
      case Failed: {
        const ref = count(frame[i + 1], "a ref")
        const cause = checkCause(list(frame[i + 2], "a cause"))
        to.failed?.(ref, cause)
        i += 3
        break
      }
      case Measured: {
        const route = count(frame[i + 1], "a route")
        const runs = count(frame[i + 2], "a number of runs")
        const millis = count(frame[i + 3], "a run time")
        to.measured?.(route, runs, millis)
        i += 4
        break
      }
      case Started: {
        const ref = count(frame[i + 1], "a ref")
        to.started?.(ref)
        i += 2
        break
      }
      case Absent: {
        const ref = count(frame[i + 1], "a ref")
        to.absent?.(ref)
        i += 2
        break
      }
      default:
        return i
    }
  }
  return i
}
