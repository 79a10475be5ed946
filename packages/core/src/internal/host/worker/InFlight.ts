/**
 * The tasks held by a worker, their claim words, and the messages on their way to the worker.
 *
 * Receives tasks from `HostWorker.send`, hands frames to the worker's connection.
 *
 * @since 0.1.0
 */
import type { Movable } from "../../model/movable.ts"
import * as Claims from "../../../protocol/claims/Claims.ts"
import type { Unclonable } from "../../../protocol/values/Clonable.ts"
import * as Message from "../../../protocol/messages/Message.ts"
import { Outbox } from "../../../protocol/frame/Outbox.ts"
import { defaults } from "../../model/defaults.ts"
import type { WorkerId } from "../../model/ids.ts"
import type { PoolSettings } from "../../model/options.ts"
import { type Posting, whenToPost } from "../dispatch/posting.ts"
import type { HostTask } from "../tasks/HostTask.ts"
import type { ServedTask } from "../dispatch/ServedTask.ts"

export interface InFlightOptions {
  readonly worker: WorkerId
  readonly concurrency: number
  readonly sharedMemory: boolean
  readonly post: (frame: Message.Frame, transfer?: ReadonlyArray<Movable>) => void
  readonly onRefused: (task: HostTask, found: Unclonable) => void
  /** The result of a nested call cannot be cloned. */
  readonly onReturnRefused: (call: number, found: Unclonable) => void
}

/**
 * At most two hundred thousand words: with a concurrency in the thousands, not every task nests to the limit at the same
 * time.
 */
const mostBorrowers = 100_000

export class InFlight {
  /** How many tasks the worker holds. */
  size = 0
  /** Sum of the estimates of the tasks, in microseconds. */
  backlog = 0
  /**
   * How many tasks the worker may hold. Without shared words, only as many as can run at a time: held tasks could not be
   * taken back.
   */
  readonly claimCapacity: number
  readonly words: Claims.Words
  /** How many tasks may be held apart from borrowers. */
  private readonly ordinary: number
  /** How many borrowers may be held. */
  private readonly borrowable: number
  /** The tasks in lent slots. */
  private readonly borrowers = new Set<HostTask>()
  /** The tasks that rest, and occupy no slot meanwhile. Invariant: none of them is a borrower. */
  private readonly resting = new Set<HostTask>()
  /** The methods of a service, which need no slot. Invariant: with the resting tasks, at most `tasksResting`. */
  private readonly apart = new Set<HostTask>()
  /** How many held tasks need no slot. Invariant: the sizes of the three sets above together. Each placement asks. */
  private slotless = 0
  /** Whether a message lined up is urgent: the worker may be idle until the message arrives. */
  private isUrgent = false
  private readonly isShared: boolean
  /** Whether the words hold every start reported by the worker, which is gone. Set only where no words are shared. */
  private isConcluded = false
  private readonly concurrency: number
  private readonly outbox: Outbox
  // Invariant: indexed by claim; `undefined` exactly where the index is free.
  private readonly places: Array<HostTask | undefined>
  private readonly free: Array<number> = []
  // Invariant: increases with each task sent, and so orders the tasks.
  private readonly sent: Array<number>
  private sends = 0
  /** The served tasks already introduced to the worker. */
  private readonly known: Array<boolean> = []

  constructor(options: InFlightOptions) {
    this.ordinary = options.sharedMemory
      ? Math.max(defaults.tasksPerWorker, options.concurrency)
      : options.concurrency
    // Each slot may hold a chain of borrowers as long as tasks may be nested; each of them needs an index.
    this.borrowable = Math.min(options.concurrency * defaults.taskDepth, mostBorrowers)
    this.claimCapacity = this.ordinary + this.borrowable + defaults.tasksResting
    const bytes = Claims.byteLength(this.claimCapacity)
    this.isShared = options.sharedMemory
    this.concurrency = options.concurrency
    this.words = new Int32Array(this.isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes))
    this.places = Array.from({ length: this.claimCapacity }, () => undefined)
    this.sent = Array.from({ length: this.claimCapacity }, () => 0)
    for (let index = this.claimCapacity - 1; index >= 0; index--) this.free.push(index)
    this.outbox = new Outbox({
      workerEpoch: options.worker,
      post: options.post,
      onRefused: (ref, found) => {
        if (ref < 0) return options.onReturnRefused(-ref, found)
        const task = this.taskOf(ref)
        if (task !== undefined) options.onRefused(task, found)
      }
    })
  }

  /** Returns the start data of the worker. */
  startOf(
    workerEpoch: WorkerId,
    { level, parallelism, size }: Pick<PoolSettings, "level" | "parallelism" | "size">,
    isSpare: boolean
  ): Message.Start {
    return {
      version: Message.version,
      workerEpoch,
      concurrency: this.concurrency,
      words: this.isShared ? this.words : undefined,
      claimCapacity: this.claimCapacity,
      size: size.max,
      parallelism: Math.max(1, Math.floor(parallelism / size.max)),
      level,
      isSpare,
      tellsStarts: !this.isShared
    }
  }

  get isFull(): boolean {
    return this.occupied >= this.ordinary
  }

  /** How many held tasks need their own slot. */
  get occupied(): number {
    return this.size - this.slotless
  }

  get canBorrow(): boolean {
    return this.borrowers.size < this.borrowable
  }

  /** Returns the held task of a ref; `undefined` for a task not held (any more). The ref is untrusted: the worker sent it. */
  taskOf(ref: Claims.ClaimRef): HostTask | undefined {
    const task = this.places[Claims.indexOf(this.claimCapacity, ref)]
    return task !== undefined && task.ref === ref ? task : undefined
  }

  /** Returns the held tasks in the order of sending. */
  tasks(): Array<HostTask> {
    const tasks: Array<HostTask> = []
    for (const task of this.places) if (task !== undefined) tasks.push(task)
    return tasks.toSorted((a, b) => this.sent[a.index]! - this.sent[b.index]!)
  }

  /** Takes a task and lines up its message; returns `true` if the message has been posted already. Call only while not full. */
  add(task: HostTask): boolean {
    const { served } = task
    // The worker does not know of every task that rests.
    const isApart = task.pin?.needsNoSlot === true
    const startsNow = isApart || (this.resting.size > 0 && this.occupied < this.concurrency)
    const index = this.free.pop()!
    const ticket = Claims.offer(this.words, index)
    const ref = Claims.refOf(this.claimCapacity, index, ticket)
    task.index = index
    task.ticket = ticket
    task.ref = ref
    this.places[index] = task
    this.sent[index] = this.sends++
    this.size++
    this.backlog += task.estimate
    if (this.known[served.number] !== true) this.introduce(served)
    // A moved payload travels in its own frame. Afterwards the host no longer has the payload, so the task cannot be sent
    // again.
    if (task.transfer !== undefined) this.outbox.flush()
    const many = task.items !== undefined
    const isLent = task.family?.lender !== undefined
    if (isLent) this.borrowers.add(task)
    else if (isApart) this.apart.add(task)
    if (isLent || isApart) {
      this.slotless++
      this.isUrgent = true
    }
    const extra = extraOf(task, isLent, startsNow)
    Message.pushRun(this.outbox.open(ref), many, ref, served.number, task.payload, extra)
    if (task.transfer === undefined) return false
    this.outbox.flush(task.transfer)
    return true
  }

  private introduce({ definition, number }: ServedTask): void {
    this.known[number] = true
    Message.pushRoute(this.outbox.open(0), number, definition.name, definition.module)
  }

  /** Removes a task; returns `false` if the task is not held (any more). */
  remove(task: HostTask): boolean {
    if (this.places[task.index] !== task) return false
    this.places[task.index] = undefined
    this.free.push(task.index)
    if (this.slotless > 0 && this.forgetSlotless(task)) this.slotless--
    this.size--
    this.backlog -= task.estimate
    return true
  }

  /** Takes the task out of the tasks without a slot; returns whether it was one of them. */
  private forgetSlotless(task: HostTask): boolean {
    return this.borrowers.delete(task) || this.resting.delete(task) || this.apart.delete(task)
  }

  /** Notes that a task rests, or goes on. Returns whether a slot became free. */
  rest(task: HostTask, isResting: boolean): boolean {
    if (!isResting) {
      if (this.resting.delete(task)) this.slotless--
      return false
    }
    if (this.places[task.index] !== task) return false
    if (this.borrowers.has(task)) return true
    if (this.apart.has(task) || this.resting.size + this.apart.size >= defaults.tasksResting) return false
    if (!this.resting.has(task)) this.slotless++
    this.resting.add(task)
    return true
  }

  get isPosted(): boolean {
    return this.size > this.outbox.size
  }

  /** Returns when to post the messages lined up. */
  whenToPost(wasIdle: boolean, isCorked: boolean): Posting {
    const lined = this.outbox.size
    return whenToPost(lined, this.occupied - lined, this.concurrency, this.isUrgent, wasIdle, isCorked)
  }

  /** Posts the messages lined up. Returns `true` if the worker had no task before. */
  flush(): boolean {
    const isFirst = !this.isPosted
    this.isUrgent = false
    this.outbox.flush()
    return isFirst
  }

  /** Lines up a message about a nested call; the message goes with the next flush. */
  sayOfCall(call: number, push: (frame: Message.Frame) => void): void {
    this.isUrgent = true
    push(this.outbox.open(-call))
  }

  /** Lines up a message about a started task. A message that moves objects is posted at once, alone. */
  sayOfTask(push: (frame: Message.Frame) => void, transfer: ReadonlyArray<Movable> | undefined): void {
    this.isUrgent = true
    if (transfer !== undefined) this.outbox.flush()
    push(this.outbox.open(0))
    if (transfer !== undefined) this.outbox.flush(transfer)
  }

  /** Posts a message about a started task that moves objects. Returns `false` if the message cannot be cloned. */
  postOfTask(push: (frame: Message.Frame) => void, transfer: ReadonlyArray<Movable>): boolean {
    return this.outbox.post(push, transfer)
  }

  /** Takes a task back unless the worker has claimed the task. */
  revoke(task: HostTask): boolean {
    return this.isShared && Claims.revoke(this.words, task.index, task.ticket)
  }

  /**
   * Takes back unstarted tasks, the last first. A task with a moved payload stays: the host has nothing left to send
   * elsewhere.
   */
  takeBack(limit: number): Array<HostTask> {
    const taken: Array<HostTask> = []
    for (const task of this.tasks().toReversed()) {
      if (taken.length >= limit) break
      if (task.state === "sent" && task.transfer === undefined && this.revoke(task)) taken.push(task)
    }
    return taken
  }

  /**
   * Returns the claim of a task. Without shared words, the host cannot know while the worker lives, and a sent task counts as
   * started (G6).
   */
  claimOf(task: HostTask): Claims.ClaimState {
    const isKnown = this.isShared || this.isConcluded
    return isKnown ? Claims.read(this.words, task.index, task.ticket) : "claimed"
  }

  /** Notes the worker's report of a start. */
  started(task: HostTask): HostTask {
    if (!this.isShared) Claims.claim(this.words, task.index, task.ticket)
    return task
  }

  /**
   * Concludes the claims after the worker's end. `isHeard`: every message of the worker was read.
   *
   * A worker without shared words reports each start, except a start while no other task is unanswered. Frames keep their
   * order, so an unreported start can only be the start of the oldest held task, which therefore counts as started (G6). Of
   * the other tasks, only the reported ones count as started (G5).
   */
  conclude(isHeard: boolean): void {
    if (this.isShared || !isHeard) return
    const [oldest] = this.tasks()
    if (oldest !== undefined) this.started(oldest)
    this.isConcluded = true
  }

  ask(task: HostTask): void {
    Claims.interrupt(this.words, task.index, task.ticket)
    const { why } = task
    const reason = why?._tag === "Signal" ? why.reason : undefined
    Message.pushInterrupt(this.outbox.open(0), task.ref, reason)
    this.outbox.flush()
  }

  askStop(): void {
    Message.pushStop(this.outbox.open(0))
    this.outbox.flush()
  }

  /** Whether the worker has started any held task. */
  get hasStarted(): boolean {
    for (const task of this.places) {
      if (task === undefined) continue
      const claim = this.claimOf(task)
      if (claim === "claimed" || claim === "done") return true
    }
    return false
  }

  /** Whether any held task may run without having been asked to end, or is still within its grace. */
  get hasCoRunners(): boolean {
    for (const task of this.places) {
      const state = task?.state
      if (state === "sent" || state === "running" || state === "interrupting") return true
    }
    return false
  }

  get hasOverdue(): boolean {
    for (const task of this.places) if (task?.state === "terminating") return true
    return false
  }
}

/** What travels beside the payload, with what is known when the task is sent. Most tasks have nothing of it. */
const extraOf = (
  { extra, port }: HostTask,
  isLent: boolean,
  startsNow: boolean
): Message.Extra | undefined => {
  const isWatched = port?.isWatched === true
  if (!isLent && !startsNow && !isWatched) return extra
  return {
    ...extra,
    ...(isLent ? { lent: true } : startsNow ? { startsNow } : undefined),
    ...(isWatched ? { watched: true } : undefined)
  }
}
