/**
 * The wire vocabulary: every message, its layout, and its version. No message literal stands elsewhere.
 *
 * A frame is one post: a flat array `[generation, sequence, message, message, …]`, each message being its kind
 * followed by its fields. Flat arrays of few elements are what structured clone copies fastest.
 *
 * @since 0.1.0
 */
import type { ModuleExport } from "../../internal/model/definition.ts"
import type { PoolSnapshot } from "../../internal/model/pool.ts"
import type { Ref } from "../claims/Claims.ts"
import { type CallData, type CallEnd, checkCall, checkEnd, type ReturnData } from "./Call.ts"
import type { DefectData } from "../values/Defect.ts"
import { type CauseData, checkCause, checkDefect, checkLog, type Extra, type LogData } from "./MessageData.ts"
import { count, describe, list, text, Violation } from "../frame/Violation.ts"

export type { CauseData, Extra, LogData, ReasonData } from "./MessageData.ts"
export { Violation } from "../frame/Violation.ts"

/** Raised with every change of a layout. Host and worker of different versions refuse each other at start. */
export const version = 5

/** What travels as one post. */
export type Frame = Array<unknown>

/** What a worker is given when it starts, outside the frames. */
export interface Start {
  readonly version: number
  readonly generation: number
  readonly concurrency: number
  readonly words: Int32Array | undefined
  readonly depth: number
  /** How many workers the pool has: a hint for how much a task may have in flight. */
  readonly size: number
  /** Its share of the processors: the default size of a pool made inside it. */
  readonly parallelism: number
  /** How deep its pool is: 0 on the host, 1 within a worker of such a pool. */
  readonly level: number
  /** Whether it will have nothing to do until another worker is lost. */
  readonly isSpare?: boolean | undefined
  /** Whether it says of a task that it starts, where another one that it has may be behind it: the host reads no words. */
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

/** A kind takes this many bits of a message's first number; the route of a task takes those above. */
const kindBits = 5
const kindMask = (1 << kindBits) - 1

export const emptyFrame = (generation: number, sequence: number): Frame => [generation, sequence]

// ----------------------------------------------------------------------------
// host to worker
// ----------------------------------------------------------------------------

/** Says which task a route stands for; once per worker, before the first task on it. */
export const pushRoute = (
  frame: Frame,
  route: number,
  name: string,
  module: ModuleExport | undefined
): void => {
  frame.push(Route, route, name, module)
}

/** `many`: the payload is a list of payloads, run one after another and answered together. */
export const pushRun = (
  frame: Frame,
  many: boolean,
  ref: Ref,
  route: number,
  payload: unknown,
  extra: Extra | undefined
): void => {
  const kind = (many ? RunMany : Run) + (extra === undefined ? 0 : 1)
  if (extra === undefined) frame.push((route << kindBits) | kind, ref, payload)
  else frame.push((route << kindBits) | kind, ref, payload, extra)
}

export const pushInterrupt = (frame: Frame, ref: Ref, reason: DefectData | undefined): void => {
  frame.push(Interrupt, ref, reason)
}

export const pushStop = (frame: Frame): void => {
  frame.push(Stop)
}

/** Answers `Call` once its task has ended. `estimate`: milliseconds that such a task takes, `Infinity` if not known. */
export const pushReturned = (frame: Frame, call: number, returned: ReturnData): void => {
  frame.push(Returned, call, returned)
}

/** Answers a `Call` that asks for it: the task's number in its pool. */
export const pushAccepted = (frame: Frame, call: number, id: number): void => {
  frame.push(Accepted, call, id)
}

/** Answers `AskSnapshot`: what the pool looks like. */
export const pushSnapshot = (frame: Frame, call: number, snapshot: PoolSnapshot): void => {
  frame.push(Snapshot, call, snapshot)
}

export interface RequestVisitor {
  readonly route: (route: number, name: string, module: ModuleExport | undefined) => void
  readonly run: (many: boolean, ref: Ref, route: number, payload: unknown, extra: Extra | undefined) => void
  readonly interrupt: (ref: Ref, reason: DefectData | undefined) => void
  readonly stop: () => void
  readonly returned: (call: number, returned: ReturnData) => void
  readonly accepted: (call: number, id: number) => void
  readonly snapshot: (call: number, snapshot: PoolSnapshot) => void
}

/** Reads a frame on the worker. The host is trusted: only its generation is checked, by the caller. */
export const readRequests = (frame: Frame, visitor: RequestVisitor): void => {
  let i = headerLength
  while (i < frame.length) {
    const head = frame[i]
    // Bits of a text would be read as a kind as well.
    if (typeof head !== "number") throw new Violation(`unknown request ${String(head)}`)
    const kind = head & kindMask
    switch (kind) {
      case Run:
      case RunMany:
        visitor.run(kind === RunMany, frame[i + 1] as Ref, head >>> kindBits, frame[i + 2], undefined)
        i += 3
        break
      case RunWith:
      case RunManyWith: {
        const extra = frame[i + 3] as Extra
        visitor.run(kind === RunManyWith, frame[i + 1] as Ref, head >>> kindBits, frame[i + 2], extra)
        i += 4
        break
      }
      case Interrupt:
        visitor.interrupt(frame[i + 1] as Ref, frame[i + 2] as DefectData | undefined)
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

export const pushStarted = (frame: Frame, ref: Ref): void => {
  frame.push(Started, ref)
}

export const pushSucceeded = (frame: Frame, ref: Ref, value: unknown): void => {
  frame.push(Succeeded, ref, value)
}

export const pushFailed = (frame: Frame, ref: Ref, cause: CauseData): void => {
  frame.push(Failed, ref, cause)
}

/** How long so many payloads of a route ran together; said before or after their replies, in the same frame. */
export const pushMeasured = (frame: Frame, route: number, runs: number, millis: number): void => {
  frame.push(Measured, route, runs, millis)
}

/** Answers an interrupt for a task that is not there: never arrived, or its reply is under way. */
export const pushAbsent = (frame: Frame, ref: Ref): void => {
  frame.push(Absent, ref)
}

export const pushLog = (frame: Frame, ref: Ref | undefined, log: LogData): void => {
  frame.push(Log, ref ?? 0, log)
}

export const pushStopped = (frame: Frame): void => {
  frame.push(Stopped)
}

/** The task `ref` calls a task; `call` is a number of its worker's own. */
export const pushCall = (frame: Frame, call: number, ref: Ref, payload: unknown, terms: CallData): void => {
  frame.push(Call, call, ref, payload, terms)
}

/** The task of a call is to end; `Returned` acknowledges it. */
export const pushEndCall = (
  frame: Frame,
  call: number,
  by: CallEnd,
  reason: DefectData | undefined
): void => {
  frame.push(EndCall, call, by, reason)
}

/** From now on a handler waits for a call that it had only started. */
export const pushAwait = (frame: Frame, call: number): void => {
  frame.push(Await, call)
}

/** The task of a call is to end so many milliseconds from now. */
export const pushRedeadline = (frame: Frame, call: number, millis: number): void => {
  frame.push(Redeadline, call, millis)
}

/** What does the pool look like? `call` is a number of its worker's own, as that of a `Call`. */
export const pushAskSnapshot = (frame: Frame, call: number): void => {
  frame.push(AskSnapshot, call)
}

export interface ReplyVisitor {
  readonly ready: (version: number, names: ReadonlyArray<string>) => void
  readonly startFailed: (failure: StartFailure, cause: CauseData) => void
  readonly started: (ref: Ref) => void
  readonly succeeded: (ref: Ref, value: unknown) => void
  readonly failed: (ref: Ref, cause: CauseData) => void
  readonly measured: (route: number, count: number, millis: number) => void
  readonly absent: (ref: Ref) => void
  readonly log: (ref: Ref | undefined, log: LogData) => void
  readonly stopped: () => void
  readonly call: (call: number, ref: Ref, payload: unknown, terms: CallData) => void
  readonly endCall: (call: number, by: CallEnd, reason: DefectData | undefined) => void
  readonly awaitCall: (call: number) => void
  readonly redeadline: (call: number, millis: number) => void
  readonly askSnapshot: (call: number) => void
}

/** The header of a frame from a worker: `undefined` for a frame of another generation or one seen before. */
export const checkHeader = (value: unknown, generation: number, expected: number): Frame | undefined => {
  if (value instanceof Violation) throw value
  if (!Array.isArray(value) || value.length < headerLength)
    throw new Violation(`a frame is ${describe(value)}`)
  if (count(value[0], "a generation") !== generation) return undefined
  const sequence = count(value[1], "a sequence number")
  if (sequence < expected) return undefined
  if (sequence > expected) throw new Violation(`frames ${expected} to ${sequence - 1} are missing`)
  return value
}

/**
 * Reads a checked frame on the host, calling the visitor message by message. A worker is not trusted: a layout
 * that does not fit throws {@link Violation}; messages before it have been visited.
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
        const terms = checkCall(frame[i + 3], frame[i + 4])
        visitor.call(count(frame[i + 1], "a call"), count(frame[i + 2], "a ref"), frame[i + 3], terms)
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
