/**
 * Hands queued tasks to workers, and their messages to the transport: few posts per worker and turn, both ways.
 *
 * Receives tasks from the `TaskLifecycle`'s queue, hands them to `HostWorker.send`. Upholds G8 (first come first served) and
 * the bound of G7: suspended callers enter only where there is room.
 *
 * @since 0.1.0
 */
import type { PoolSettings } from "../../model/options.ts"
import type { WorkerTransport } from "../../../WorkerTransport.ts"
import type { Seat } from "../fleet/Seats.ts"
import * as placement from "./placement.ts"
import type { HostTask } from "../tasks/HostTask.ts"
import type { Signals } from "../signals.ts"
import * as Family from "../tasks/family.ts"
import type { HostWorker } from "../worker/HostWorker.ts"
import type { TaskLifecycle } from "../tasks/TaskLifecycle.ts"
import type { Timers } from "../../shared/Timers.ts"

export class Dispatcher {
  private readonly seats: ReadonlyArray<Seat>
  private readonly lifecycle: TaskLifecycle
  private readonly settings: PoolSettings
  private readonly transport: WorkerTransport["Service"]
  private readonly timers: Timers
  private readonly signals: Signals<HostWorker>
  // Above zero while a batch of replies is being read: posts are held back, and no task is handed out.
  private corked = 0
  private turnScheduled = false
  private readonly dirty: Array<HostWorker> = []

  constructor(
    seats: ReadonlyArray<Seat>,
    lifecycle: TaskLifecycle,
    settings: PoolSettings,
    transport: WorkerTransport["Service"],
    timers: Timers,
    signals: Signals<HostWorker>
  ) {
    this.seats = seats
    this.lifecycle = lifecycle
    this.settings = settings
    this.transport = transport
    this.timers = timers
    this.signals = signals
    signals.tasks.placeFreed.subscribe(() => this.pump())
  }

  /** Returns whether a task submitted now would go to a worker at once. */
  canTake(candidate: placement.Candidate): boolean {
    const isFirst = this.lifecycle.queue.length === 0 && this.lifecycle.waiting.length === 0
    return isFirst && placement.choose(this.seats, candidate, this.settings.concurrency) !== undefined
  }

  /** Sends a new task at once if no task waits and a worker can take the new task; returns whether the task was sent. */
  sendNow(task: HostTask): boolean {
    if (this.lifecycle.queue.length > 0 || this.lifecycle.waiting.length > 0) return false
    const worker = placement.choose(this.seats, task, this.settings.concurrency)
    if (worker === undefined) return false
    this.send(task, worker)
    return true
  }

  /** Hands out every task which can be handed out now. Does nothing while corked: `uncork` will hand out. */
  pump(): void {
    if (this.corked > 0) return
    this.handOut()
    // A worker believed busy may hold only withdrawn tasks, which send no reply, so flush at the end of this turn.
    if (this.dirty.length > 0) this.flushSoon()
  }

  private handOut(): void {
    const { queue } = this.lifecycle
    this.signals.pool.handingOut.tell()
    for (const { worker } of this.seats) {
      while (
        worker !== undefined &&
        worker.pinned.length > 0 &&
        placement.hasRoom(worker, this.settings.concurrency)
      ) {
        this.send(worker.pinned.shift()!, worker)
      }
      // The worker's last pinned task may have been withdrawn.
      if (worker?.leaving === true) worker.leave()
    }
    do this.drainQueue()
    while (queue.length === 0 && placement.rebalance(this.seats) && queue.length > 0)
    this.drainNested()
  }

  private drainQueue(): void {
    const { nested, queue, waiting } = this.lifecycle
    for (;;) {
      while (waiting.length > 0 && queue.length < this.settings.capacity) this.admit()
      const root = queue.peek() ?? waiting.peek()
      const child = nested.peek()
      // Merge both queues into a single order, so neither can starve the other (G8).
      const task = child === undefined || (root !== undefined && queue.isBefore(root, child)) ? root : child
      if (task === undefined) return
      const worker = placement.choose(this.seats, task, this.settings.concurrency)
      if (worker === undefined) return this.signals.pool.queueStarved.tell(0)
      if (task.state === "waiting") this.admit()
      queue.remove(task)
      nested.remove(task)
      this.send(task, worker)
    }
  }

  /** Sends nested tasks without a slot of their own into slots lent by their ancestors, so a full pool goes on. */
  private drainNested(): void {
    const { lenders, nested } = this.lifecycle
    if (nested.length === 0) return
    for (const lender of lenders) {
      const worker = this.seats.find((place) => place.worker === lender.holder)?.worker
      if (worker?.mayBorrow !== true) continue
      const task = nested.find((waiting) => Family.isDescendant(waiting, lender))
      if (task === undefined) continue
      nested.remove(task)
      Family.lend(lenders, lender, task)
      this.send(task, worker)
    }
  }

  private admit(): void {
    const task = this.lifecycle.waiting.peek()!
    this.lifecycle.waiting.remove(task)
    this.lifecycle.step(task, "admit")
  }

  /** Sends a task that waits in a line of its own. Call only while the worker serves. */
  sendTo(task: HostTask, worker: HostWorker): void {
    this.send(task, worker)
  }

  private send(task: HostTask, worker: HostWorker): void {
    task.estimate = placement.estimateOf(task)
    this.lifecycle.step(task, "dispatch")
    worker.send(task)
    this.signals.tasks.sent.tell(task, worker.id)
  }

  /** Posts the messages lined up for a worker when they are due: see `posting.ts`. */
  schedule(worker: HostWorker, wasIdle: boolean): void {
    if (worker.whenToPost(wasIdle, this.corked > 0) === "now") return worker.flush()
    if (!worker.dirty) {
      worker.dirty = true
      this.dirty.push(worker)
    }
    this.flushSoon()
  }

  private flushSoon(): void {
    if (this.corked > 0 || this.turnScheduled) return
    this.turnScheduled = true
    this.transport.endOfTurn(this.endOfTurn)
  }

  private readonly endOfTurn = (): void => {
    this.turnScheduled = false
    this.flushAll()
  }

  private flushAll(): void {
    for (const worker of this.dirty.splice(0)) {
      // If the messages can wait, the worker's next reply brings the dispatcher here again.
      worker.dirty = worker.whenToPost(false, false) === "withNextReply"
      if (worker.dirty) this.dirty.push(worker)
      else worker.flush()
    }
  }

  /** Begins to collect: until `uncork`, replies are read, callers resume, and their new tasks wait. */
  cork(): void {
    this.corked++
  }

  uncork(): void {
    if (this.corked > 1) {
      this.corked--
      return
    }
    // Stay corked while handing out work, so that each worker gets a single post.
    if (this.lifecycle.queue.length > 0) placement.recallOverdue(this.seats, this.timers.now())
    this.handOut()
    this.corked = 0
    this.flushAll()
    this.signals.pool.batchEnded.tell()
  }
}
