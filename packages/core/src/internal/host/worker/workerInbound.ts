/**
 * Translates a worker's messages for the host: refs become tasks, and data for no held task is late.
 *
 * Receives messages from `HostWorker.onFrame`, hands them back to its worker as calls.
 *
 * @since 0.1.0
 */
import * as CauseCodec from "../../../protocol/values/CauseCodec.ts"
import * as Message from "../../../protocol/messages/Message.ts"
import type { SpawnFailed } from "../../../TaskError.ts"
import type { ClaimRef } from "../../../protocol/claims/Claims.ts"
import type { NestedTasks } from "./NestedTasks.ts"
import type { HostTask } from "../tasks/HostTask.ts"

/** A worker's messages with resolved refs. */
export interface Replies {
  /** The nested calls of the worker's tasks. */
  readonly calls: () => NestedTasks
  readonly taskOf: (ref: ClaimRef) => HostTask | undefined
  readonly onSucceeded: (task: HostTask, value: unknown) => void
  readonly onFailed: (task: HostTask, cause: Message.CauseData) => void
  readonly onStarted: (task: HostTask) => void
  readonly onEmitted: (task: HostTask, elements: ArrayLike<unknown>) => void
  readonly onDemanded: (task: HostTask, count: number) => void
  readonly onProgressed: (
    task: HostTask,
    done: number,
    total: number | undefined,
    note: string | undefined
  ) => void
  readonly onAbsent: (task: HostTask) => void
  readonly onMeasured: (served: number, count: number, millis: number) => void
  /** The message concerns a task not held by this worker. */
  readonly onLate: () => void
  readonly onLog: (task: HostTask | undefined, log: Message.LogData) => void
  readonly onReady: (names: ReadonlyArray<string>) => void
  readonly onStartFailed: (phase: SpawnFailed["phase"], cause: unknown) => void
  readonly onStopped: () => void
}

export const replyVisitor = (replies: Replies): Message.ReplyVisitor => ({
  succeeded: (ref, value) => {
    const task = replies.taskOf(ref)
    if (task === undefined) replies.onLate()
    else replies.onSucceeded(task, value)
  },
  failed: (ref, cause) => {
    const task = replies.taskOf(ref)
    if (task === undefined) replies.onLate()
    else replies.onFailed(task, cause)
  },
  measured: replies.onMeasured,
  started: (ref) => {
    const task = replies.taskOf(ref)
    if (task !== undefined) replies.onStarted(task)
  },
  emit: (ref, elements) => {
    const task = replies.taskOf(ref)
    if (task === undefined) replies.onLate()
    else replies.onEmitted(task, elements)
  },
  demand: (ref, count) => {
    const task = replies.taskOf(ref)
    if (task !== undefined) replies.onDemanded(task, count)
  },
  progress: (ref, done, total, note) => {
    const task = replies.taskOf(ref)
    if (task !== undefined) replies.onProgressed(task, done, total, note)
  },
  callCredit: (call, count) => replies.calls().credit(call, count),
  callInput: (call, elements) => replies.calls().input(call, elements),
  callWatch: (call) => replies.calls().watch(call),
  callInputEnd: (call) => replies.calls().inputEnd(call),
  absent: (ref) => {
    // Usually the reply crossed the request to end, and the task is settled.
    const task = replies.taskOf(ref)
    if (task !== undefined) replies.onAbsent(task)
  },
  log: (ref, log) => replies.onLog(ref === undefined ? undefined : replies.taskOf(ref), log),
  ready: (version, names) => {
    if (version === Message.version) return replies.onReady(names)
    const detail = `it speaks version ${version} of the protocol, not ${Message.version}`
    replies.onStartFailed("version", new Error(detail))
  },
  startFailed: (failure, cause) => replies.onStartFailed(failure, CauseCodec.firstDefect(cause)),
  stopped: () => replies.onStopped(),
  call: (call, ref, payload, callLimits) =>
    replies.calls().call(call, replies.taskOf(ref), payload, callLimits),
  endCall: (call, by, reason) => replies.calls().end(call, by, reason),
  awaitCall: (call) => replies.calls().await(call),
  redeadline: (call, millis) => replies.calls().redeadline(call, millis),
  askSnapshot: (call) => replies.calls().snapshot(call)
})
