/**
 * Frames from a worker, split and joined again, so a fault can hit a single reply.
 *
 * @since 0.1.0
 */
import * as Message from "@heddle/core/protocol/messages/Message"

export interface Said {
  /** `reply`: how a task ended. `absent` has a ref as well. */
  readonly kind: "ready" | "reply" | "absent" | "other"
  readonly ref: number | undefined
  readonly push: (frame: Message.Frame) => void
}

/** The messages of a frame; none for a broken frame. */
export const parse = (frame: Message.Frame): ReadonlyArray<Said> => {
  const said: Array<Said> = []
  const add = (kind: Said["kind"], ref: number | undefined, push: Said["push"]) =>
    said.push({ kind, ref, push })
  try {
    Message.readReplies(frame, {
      ready: (_version, names) => add("ready", undefined, (to) => Message.pushReady(to, names)),
      startFailed: (failure, cause) =>
        add("other", undefined, (to) => Message.pushStartFailed(to, failure, cause)),
      started: (ref) => add("other", ref, (to) => Message.pushStarted(to, ref)),
      succeeded: (ref, value) => add("reply", ref, (to) => Message.pushSucceeded(to, ref, value)),
      failed: (ref, cause) => add("reply", ref, (to) => Message.pushFailed(to, ref, cause)),
      measured: (route, count, millis) =>
        add("other", undefined, (to) => Message.pushMeasured(to, route, count, millis)),
      absent: (ref) => add("absent", ref, (to) => Message.pushAbsent(to, ref)),
      log: (ref, log) => add("other", ref, (to) => Message.pushLog(to, ref, log)),
      stopped: () => add("other", undefined, (to) => Message.pushStopped(to)),
      call: (call, ref, payload, terms) =>
        add("other", ref, (to) => Message.pushCall(to, call, ref, payload, terms)),
      endCall: (call, by, reason) =>
        add("other", undefined, (to) => Message.pushEndCall(to, call, by, reason)),
      awaitCall: (call) => add("other", undefined, (to) => Message.pushAwait(to, call)),
      redeadline: (call, millis) => add("other", undefined, (to) => Message.pushRedeadline(to, call, millis)),
      askSnapshot: (call) => add("other", undefined, (to) => Message.pushAskSnapshot(to, call))
    })
  } catch {
    return []
  }
  return said
}

/** A frame with these messages and the header of another frame. */
export const rebuild = (frame: Message.Frame, said: ReadonlyArray<Said>): Message.Frame => {
  const rebuilt = frame.slice(0, Message.emptyFrame(0, 0).length)
  for (const message of said) message.push(rebuilt)
  return rebuilt
}
