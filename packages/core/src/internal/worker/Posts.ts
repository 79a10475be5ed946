/**
 * The messages of a worker on their way to the host: when they are posted, and the run times that travel with them.
 *
 * Receives replies, calls and log entries from `Runner`, and hands frames to the worker's endpoint. A reply leaves at the latest with
 * the end of the turn; the runner flushes earlier where the next task may take long (G5).
 *
 * @since 0.1.0
 */
import type { Movable } from "../model/movable.ts"
import type { ClaimRef } from "../../protocol/claims/Claims.ts"
import type { Unclonable } from "../../protocol/values/Clonable.ts"
import * as Message from "../../protocol/messages/Message.ts"
import { Outbox } from "../../protocol/frame/Outbox.ts"
import type { RunnerEndpoint } from "../../RunnerEndpoint.ts"
import type { RouteTarget } from "./handlers/handlers.ts"

/** Longest time to hold back the replies of short tasks, in milliseconds of run time. */
const holdBackMillis = 0.2

export class Posts {
  private readonly outbox: Outbox
  private readonly endOfTurn: RunnerEndpoint["Service"]["endOfTurn"]
  /** Routes with unreported runs. */
  private measured: Array<RouteTarget> = []
  /** The run time of the replies that are lined up, in milliseconds. */
  private heldBack = 0
  private turnScheduled = false
  /** Line up what was held back until the next post. */
  private holders: Array<() => void> = []
  /** Line up messages that wait for the post of another. */
  private riders: Array<() => void> = []

  /** `onRefused`: a message could not be cloned; `ref` is negative for the message of a call. */
  constructor(endpoint: RunnerEndpoint["Service"], onRefused: (ref: ClaimRef, found: Unclonable) => void) {
    this.endOfTurn = endpoint.endOfTurn
    this.outbox = new Outbox({ workerEpoch: endpoint.start.workerEpoch, post: endpoint.post, onRefused })
  }

  /** How many messages of tasks are lined up. */
  get size(): number {
    return this.outbox.size
  }

  /** Whether a short task may start before the replies lined up are posted. */
  get mayWait(): boolean {
    return this.heldBack < holdBackMillis
  }

  /** The frame that is not posted yet. */
  get unposted(): Message.Frame {
    return this.outbox.unposted
  }

  /** Returns the frame for a message of the task `ref`; 0 for no task. */
  open(ref: ClaimRef): Message.Frame {
    return this.outbox.open(ref)
  }

  /** Counts the run time of a task, and reports it with the next post: at once for a chunk, whose caller sizes the next one by it. */
  ran(millis: number, route?: RouteTarget, items = 0, many = false): void {
    this.heldBack += millis
    if (route === undefined || items === 0) return
    if (route.count === 0) this.measured.push(route)
    route.count += items
    route.millis += millis
    if (many) this.report()
  }

  /** Calls back once, before the next post: what comes in quick succession is collected until then. */
  beforePost(lineUp: () => void): void {
    this.holders.push(lineUp)
  }

  /** Calls back once, before the next post: what the host should know by then, and what needs no post of its own. */
  alongside(lineUp: () => void): void {
    this.riders.push(lineUp)
  }

  /** Posts everything lined up. */
  flush(): void {
    if (this.holders.length > 0) this.collect()
    if (this.measured.length > 0) this.report()
    if (this.riders.length > 0 && !this.outbox.isEmpty) this.ride()
    this.outbox.flush()
    this.heldBack = 0
  }

  /** Posts everything, also what needs no post of its own: the message that follows is posted alone. */
  settle(): void {
    this.ride()
    this.flush()
  }

  /** Posts the last message, alone, with the objects moved by it. */
  flushMoving(transfer: ReadonlyArray<Movable>): void {
    this.outbox.flush(transfer)
  }

  /** Posts a message that moves objects, after everything lined up. Returns `false` if it cannot be cloned. */
  postMoving(push: (frame: Message.Frame) => void, transfer: ReadonlyArray<Movable>): boolean {
    this.flush()
    return this.outbox.post(push, transfer)
  }

  /** Posts the messages lined up, without the run times, which can wait. */
  flushMessage(): void {
    if (this.holders.length > 0) this.collect()
    if (this.riders.length > 0 && !this.outbox.isEmpty) this.ride()
    this.outbox.flush()
  }

  /** Posts everything at the end of this turn. */
  schedule(): void {
    if (this.turnScheduled) return
    this.turnScheduled = true
    this.endOfTurn(() => {
      this.turnScheduled = false
      this.flush()
    })
  }

  private ride(): void {
    const { riders } = this
    this.riders = []
    for (const lineUp of riders) lineUp()
  }

  private collect(): void {
    const { holders } = this
    this.holders = []
    for (const lineUp of holders) lineUp()
  }

  /** Lines up the accumulated run times, one message per route. */
  private report(): void {
    for (const route of this.measured) {
      Message.pushMeasured(this.outbox.open(0), route.number, route.count, route.millis)
      route.count = route.millis = 0
    }
    this.measured = []
  }
}
