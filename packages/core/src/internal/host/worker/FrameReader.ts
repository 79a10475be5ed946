/**
 * Reads and checks the frames of a worker. The host does not trust a thread which runs the user's code (S037).
 *
 * Receives frames from `HostWorker`, hands their messages to its visitor.
 *
 * @since 0.1.0
 */
import { messageOf } from "../../model/foreign.ts"
import * as Message from "../../../protocol/messages/Message.ts"
import type { WorkerId } from "../../model/ids.ts"

export interface Breach {
  readonly detail: string
  readonly cause: unknown
}

export class FrameReader {
  private readonly workerEpoch: WorkerId
  private readonly visitor: Message.ReplyVisitor
  private readonly channels: Partial<Message.ChannelReplyVisitor>
  private sequence = 0
  /** The violation found. Invariant: once set, no message of the worker counts. */
  violation: Breach | undefined

  constructor(
    workerEpoch: WorkerId,
    visitor: Message.ReplyVisitor,
    channels: Partial<Message.ChannelReplyVisitor> = {}
  ) {
    this.workerEpoch = workerEpoch
    this.visitor = visitor
    this.channels = channels
  }

  /** The violation as the cause of the worker's end. */
  get breach(): Error | undefined {
    return this.violation && new Error(`protocol violation: ${this.violation.detail}`)
  }

  /**
   * Reads a frame. Returns `late` for a dropped frame: of another epoch, or already seen. Calls `onProgress` before the first
   * message.
   */
  read(value: unknown, onProgress: () => void): "read" | "late" | Breach {
    try {
      const frame = Message.checkHeader(value, this.workerEpoch, this.sequence)
      if (frame === undefined) return "late"
      this.sequence++
      onProgress()
      Message.readReplies(frame, this.visitor, this.channels)
      return "read"
    } catch (cause) {
      this.violation = { detail: messageOf(cause), cause }
      return this.violation
    }
  }
}
