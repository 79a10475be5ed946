/**
 * What a worker's messages mean to the host: refs become entries, and data that fits no entry is late.
 *
 * Receives messages from `HostWorker.onFrame`, hands them back to its worker as calls.
 *
 * @since 0.1.0
 */
import * as CauseCodec from "../../protocol/CauseCodec.ts"
import * as Message from "../../protocol/Message.ts"
import type { SpawnFailed } from "../../TaskError.ts"
import type { Ref } from "../../protocol/Claims.ts"
import type { Calls } from "./Calls.ts"
import type { Entry } from "./Entry.ts"

/** What a worker said, once its refs are resolved. */
export interface Replies {
  /** What its tasks have called. */
  readonly calls: () => Calls
  readonly entryOf: (ref: Ref) => Entry | undefined
  readonly onSucceeded: (entry: Entry, value: unknown) => void
  readonly onFailed: (entry: Entry, cause: Message.CauseData) => void
  readonly onStarted: (entry: Entry) => void
  readonly onAbsent: (entry: Entry) => void
  readonly onMeasured: (route: number, count: number, millis: number) => void
  /** For an entry that this worker does not hold. */
  readonly onLate: () => void
  readonly onLog: (entry: Entry | undefined, log: Message.LogData) => void
  readonly onReady: (names: ReadonlyArray<string>) => void
  readonly onStartFailed: (phase: SpawnFailed["phase"], cause: unknown) => void
  readonly onStopped: () => void
}

export const replyVisitor = (replies: Replies): Message.ReplyVisitor => ({
  succeeded: (ref, value) => {
    const entry = replies.entryOf(ref)
    if (entry === undefined) replies.onLate()
    else replies.onSucceeded(entry, value)
  },
  failed: (ref, cause) => {
    const entry = replies.entryOf(ref)
    if (entry === undefined) replies.onLate()
    else replies.onFailed(entry, cause)
  },
  measured: replies.onMeasured,
  started: (ref) => {
    const entry = replies.entryOf(ref)
    if (entry !== undefined) replies.onStarted(entry)
  },
  absent: (ref) => {
    // Usually its reply crossed the request to end, and it is settled.
    const entry = replies.entryOf(ref)
    if (entry !== undefined) replies.onAbsent(entry)
  },
  log: (ref, log) => replies.onLog(ref === undefined ? undefined : replies.entryOf(ref), log),
  ready: (version, names) => {
    if (version === Message.version) return replies.onReady(names)
    const detail = `it speaks version ${version} of the protocol, not ${Message.version}`
    replies.onStartFailed("version", new Error(detail))
  },
  startFailed: (failure, cause) => replies.onStartFailed(failure, CauseCodec.firstDefect(cause)),
  stopped: () => replies.onStopped(),
  call: (call, ref, payload, terms) => replies.calls().call(call, replies.entryOf(ref), payload, terms),
  endCall: (call, by, reason) => replies.calls().end(call, by, reason),
  awaitCall: (call) => replies.calls().await(call),
  redeadline: (call, millis) => replies.calls().redeadline(call, millis),
  askSnapshot: (call) => replies.calls().snapshot(call)
})
