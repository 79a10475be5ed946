/**
 * Frames from a worker, taken apart and put together again, so that a fault can hit a single reply.
 *
 * @since 0.1.0
 */
import * as Message from "@heddle/core/protocol/Message"

export interface Said {
  /** `reply`: how a task ended. `absent` has an id as well. */
  readonly kind: "ready" | "reply" | "absent" | "other"
  readonly id: number | undefined
  readonly push: (frame: Message.Frame) => void
}

/** The messages of a frame; none if it breaks the protocol. */
export const parse = (frame: Message.Frame): ReadonlyArray<Said> => {
  const said: Array<Said> = []
  const add = (kind: Said["kind"], id: number | undefined, push: Said["push"]) =>
    said.push({ kind, id, push })
  try {
    Message.readReplies(frame, {
      ready: (_version, names) => add("ready", undefined, (to) => Message.pushReady(to, names)),
      startFailed: (failure, cause) =>
        add("other", undefined, (to) => Message.pushStartFailed(to, failure, cause)),
      started: (id) => add("other", id, (to) => Message.pushStarted(to, id)),
      succeeded: (id, millis, value) =>
        add("reply", id, (to) => Message.pushSucceeded(to, id, millis, value)),
      failed: (id, millis, cause) => add("reply", id, (to) => Message.pushFailed(to, id, millis, cause)),
      absent: (id) => add("absent", id, (to) => Message.pushAbsent(to, id)),
      log: (id, log) => add("other", id, (to) => Message.pushLog(to, id, log)),
      stopped: () => add("other", undefined, (to) => Message.pushStopped(to))
    })
  } catch {
    return []
  }
  return said
}

/** A frame with the header of another one and these messages. */
export const rebuild = (frame: Message.Frame, said: ReadonlyArray<Said>): Message.Frame => {
  const rebuilt = frame.slice(0, Message.emptyFrame(0, 0).length)
  for (const message of said) message.push(rebuilt)
  return rebuilt
}
