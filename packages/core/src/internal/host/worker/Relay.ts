/**
 * The stream of a nested call on its way through the host: elements go from the called task's worker to the caller's, and the caller's
 * own elements the other way. Nothing is decoded here.
 *
 * Receives elements and demands from the workers of both sides, hands them on. Checks the credit of both: neither worker is trusted.
 *
 * @since 0.2.0
 */
import * as Message from "../../../protocol/messages/Message.ts"
import type { CallData } from "../../../protocol/messages/Call.ts"
import { defaults } from "../../model/defaults.ts"
import type { HostTask } from "../tasks/HostTask.ts"
import type { TaskPort } from "../../shared/stream/StreamCaller.ts"

export class Relay implements TaskPort {
  readonly isStream: boolean
  /** Whether the caller hears the progress. */
  isWatched: boolean
  private readonly number: number
  /** Sends a message of the call to the caller's worker. */
  private readonly say: (call: number, push: (frame: Message.Frame) => void) => void
  /** How many elements the caller still has room for. */
  private credit: number
  /** How many elements of the caller the task still waits for. */
  private demand = 0
  private total = 0

  constructor(number: number, { credit, watched }: Pick<CallData, "credit" | "watched">, say: Relay["say"]) {
    this.number = number
    this.say = say
    this.isStream = credit !== undefined
    this.isWatched = watched
    this.credit = credit ?? 0
    if (this.credit > defaults.streamBufferMost) throw new Message.Violation("a credit is out of bounds")
  }

  get arrived(): number {
    return this.total
  }

  // --------------------------------------------------------------------------
  // from the called task
  // --------------------------------------------------------------------------

  emitted(elements: ArrayLike<unknown>): boolean {
    if (elements.length > this.credit) return false
    this.credit -= elements.length
    this.total += elements.length
    this.say(this.number, (frame) => Message.pushEmitted(frame, this.number, elements))
    return true
  }

  demanded(count: number): boolean {
    this.demand += count
    this.say(this.number, (frame) => Message.pushCallDemand(frame, this.number, count))
    return true
  }

  progressed(done: number, total: number | undefined, note: string | undefined): void {
    this.say(this.number, (frame) => Message.pushCallProgress(frame, this.number, done, total, note))
  }

  // --------------------------------------------------------------------------
  // from the caller
  // --------------------------------------------------------------------------

  watched(task: HostTask): void {
    if (this.isWatched) return
    this.isWatched = true
    task.holder?.tell(task, (frame) => Message.pushWatch(frame, task.ref))
  }

  granted(task: HostTask, count: number): void {
    this.credit += count
    if (!this.isStream || this.credit > defaults.streamBufferMost)
      throw new Message.Violation("a credit is out of bounds")
    task.holder?.tell(task, (frame) => Message.pushCredit(frame, task.ref, count))
  }

  input(task: HostTask, elements: ArrayLike<unknown>): void {
    if (elements.length > this.demand)
      throw new Message.Violation("a call sends more elements than were asked for")
    this.demand -= elements.length
    task.holder?.tell(task, (frame) => Message.pushInput(frame, task.ref, elements))
  }

  inputEnd(task: HostTask): void {
    task.holder?.tell(task, (frame) => Message.pushInputEnd(frame, task.ref))
  }
}
