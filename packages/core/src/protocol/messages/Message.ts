/**
 * The wire vocabulary: the families of messages of each direction, put together. No message literal stands outside of them.
 *
 * @since 0.1.0
 */
import { type Frame, headerLength } from "../frame/Frame.ts"
import { describe, Violation } from "../frame/Violation.ts"
import * as ChannelReplies from "./channelReplies.ts"
import * as ChannelRequests from "./channelRequests.ts"
import * as NestedReplies from "./nestedReplies.ts"
import * as NestedRequests from "./nestedRequests.ts"
import * as StreamReplies from "./streamReplies.ts"
import * as StreamRequests from "./streamRequests.ts"
import * as TaskReplies from "./taskReplies.ts"
import * as TaskRequests from "./taskRequests.ts"
import * as WorkerReplies from "./workerReplies.ts"

export { checkHeader, emptyFrame, type Frame, version } from "../frame/Frame.ts"
export { Violation } from "../frame/Violation.ts"
export type { CauseData, Extra, LogData, ReasonData } from "./MessageData.ts"
export {
  pushAwaitTake,
  pushBack,
  pushClose,
  pushDone,
  pushEnd,
  pushLeave,
  pushOffer,
  pushOpen,
  pushSend,
  pushTake,
  pushTaken,
  pushWithdraw,
  pushYield
} from "./channelReplies.ts"
export {
  pushAccepted as pushAcceptedOffer,
  pushCredit as pushEndCredit,
  pushDeliver,
  pushFull,
  pushOver,
  pushRecall,
  pushRefused
} from "./channelRequests.ts"
export { pushAskSnapshot, pushAwait, pushCall, pushEndCall, pushRedeadline } from "./nestedReplies.ts"
export { pushAccepted, pushReturned, pushSnapshot } from "./nestedRequests.ts"
export type { Start, StartFailure } from "./Start.ts"
export {
  pushCallCredit,
  pushCallInput,
  pushCallInputEnd,
  pushCallWatch,
  pushDemand,
  pushEmit,
  pushProgress
} from "./streamReplies.ts"
export {
  pushCallDemand,
  pushCallProgress,
  pushCredit,
  pushEmitted,
  pushInput,
  pushInputEnd,
  pushWatch
} from "./streamRequests.ts"
export { pushAbsent, pushFailed, pushMeasured, pushStarted, pushSucceeded } from "./taskReplies.ts"
export { pushInterrupt, pushRoute, pushRun, pushStop } from "./taskRequests.ts"
export { pushLog, pushReady, pushStartFailed, pushStopped } from "./workerReplies.ts"

/** Slots of the shortest request to run a task. */
const runLength = 3

/** Whether a frame for a worker is shorter than two tasks, or is one delivery of a channel. */
export const isLone = (frame: Frame): boolean =>
  frame.length < headerLength + 2 * runLength || ChannelRequests.isLone(frame, headerLength)

/** Hears the messages of the host. */
export interface RequestVisitor
  extends TaskRequests.TaskRequests, NestedRequests.NestedRequests, StreamRequests.StreamRequests {}

/** Hears the host's messages about channels. */
export type ChannelRequestVisitor = ChannelRequests.ChannelRequests

/** Hears the messages of a worker. */
export interface ReplyVisitor
  extends
    WorkerReplies.WorkerReplies,
    TaskReplies.TaskReplies,
    NestedReplies.NestedReplies,
    StreamReplies.StreamReplies {}

/** Hears the messages of a worker about channels. */
export type ChannelReplyVisitor = ChannelReplies.ChannelReplies

/**
 * Reads a frame on the worker; messages without a method of the visitor are skipped. The worker trusts the host: only the epoch is
 * checked, by the caller.
 */
export const readRequests = (
  frame: Frame,
  visitor: Partial<RequestVisitor>,
  channels: Partial<ChannelRequestVisitor> = {}
): void => {
  let i = headerLength
  while (i < frame.length) {
    const before = i
    i = TaskRequests.read(frame, i, visitor)
    // Most frames hold nothing else.
    if (i === frame.length) return
    i = NestedRequests.read(frame, i, visitor)
    i = StreamRequests.read(frame, i, visitor)
    i = ChannelRequests.read(frame, i, channels)
    if (i === before) throw new Violation(`unknown request ${String(frame[i])}`)
  }
}

/**
 * Reads a checked frame on the host, message by message; messages without a method of the visitor are checked and skipped. The host
 * does not trust a worker: a wrong layout throws {@link Violation}, after the messages before it have been visited.
 */
export const readReplies = (
  frame: Frame,
  visitor: Partial<ReplyVisitor>,
  channels: Partial<ChannelReplyVisitor> = {}
): void => {
  let i = headerLength
  while (i < frame.length) {
    const before = i
    i = TaskReplies.read(frame, i, visitor)
    // Most frames hold nothing else.
    if (i === frame.length) return
    i = WorkerReplies.read(frame, i, visitor)
    i = NestedReplies.read(frame, i, visitor)
    i = StreamReplies.read(frame, i, visitor)
    i = ChannelReplies.read(frame, i, channels)
    if (i === before) throw new Violation(`unknown reply ${describeHead(frame[i])}`)
  }
}

const describeHead = (head: unknown): string => (typeof head === "number" ? String(head) : describe(head))
