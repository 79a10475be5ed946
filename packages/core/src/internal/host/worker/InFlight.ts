/**
 * What one worker holds: its tasks, the claim words they own, and the messages that are on their way to it.
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
  /** What a call returned with cannot be cloned. */
  readonly onReturnRefused: (call: number, found: Unclonable) => void
}

/** Two hundred thousand words; with a concurrency in the thousands, not all of them nest to the limit at a time. */
const mostBorrowers = 100_000

export class InFlight {
  /** How many tasks it holds. */
  size = 0
  /** Sum of the estimates of the tasks, in microseconds. */
  backlog = 0
  /** How many tasks may be held; without shared words, only what it can run: nobody could take more back. */
  readonly claimCapacity: number
  readonly words: Claims.Words
  /** How many may be held beside those that run in a lent slot. */
  private readonly ordinary: number
  /** Those that run in a lent slot. */
  private readonly borrowers = new Set<HostTask>()
  /** Something lined up must not wait: the worker may do nothing until it comes. */
  private isUrgent = false
  private readonly isShared: boolean
  /** The worker writes its words no more, or, where none are shared, has said all that it said of them. */
  private isConcluded = false
  private readonly concurrency: number
  private readonly outbox: Outbox
  // Invariant: by index of their claim; `undefined` exactly where the index is free.
  private readonly places: Array<HostTask | undefined>
  private readonly free: Array<number> = []
  // Invariant: grows with each task, so that it orders them.
  private readonly sent: Array<number>
  private sends = 0
  /** ServedTasks that the worker has heard of. */
  private readonly known: Array<boolean> = []

  constructor(options: InFlightOptions) {
    this.ordinary = options.sharedMemory
      ? Math.max(defaults.tasksPerWorker, options.concurrency)
      : options.concurrency
    // As deep as tasks are nested, in each slot: none of them may lack a place.
    this.claimCapacity = this.ordinary + Math.min(options.concurrency * defaults.taskDepth, mostBorrowers)
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

  /** What the worker that is to hold them is given when it starts. */
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

  /** How many it holds that need a slot of their own. */
  get occupied(): number {
    return this.size - this.borrowers.size
  }

  get canBorrow(): boolean {
    return this.free.length > 0
  }

  /** `undefined` for what it does not hold (any more). The ref may be anything: a worker said it. */
  taskOf(ref: Claims.ClaimRef): HostTask | undefined {
    const task = this.places[Claims.indexOf(this.claimCapacity, ref)]
    return task !== undefined && task.ref === ref ? task : undefined
  }

  /** In the order they were sent. */
  entries(): Array<HostTask> {
    const tasks: Array<HostTask> = []
    for (const task of this.places) if (task !== undefined) tasks.push(task)
    return tasks.toSorted((a, b) => this.sent[a.index]! - this.sent[b.index]!)
  }

  /** Takes a task and lines up its message; `true` if that has been posted already. Must not be full. */
  add(task: HostTask): boolean {
    const { served } = task
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
    // What moves travels alone; after that it is gone from here, so the task cannot be sent again.
    if (task.transfer !== undefined) this.outbox.flush()
    const many = task.items !== undefined
    const isLent = task.family?.lender !== undefined
    if (isLent) this.borrowers.add(task)
    this.isUrgent ||= isLent
    const extra = isLent ? { ...task.extra, lent: true } : task.extra
    Message.pushRun(this.outbox.open(ref), many, ref, served.number, task.payload, extra)
    if (task.transfer === undefined) return false
    this.outbox.flush(task.transfer)
    return true
  }

  private introduce({ definition, number }: ServedTask): void {
    this.known[number] = true
    Message.pushRoute(this.outbox.open(0), number, definition.name, definition.module)
  }

  /** `false` if it is not held (any more). */
  remove(task: HostTask): boolean {
    if (this.places[task.index] !== task) return false
    this.places[task.index] = undefined
    this.free.push(task.index)
    if (this.borrowers.size > 0) this.borrowers.delete(task)
    this.size--
    this.backlog -= task.estimate
    return true
  }

  get isPosted(): boolean {
    return this.size > this.outbox.size
  }

  /** When the messages that are lined up are posted. */
  whenToPost(wasIdle: boolean, isCorked: boolean): Posting {
    const lined = this.outbox.size
    return whenToPost(lined, this.occupied - lined, this.concurrency, this.isUrgent, wasIdle, isCorked)
  }

  /** Posts the messages that are lined up. `true`: the worker had no task before. */
  flush(): boolean {
    const isFirst = !this.isPosted
    this.isUrgent = false
    this.outbox.flush()
    return isFirst
  }

  /** Lines up what is said about a call; it goes with the next flush. */
  sayOfCall(call: number, push: (frame: Message.Frame) => void): void {
    this.isUrgent = true
    push(this.outbox.open(-call))
  }

  /** Takes a task back, if the worker has not claimed it. */
  revoke(task: HostTask): boolean {
    return this.isShared && Claims.revoke(this.words, task.index, task.ticket)
  }

  /** Takes back, from the last one on, what has not started. What was moved is not here to be sent elsewhere. */
  takeBack(limit: number): Array<HostTask> {
    const taken: Array<HostTask> = []
    for (const task of this.entries().toReversed()) {
      if (taken.length >= limit) break
      if (task.state === "sent" && task.transfer === undefined && this.revoke(task)) taken.push(task)
    }
    return taken
  }

  /** Without shared words nobody knows while the worker is there; what was sent counts as started (G6). */
  claimOf(task: HostTask): Claims.ClaimState {
    const isKnown = this.isShared || this.isConcluded
    return isKnown ? Claims.read(this.words, task.index, task.ticket) : "claimed"
  }

  /** The worker says that it starts this one. */
  started(task: HostTask): HostTask {
    if (!this.isShared) Claims.claim(this.words, task.index, task.ticket)
    return task
  }

  /**
   * The worker is gone, and `isHeard`: all that it said was heard. Where it shares no words it says of each task that it starts
   * it, but of one that starts when no other is unanswered. Frames keep their order, so that one is the oldest here: it
   * counts as started (G6), and of the others those that were said to (G5).
   */
  conclude(isHeard: boolean): void {
    if (this.isShared || !isHeard) return
    const [oldest] = this.entries()
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

  /** Whether the worker has started any of them. */
  get hasStarted(): boolean {
    for (const task of this.places) {
      if (task === undefined) continue
      const claim = this.claimOf(task)
      if (claim === "claimed" || claim === "done") return true
    }
    return false
  }

  /** Those that may run and were not asked to end, or are still within their grace. */
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
