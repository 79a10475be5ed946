/**
 * The wire vocabulary: every message, its layout, and its version. No message literal stands elsewhere.
 *
 * A frame is one post: a flat array `[workerEpoch, sequence, message, message, …]`. A message is its kind followed by
 * its fields. Structured clone copies flat arrays of few elements fastest.
 *
 * @since 0.1.0
 */
import type { ModuleExport } from "../../internal/model/definition.ts"
import type { PoolSnapshot } from "../../internal/model/pool.ts"
import type { ClaimRef } from "../claims/Claims.ts"
import { type CallData, type CallEnd, checkCall, checkEnd, type ReturnData } from "./Call.ts"
import type { DefectData } from "../values/Defect.ts"
import { type CauseData, checkCause, checkDefect, checkLog, type Extra, type LogData } from "./MessageData.ts"
import { count, describe, list, text, Violation } from "../frame/Violation.ts"

export type { CauseData, Extra, LogData, ReasonData } from "./MessageData.ts"
export { Violation } from "../frame/Violation.ts"

/** Raised with every change of a layout. Host and worker of different versions refuse each other at the start. */
export const version = 5

/** The contents of one post. */
export type Frame = Array<unknown>

/** The data given to a worker at its start, outside the frames. */
export interface Start {
  readonly version: number
  readonly workerEpoch: number
  readonly concurrency: number
  readonly words: Int32Array | undefined
  readonly claimCapacity: number
  /** The number of workers in the pool: a hint for how many tasks a handler may have in flight. */
  readonly size: number
  /** The worker's share of the processors: the default size of a pool made inside the worker. */
  readonly parallelism: number
  /** The nesting level of the worker's pool: 0 on the host, 1 within a worker of a pool on the host. */
  readonly level: number
  /** Whether the worker stays idle until another worker is lost. */
  readonly isSpare?: boolean | undefined
  /**
   * Whether the worker reports the start of a task that may not be its oldest, because the host cannot read the claim
   * words.
   */
  readonly tellsStarts?: boolean | undefined
}

/** Why a worker could not start. */
export type StartFailure = "build" | "version"

const Run = 1
const RunWith = 2
const RunMany = 3
const RunManyWith = 4
const Interrupt = 5
const Stop = 6
const Route = 7
const Returned = 8
const Accepted = 9
const Ready = 10
const StartFailed = 11
const Started = 12
const Succeeded = 13
const Failed = 14
const Absent = 15
const Log = 16
const Stopped = 17
const Measured = 18
const Call = 19
const EndCall = 20
const Await = 21
const Redeadline = 22
const AskSnapshot = 23
const Snapshot = 24

const headerLength = 2

/** The kind takes the low bits of a message's first number; the route of a task takes the bits above. */
const kindBits = 5
const kindMask = (1 << kindBits) - 1

export const emptyFrame = (workerEpoch: number, sequence: number): Frame => [workerEpoch, sequence]

// ----------------------------------------------------------------------------
// host to worker
// ----------------------------------------------------------------------------

/** Introduces a route number for a task; sent once per worker, before the first task on the route. */
export const pushRoute = (
  frame: Frame,
  route: number,
  name: string,
  module: ModuleExport | undefined
): void => {
  frame.push(Route, route, name, module)
}

/** `many`: the payload is a list of payloads, run one after another, with one reply. */
export const pushRun = (
  frame: Frame,
  many: boolean,
  ref: ClaimRef,
  route: number,
  payload: unknown,
  extra: Extra | undefined
): void => {
  const kind = (many ? RunMany : Run) + (extra === undefined ? 0 : 1)
  if (extra === undefined) frame.push((route << kindBits) | kind, ref, payload)
  else frame.push((route << kindBits) | kind, ref, payload, extra)
}

export const pushInterrupt = (frame: Frame, ref: ClaimRef, reason: DefectData | undefined): void => {
  frame.push(Interrupt, ref, reason)
}

export const pushStop = (frame: Frame): void => {
  frame.push(Stop)
}

/**
 * Answers `Call` once the task has ended. `estimate`: the task's mean run time in milliseconds, `Infinity` if unknown.
 */
export const pushReturned = (frame: Frame, call: number, returned: ReturnData): void => {
  frame.push(Returned, call, returned)
}

/** Answers a forked `Call` with the task's number in its pool. */
export const pushAccepted = (frame: Frame, call: number, id: number): void => {
  frame.push(Accepted, call, id)
}

/** Answers `AskSnapshot`. */
export const pushSnapshot = (frame: Frame, call: number, snapshot: PoolSnapshot): void => {
  frame.push(Snapshot, call, snapshot)
}

export interface RequestVisitor {
  readonly route: (route: number, name: string, module: ModuleExport | undefined) => void
  readonly run: (
    many: boolean,
    ref: ClaimRef,
    route: number,
    payload: unknown,
    extra: Extra | undefined
  ) => void
  readonly interrupt: (ref: ClaimRef, reason: DefectData | undefined) => void
  readonly stop: () => void
  readonly returned: (call: number, returned: ReturnData) => void
  readonly accepted: (call: number, id: number) => void
  readonly snapshot: (call: number, snapshot: PoolSnapshot) => void
}

/** Reads a frame on the worker. The host is trusted; the caller checks only the worker epoch. */
export const readRequests = (frame: Frame, visitor: RequestVisitor): void => {
  let i = headerLength
  while (i < frame.length) {
    const head = frame[i]
    // The bit mask would turn a text into a kind as well.
    if (typeof head !== "number") throw new Violation(`unknown request ${String(head)}`)
    const kind = head & kindMask
    switch (kind) {
      case Run:
      case RunMany:
        visitor.run(kind === RunMany, frame[i + 1] as ClaimRef, head >>> kindBits, frame[i + 2], undefined)
        i += 3
        break
      case RunWith:
      case RunManyWith: {
        const extra = frame[i + 3] as Extra
        visitor.run(kind === RunManyWith, frame[i + 1] as ClaimRef, head >>> kindBits, frame[i + 2], extra)
        i += 4
        break
      }
      case Interrupt:
        visitor.interrupt(frame[i + 1] as ClaimRef, frame[i + 2] as DefectData | undefined)
        i += 3
        break
      case Stop:
        visitor.stop()
        i += 1
        break
      case Route:
        visitor.route(
          frame[i + 1] as number,
          frame[i + 2] as string,
          frame[i + 3] as ModuleExport | undefined
        )
        i += 4
        break
      case Returned:
        visitor.returned(frame[i + 1] as number, frame[i + 2] as ReturnData)
        i += 3
        break
      case Accepted:
        visitor.accepted(frame[i + 1] as number, frame[i + 2] as number)
        i += 3
        break
      case Snapshot:
        visitor.snapshot(frame[i + 1] as number, frame[i + 2] as PoolSnapshot)
        i += 3
        break
      default:
        throw new Violation(`unknown request ${String(frame[i])}`)
    }
  }
}

// ----------------------------------------------------------------------------
// worker to host
// ----------------------------------------------------------------------------

export const pushReady = (frame: Frame, names: ReadonlyArray<string>): void => {
  frame.push(Ready, version, names)
}

export const pushStartFailed = (frame: Frame, failure: StartFailure, cause: CauseData): void => {
  frame.push(StartFailed, failure, cause)
}

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

export const pushLog = (frame: Frame, ref: ClaimRef | undefined, log: LogData): void => {
  frame.push(Log, ref ?? 0, log)
}

export const pushStopped = (frame: Frame): void => {
  frame.push(Stopped)
}

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

export interface ReplyVisitor {
  readonly ready: (version: number, names: ReadonlyArray<string>) => void
  readonly startFailed: (failure: StartFailure, cause: CauseData) => void
  readonly started: (ref: ClaimRef) => void
  readonly succeeded: (ref: ClaimRef, value: unknown) => void
  readonly failed: (ref: ClaimRef, cause: CauseData) => void
  readonly measured: (route: number, count: number, millis: number) => void
  readonly absent: (ref: ClaimRef) => void
  readonly log: (ref: ClaimRef | undefined, log: LogData) => void
  readonly stopped: () => void
  readonly call: (call: number, ref: ClaimRef, payload: unknown, data: CallData) => void
  readonly endCall: (call: number, by: CallEnd, reason: DefectData | undefined) => void
  readonly awaitCall: (call: number) => void
  readonly redeadline: (call: number, millis: number) => void
  readonly askSnapshot: (call: number) => void
}

/** Checks the header of a frame from a worker. Returns `undefined` for a frame of another epoch, or seen before. */
export const checkHeader = (value: unknown, workerEpoch: number, expected: number): Frame | undefined => {
  if (value instanceof Violation) throw value
  if (!Array.isArray(value) || value.length < headerLength)
    throw new Violation(`a frame is ${describe(value)}`)
  if (count(value[0], "a worker epoch") !== workerEpoch) return undefined
  const sequence = count(value[1], "a sequence number")
  if (sequence < expected) return undefined
  if (sequence > expected) throw new Violation(`frames ${expected} to ${sequence - 1} are missing`)
  return value
}

/**
 * Reads a checked frame on the host, calling the visitor message by message. A worker is not trusted: a wrong layout
 * throws {@link Violation}, after the messages in front have been visited.
 */
export const readReplies = (frame: Frame, visitor: ReplyVisitor): void => {
  let i = headerLength
  while (i < frame.length) {
    switch (frame[i]) {
      case Succeeded:
        if (i + 2 >= frame.length) throw new Violation("a reply is cut short")
        visitor.succeeded(count(frame[i + 1], "a ref"), frame[i + 2])
        i += 3
        break
      case Failed:
        visitor.failed(count(frame[i + 1], "a ref"), checkCause(list(frame[i + 2], "a cause")))
        i += 3
        break
      case Measured:
        visitor.measured(
          count(frame[i + 1], "a route"),
          count(frame[i + 2], "a number of runs"),
          count(frame[i + 3], "a run time")
        )
        i += 4
        break
      case Started:
        visitor.started(count(frame[i + 1], "a ref"))
        i += 2
        break
      case Absent:
        visitor.absent(count(frame[i + 1], "a ref"))
        i += 2
        break
      case Log: {
        const ref = count(frame[i + 1], "a ref")
        visitor.log(ref === 0 ? undefined : ref, checkLog(frame[i + 2]))
        i += 3
        break
      }
      case Ready:
        visitor.ready(
          count(frame[i + 1], "a version"),
          list(frame[i + 2], "the list of tasks").map((name) => text(name, "the name of a task"))
        )
        i += 3
        break
      case StartFailed:
        visitor.startFailed(
          frame[i + 1] === "version" ? "version" : "build",
          checkCause(list(frame[i + 2], "a cause"))
        )
        i += 3
        break
      case Stopped:
        visitor.stopped()
        i += 1
        break
      case Call: {
        if (i + 4 >= frame.length) throw new Violation("a call is cut short")
        const data = checkCall(frame[i + 3], frame[i + 4])
        visitor.call(count(frame[i + 1], "a call"), count(frame[i + 2], "a ref"), frame[i + 3], data)
        i += 5
        break
      }
      case EndCall:
        visitor.endCall(count(frame[i + 1], "a call"), checkEnd(frame[i + 2]), checkDefect(frame[i + 3]))
        i += 4
        break
      case Await:
        visitor.awaitCall(count(frame[i + 1], "a call"))
        i += 2
        break
      case Redeadline:
        visitor.redeadline(count(frame[i + 1], "a call"), count(frame[i + 2], "a deadline"))
        i += 3
        break
      case AskSnapshot:
        visitor.askSnapshot(count(frame[i + 1], "a call"))
        i += 2
        break
      default:
        throw new Violation(
          `unknown reply ${typeof frame[i] === "number" ? String(frame[i]) : describe(frame[i])}`
        )
    }
  }
}
