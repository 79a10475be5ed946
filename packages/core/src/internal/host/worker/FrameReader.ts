/**
 * What one worker says, frame by frame, checked: whoever runs the user's code is not believed (S037).
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
  private sequence = 0
  /** What was wrong. Invariant: once set, nothing that the worker says counts. */
  violation: Breach | undefined

  constructor(workerEpoch: WorkerId, visitor: Message.ReplyVisitor) {
    this.workerEpoch = workerEpoch
    this.visitor = visitor
  }

  /** The same, as the cause of its end. */
  get breach(): Error | undefined {
    return this.violation && new Error(`protocol violation: ${this.violation.detail}`)
  }

  /** `late`: of another epoch, or seen before; it was dropped. NestedTasks `onProgress` before the first message. */
  read(value: unknown, onProgress: () => void): "read" | "late" | Breach {
    try {
      const frame = Message.checkHeader(value, this.workerEpoch, this.sequence)
      if (frame === undefined) return "late"
      this.sequence++
      onProgress()
      Message.readReplies(frame, this.visitor)
      return "read"
    } catch (cause) {
      this.violation = { detail: messageOf(cause), cause }
      return this.violation
    }
  }
}
