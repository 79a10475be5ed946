/**
 * What a worker's messages mean to the host: correlation ids become entries, and data that fits no entry is late.
 *
 * Receives messages from `HostWorker.onFrame`, hands them back to its worker as calls.
 *
 * @since 0.1.0
 */
import * as CauseCodec from "../../protocol/CauseCodec.ts"
import * as Message from "../../protocol/Message.ts"
import type { SpawnFailed } from "../../TaskError.ts"
import type { TaskId } from "../model/ids.ts"
import type { Entry } from "./Entry.ts"

/** What a worker said, once its ids are resolved. */
export interface Replies {
  readonly entryOf: (id: TaskId) => Entry | undefined
  readonly onSucceeded: (entry: Entry, millis: number, value: unknown) => void
  readonly onFailed: (entry: Entry, millis: number, cause: Message.CauseData) => void
  readonly onStarted: (entry: Entry) => void
  readonly onAbsent: (entry: Entry) => void
  readonly onLate: (id: TaskId) => void
  readonly onLog: (entry: Entry | undefined, log: Message.LogData) => void
  readonly onReady: (names: ReadonlyArray<string>) => void
  readonly onStartFailed: (phase: SpawnFailed["phase"], cause: unknown) => void
  readonly onStopped: () => void
}

export const replyVisitor = (replies: Replies): Message.ReplyVisitor => ({
  succeeded: (id, millis, value) => {
    const entry = replies.entryOf(id)
    if (entry === undefined) replies.onLate(id)
    else replies.onSucceeded(entry, millis, value)
  },
  failed: (id, millis, cause) => {
    const entry = replies.entryOf(id)
    if (entry === undefined) replies.onLate(id)
    else replies.onFailed(entry, millis, cause)
  },
  started: (id) => {
    const entry = replies.entryOf(id)
    if (entry !== undefined) replies.onStarted(entry)
  },
  absent: (id) => {
    // Usually its reply crossed the request to end, and it is settled.
    const entry = replies.entryOf(id)
    if (entry !== undefined) replies.onAbsent(entry)
  },
  log: (id, log) => replies.onLog(id === undefined ? undefined : replies.entryOf(id), log),
  ready: (version, names) => {
    if (version === Message.version) return replies.onReady(names)
    const detail = `it speaks version ${version} of the protocol, not ${Message.version}`
    replies.onStartFailed("version", new Error(detail))
  },
  startFailed: (failure, cause) => replies.onStartFailed(failure, CauseCodec.firstDefect(cause)),
  stopped: () => replies.onStopped()
})
