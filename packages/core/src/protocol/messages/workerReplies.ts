/**
 * Replies about the worker itself: ready, failed to start, stopped; and its log.
 *
 * @since 0.1.0
 */
import type { ClaimRef } from "../claims/Claims.ts"
import { type Frame, kindsOf, version } from "../frame/Frame.ts"
import { count, list, text } from "../frame/Violation.ts"
import { type CauseData, checkCause, checkLog, type LogData } from "./MessageData.ts"
import type { StartFailure } from "./Start.ts"

export const family = 9

const Ready = kindsOf(family)
const StartFailed = Ready + 1
const Stopped = Ready + 2
const Log = Ready + 3

export const pushReady = (frame: Frame, names: ReadonlyArray<string>): void => {
  frame.push(Ready, version, names)
}

export const pushStartFailed = (frame: Frame, failure: StartFailure, cause: CauseData): void => {
  frame.push(StartFailed, failure, cause)
}

export const pushStopped = (frame: Frame): void => {
  frame.push(Stopped)
}

export const pushLog = (frame: Frame, ref: ClaimRef | undefined, log: LogData): void => {
  frame.push(Log, ref ?? 0, log)
}

export interface WorkerReplies {
  readonly ready: (version: number, names: ReadonlyArray<string>) => void
  readonly startFailed: (failure: StartFailure, cause: CauseData) => void
  readonly stopped: () => void
  readonly log: (ref: ClaimRef | undefined, log: LogData) => void
}

/** Reads the messages of this family from an index on, and checks them. Returns the index of the first message of another family. */
export const read = (frame: Frame, from: number, to: Partial<WorkerReplies>): number => {
  let i = from
  while (i < frame.length) {
    const head = frame[i]
    switch (head) {
      case Ready: {
        const names = list(frame[i + 2], "the list of tasks").map((name) => text(name, "the name of a task"))
        to.ready?.(count(frame[i + 1], "a version"), names)
        i += 3
        break
      }
      case StartFailed: {
        const cause = checkCause(list(frame[i + 2], "a cause"))
        to.startFailed?.(frame[i + 1] === "version" ? "version" : "build", cause)
        i += 3
        break
      }
      case Stopped:
        to.stopped?.()
        i += 1
        break
      case Log: {
        const ref = count(frame[i + 1], "a ref")
        const log = checkLog(frame[i + 2])
        to.log?.(ref === 0 ? undefined : ref, log)
        i += 3
        break
      }
      default:
        return i
    }
  }
  return i
}
