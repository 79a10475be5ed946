/**
 * Collects messages into frames, one post per flush, on both sides of the boundary.
 *
 * A frame that cannot be cloned is posted again message by message, to refuse only the offending message. A refused
 * post sends nothing and uses no sequence number.
 *
 * @since 0.1.0
 */
import type { Movable } from "../../internal/model/movable.ts"
import type { ClaimRef } from "../claims/Claims.ts"
import { isInstance, messageOf } from "../../internal/model/foreign.ts"
import { findUnclonable, Refused, type Unclonable } from "../values/Clonable.ts"
import * as Message from "../messages/Message.ts"

export interface OutboxOptions {
  readonly workerEpoch: number
  readonly post: (frame: Message.Frame, transfer?: ReadonlyArray<Movable>) => void
  /** Called when the message of a task cannot be cloned. May push another message in its place. */
  readonly onRefused: (ref: ClaimRef, found: Unclonable) => void
}

export class Outbox {
  private readonly options: OutboxOptions
  private sequence = 0
  private frame: Message.Frame
  // Invariant: two elements per message in `frame`: the start index, and the owner.
  private marks: Array<number> = []

  constructor(options: OutboxOptions) {
    this.options = options
    this.frame = Message.emptyFrame(options.workerEpoch, 0)
  }

  get isEmpty(): boolean {
    return this.marks.length === 0
  }

  get size(): number {
    return this.marks.length / 2
  }

  /** The frame that collects messages. */
  get unposted(): Message.Frame {
    return this.frame
  }

  /** Returns the frame, for the caller to push exactly one message. */
  open(owner: ClaimRef): Message.Frame {
    this.marks.push(this.frame.length, owner)
    return this.frame
  }

  /**
   * Posts the collected messages. A message with a transfer list must be alone in the frame, so flush before pushing
   * one.
   */
  flush(transfer?: ReadonlyArray<Movable>): void {
    // `onRefused` may push again, so loop until nothing is left. Such messages have no transfer list.
    for (let moving = transfer; this.marks.length > 0; moving = undefined) {
      const { frame, marks } = this
      this.frame = Message.emptyFrame(this.options.workerEpoch, 0)
      this.marks = []
      const problem = this.attempt(frame, moving)
      if (problem === undefined) continue
      if (marks.length === 2) {
        this.options.onRefused(marks[1]!, locate(frame, problem.error, moving))
        continue
      }
      for (let i = 0; i < marks.length; i += 2) {
        const single = Message.emptyFrame(this.options.workerEpoch, 0)
        for (let j = marks[i]!; j < (marks[i + 2] ?? frame.length); j++) single.push(frame[j])
        const refused = this.attempt(single)
        if (refused !== undefined) this.options.onRefused(marks[i + 1]!, locate(single, refused.error))
      }
    }
  }

  /** Posts one message alone, after those collected. Returns `false` if it cannot be cloned: then nothing has moved. */
  post(push: (frame: Message.Frame) => void, transfer: ReadonlyArray<Movable>): boolean {
    this.flush()
    const frame = Message.emptyFrame(this.options.workerEpoch, 0)
    push(frame)
    return this.attempt(frame, transfer) === undefined
  }

  private attempt(
    frame: Message.Frame,
    transfer?: ReadonlyArray<Movable>
  ): { readonly error: unknown } | undefined {
    frame[1] = this.sequence
    try {
      this.options.post(frame, transfer)
    } catch (error) {
      return { error }
    }
    this.sequence++
    return undefined
  }
}

/** Returns the path inside the payload or the reply, without the frame around. */
const locate = (frame: Message.Frame, error: unknown, transfer?: ReadonlyArray<Movable>): Unclonable => {
  // Serializing runs the user's getters, which may throw any value.
  if (isInstance(error, Refused)) return { path: error.path, detail: error.detail }
  const moved = new Set<unknown>(transfer)
  for (const part of frame) {
    const found = findUnclonable(part, undefined, moved)
    if (found !== undefined) return found
  }
  return { path: "$", detail: messageOf(error) }
}
