/**
 * The engine of one pool: admission, dispatch, and the one place where a task changes its state.
 *
 * Receives entries from `submission.ts`, hands them to `HostWorker`; replies come back as data and leave through
 * `Entry.onSettled`. Upholds G1 (every `settle` action ends in one `settle` call), G5, G7 and G8.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import * as CauseCodec from "../../protocol/CauseCodec.ts"
import type { Unclonable } from "../../protocol/Clonable.ts"
import type { CauseData, LogData } from "../../protocol/Message.ts"
import type { PoolEvent } from "../../PoolEvent.ts"
import {
  Malformed,
  NotSerializable,
  PoolClosed,
  QueueFull,
  type Reason,
  Shed,
  SpawnFailed,
  TaskError,
  UnknownTask
} from "../../TaskError.ts"
import type { WorkerTransport } from "../../WorkerTransport.ts"
import * as PoolMachine from "../machine/poolMachine.ts"
import * as TaskMachine from "../machine/taskMachine.ts"
import { defaults } from "../model/defaults.ts"
import type { TaskDefinition } from "../model/definition.ts"
import type { TaskId, WorkerId } from "../model/ids.ts"
import { Measure } from "../model/measure.ts"
import type { PoolSettings } from "../model/options.ts"
import type { Outcome } from "../model/outcome.ts"
import * as dispatch from "./dispatch.ts"
import type { Entry, Settlement, Why } from "./Entry.ts"
import { HostWorker, type WorkerOwner } from "./HostWorker.ts"
import { forwardLog } from "./logs.ts"
import * as outcomes from "./outcomes.ts"
import { TaskQueue } from "./TaskQueue.ts"
import { type Cancel, Timers } from "./Timers.ts"
import * as restarts from "./restarts.ts"

/** One place for a worker. Invariant: at most one worker, so that `size` is never exceeded. */
interface Place {
  worker: HostWorker | undefined
  restart: Cancel | undefined
}

export type Counts = { [K in Outcome | "submitted" | "late" | "requeued"]: number }

export class Engine implements WorkerOwner {
  readonly settings: PoolSettings
  readonly transport: WorkerTransport["Service"]
  readonly timers: Timers
  readonly context: Context.Context<never>

  /** Invariant: written by `stepPool` alone. */
  state: PoolMachine.PoolState = "starting"
  readonly queue: TaskQueue<Entry>
  /** Suspended callers, before the queue. */
  readonly waiting: TaskQueue<Entry>
  readonly places: Array<Place> = []
  readonly counts: Counts = {
    submitted: 0,
    succeeded: 0,
    failed: 0,
    died: 0,
    interrupted: 0,
    lost: 0,
    rejected: 0,
    late: 0,
    requeued: 0
  }
  /** Entries that are not settled yet, wherever they are. */
  unsettled = 0
  readonly listeners = new Set<(event: PoolEvent) => void>()

  private nextTask: TaskId = 1
  private nextWorker: WorkerId = 1
  private corked = 0
  private turnScheduled = false
  private readonly dirty: Array<HostWorker> = []
  private readonly measures = new Map<string, Measure>()
  private served: Set<string> | undefined
  private restartState = restarts.initial
  private failure: Reason | undefined
  private drainTimer: Cancel | undefined
  private onIdle: Array<() => void> = []
  private onState: Array<() => void> = []

  constructor(settings: PoolSettings, transport: WorkerTransport["Service"], context: Context.Context<never>) {
    this.settings = settings
    this.transport = transport
    this.context = context
    this.timers = new Timers(context)
    this.queue = new TaskQueue(settings.order, defaults.ageing)
    this.waiting = new TaskQueue("fifo", defaults.ageing)
  }

  // --------------------------------------------------------------------------
  // admission
  // --------------------------------------------------------------------------

  get workers(): ReadonlyArray<HostWorker> {
    const workers: Array<HostWorker> = []
    for (const place of this.places) if (place.worker !== undefined) workers.push(place.worker)
    return workers
  }

  newTaskId(): TaskId {
    return this.nextTask++
  }

  measureOf(name: string): Measure {
    let measure = this.measures.get(name)
    if (measure === undefined) this.measures.set(name, (measure = new Measure()))
    return measure
  }

  /** Why a task of this definition cannot be taken at all; `undefined` when it can. */
  refusal(definition: TaskDefinition): Reason | undefined {
    switch (this.state) {
      case "draining":
      case "closing":
        return new PoolClosed({ state: "closing" })
      case "closed":
        return new PoolClosed({ state: "closed" })
      case "failed":
        return this.failure
      default:
        return definition.module === undefined && this.served?.has(definition.name) === false
          ? new UnknownTask({ name: definition.name, served: Array.from(this.served) })
          : undefined
    }
  }

  /** Takes an entry: to a worker, into the queue, or by the policy at the bound (G7). */
  submit(entry: Entry): void {
    this.counts.submitted += entry.items ?? 1
    this.unsettled++
    if (this.listeners.size > 0) this.emit({ _tag: "TaskSubmitted", id: entry.id, task: entry.name })
    if (entry.pin !== undefined) return this.submitPinned(entry)
    if (this.queue.length === 0 && this.waiting.length === 0) {
      const worker = dispatch.choose(this.places, entry, this.settings.concurrency)
      if (worker !== undefined) return this.send(entry, worker)
    }
    if (this.queue.length < this.settings.capacity) {
      this.queue.push(entry)
      return this.watchQueue(entry)
    }
    switch (this.settings.strategy) {
      case "suspend":
        entry.state = "waiting"
        this.waiting.push(entry)
        return this.watchQueue(entry)
      case "reject":
        return this.end(entry, { _tag: "Refused", reason: new QueueFull({ capacity: this.settings.capacity }) })
      case "shed-oldest": {
        const oldest = this.queue.oldest() ?? entry
        this.end(oldest, { _tag: "Refused", reason: new Shed({ capacity: this.settings.capacity }) })
        if (oldest === entry) return
        this.queue.push(entry)
        this.watchQueue(entry)
      }
    }
  }

  private submitPinned(entry: Entry): void {
    const worker = this.workers.find((w) => w.id === entry.pin && w.state === "ready")
    if (worker === undefined) {
      return this.end(entry, { _tag: "Refused", reason: new PoolClosed({ state: "closing" }) })
    }
    worker.pinned.push(entry)
    this.pump()
  }

  private watchQueue(entry: Entry): void {
    const observers = entry.observers
    if (observers !== undefined) for (const observer of observers) observer(entry.state)
  }

  // --------------------------------------------------------------------------
  // dispatch
  // --------------------------------------------------------------------------

  /** Hands out everything that can be handed out now; while corked, `uncork` will. */
  pump(): void {
    if (this.corked === 0) this.handOut()
  }

  private handOut(): void {
    for (const place of this.places) {
      const worker = place.worker
      while (worker !== undefined && worker.pinned.length > 0 && dispatch.hasRoom(worker, this.settings.concurrency)) {
        this.send(worker.pinned.shift()!, worker)
      }
    }
    do this.drainQueue()
    while (this.queue.length === 0 && dispatch.rebalance(this.places) && this.queue.length > 0)
  }

  private drainQueue(): void {
    for (;;) {
      while (this.waiting.length > 0 && this.queue.length < this.settings.capacity) this.admit()
      const entry = this.queue.peek() ?? this.waiting.peek()
      if (entry === undefined) return
      const worker = dispatch.choose(this.places, entry, this.settings.concurrency)
      if (worker === undefined) return
      if (entry.state === "waiting") this.admit()
      this.queue.remove(entry)
      this.send(entry, worker)
    }
  }

  private admit(): void {
    const entry = this.waiting.peek()!
    this.waiting.remove(entry)
    this.step(entry, "admit")
  }

  private send(entry: Entry, worker: HostWorker): void {
    entry.estimate = entry.measure.estimate * (entry.items ?? 1)
    this.step(entry, "dispatch")
    worker.send(entry)
    if (this.listeners.size > 0) this.emit({ _tag: "TaskSent", id: entry.id, task: entry.name, worker: worker.id })
  }

  schedule(worker: HostWorker, wasIdle: boolean): void {
    // An idle worker is posted to at once, so that a lone task pays nothing for batching.
    if (wasIdle && this.corked === 0 && !worker.dirty) return worker.flush()
    if (worker.dirty) return
    worker.dirty = true
    this.dirty.push(worker)
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
      worker.dirty = false
      worker.flush()
    }
  }

  cork(): void {
    this.corked++
  }

  uncork(): void {
    if (this.corked > 1) {
      this.corked--
      return
    }
    // Still corked while work is handed out, so that each worker gets one post.
    if (this.queue.length > 0) dispatch.recallOverdue(this.places, this.timers.now())
    this.handOut()
    this.corked = 0
    this.flushAll()
    if (this.unsettled === 0) this.becameIdle()
  }

  // --------------------------------------------------------------------------
  // the task machine's actions
  // --------------------------------------------------------------------------

  step(entry: Entry, event: TaskMachine.TaskEvent): void {
    const from = entry.state
    const cell = TaskMachine.step(from, event)
    entry.state = cell.next
    for (const action of cell.actions) this.perform(entry, action)
    if (entry.observers !== undefined && entry.state !== from) {
      for (const observer of entry.observers) observer(entry.state)
    }
  }

  private perform(entry: Entry, action: TaskMachine.TaskAction): void {
    switch (action) {
      case "enqueue":
        return this.queue.push(entry)
      case "enqueueFront":
        this.counts.requeued++
        if (this.listeners.size > 0) {
          this.emit({ _tag: "TaskRequeued", id: entry.id, task: entry.name, worker: entry.lastWorker ?? 0 })
        }
        entry.runTimer?.()
        return this.requeue(entry)
      case "remove":
        this.queue.remove(entry)
        this.waiting.remove(entry)
        return
      case "armRun":
        entry.runTimer = this.timers.after(entry.runLimit, () => this.expire(entry, "run", entry.runLimit))
        return
      case "ask":
        return entry.holder?.ask(entry)
      case "armGrace":
        entry.graceTimer = this.timers.after(entry.grace, () => {
          entry.holder?.drain()
          if (entry.state === "interrupting") this.step(entry, "graceExpired")
        })
        return
      case "terminate":
        return entry.holder?.escalate(entry)
      case "release":
        return entry.holder?.release(entry)
      case "settleReply":
        return this.settle(entry, outcomes.fromReply(entry, entry.reply!, this.elapsed(entry)))
      case "settleWithdrawn":
        return this.settle(entry, outcomes.fromWhy(entry, "unstarted", this.elapsed(entry)))
      case "settleForced":
        return this.settle(entry, outcomes.fromWhy(entry, "forced", this.elapsed(entry)))
      case "settleStuck":
        return this.settle(entry, outcomes.fromWhy(entry, "stuck", this.elapsed(entry)))
      case "settleLost":
      case "settleLostReply":
        return this.settle(entry, outcomes.fromLoss(entry, entry.loss!, this.elapsed(entry)))
      case "leave":
        return this.deliver(entry, outcomes.abandoned(entry))
      case "countLate":
        this.counts.late++
        if (this.listeners.size > 0) this.emit({ _tag: "LateReply", id: entry.id, worker: entry.lastWorker ?? 0 })
    }
  }

  /** A recalled or orphaned entry goes where its number belongs; a closing pool takes nothing back. */
  private requeue(entry: Entry): void {
    if (entry.pin === undefined) this.queue.push(entry)
    const refusal = this.state === "failed" || this.state === "closing" ? this.refusal(entry.definition) : undefined
    if (refusal !== undefined) this.end(entry, { _tag: "Refused", reason: refusal })
    else if (entry.pin !== undefined) this.workers.find((w) => w.id === entry.pin)?.pinned.unshift(entry)
  }

  private elapsed(entry: Entry): number {
    return entry.interruptedAt === 0 ? 0 : this.timers.now() - entry.interruptedAt
  }

  private settle(entry: Entry, settlement: Settlement): void {
    entry.disarm()
    // An abandoned entry was delivered when its caller left.
    this.deliver(entry, settlement)
  }

  private deliver(entry: Entry, settlement: Settlement): void {
    this.counts[settlement.outcome] += entry.items ?? 1
    this.unsettled--
    if (this.listeners.size > 0) {
      if (settlement.receipt !== undefined) this.emit({ _tag: "TaskInterrupted", receipt: settlement.receipt })
      this.emit({ _tag: "TaskSettled", id: entry.id, task: entry.name, outcome: settlement.outcome })
    }
    entry.onSettled(settlement)
    if (this.unsettled === 0 && this.corked === 0) this.becameIdle()
  }

  // --------------------------------------------------------------------------
  // interruption and limits
  // --------------------------------------------------------------------------

  /** Ends an entry for a reason; the first reason stands. What waits is withdrawn, what runs takes the ladder. */
  end(entry: Entry, why: Why): void {
    if (entry.state === "settled") return
    entry.why ??= why
    if (entry.interruptedAt === 0) entry.interruptedAt = this.timers.now()
    if (entry.state === "waiting" || entry.state === "queued") {
      this.unpin(entry)
      this.step(entry, "withdraw")
    } else if (entry.state === "sent" && entry.holder!.revoke(entry)) this.step(entry, "withdraw")
    else if (why._tag === "Caller" && entry.onInterrupt === "abandon") this.step(entry, "abandon")
    else this.step(entry, "interrupt")
    this.pump()
  }

  private unpin(entry: Entry): void {
    if (entry.pin === undefined) return
    for (const worker of this.workers) {
      const at = worker.pinned.indexOf(entry)
      if (at >= 0) worker.pinned.splice(at, 1)
    }
  }

  /** A limit has passed on the host's clock: replies that arrived in time are heard first. */
  expire(entry: Entry, limitOf: "queue" | "run" | "deadline", limit: number): void {
    entry.holder?.drain()
    if (entry.state === "settled") return
    const started = TaskMachine.isHeld(entry.state) && entry.holder?.claimOf(entry) !== "queued"
    if (limitOf === "queue" && started) return
    const phase =
      limitOf !== "deadline"
        ? limitOf
        : started
          ? "run"
          : TaskMachine.isHeld(entry.state)
            ? ("start" as const)
            : ("queue" as const)
    this.end(entry, { _tag: "Deadline", phase, limit })
  }

  // --------------------------------------------------------------------------
  // replies: what workers say
  // --------------------------------------------------------------------------

  onSucceeded(entry: Entry, millis: number, value: unknown): void {
    entry.measure.add(millis / (entry.items ?? 1))
    this.restartState = restarts.served(this.restartState)
    entry.reply = this.decodeSuccess(entry, value)
    this.step(entry, "reply")
  }

  private decodeSuccess(entry: Entry, value: unknown): Exit.Exit<unknown, unknown> {
    try {
      const decode = entry.codec.host.decodeSuccess
      if (entry.items === undefined) return Exit.succeed(decode(value))
      if (!Array.isArray(value) || value.length !== entry.items) {
        const detail = `expected ${entry.items} results`
        return outcomes.failWith(entry.name, new Malformed({ side: "host", what: "success", path: "$", detail }))
      }
      return Exit.succeed(value.map(decode))
    } catch (error) {
      return this.malformedExit(entry, error)
    }
  }

  private malformedExit(entry: Entry, error: unknown): Exit.Exit<never, TaskError> {
    return error instanceof Malformed ? outcomes.failWith(entry.name, error) : Exit.die(error)
  }

  onFailed(entry: Entry, millis: number, data: CauseData): void {
    entry.measure.add(millis / (entry.items ?? 1))
    this.restartState = restarts.served(this.restartState)
    try {
      entry.reply = Exit.failCause(CauseCodec.decode(data, entry.name, entry.codec, callSite(entry)))
    } catch (error) {
      entry.reply = this.malformedExit(entry, error)
    }
    this.step(entry, "reply")
  }

  onRefused(entry: Entry, found: Unclonable): void {
    const { detail, path } = found
    const where = entry.definition.module === undefined ? path : path.replace(/^\$\[(\d+)\]/, "$$args[$1]")
    entry.reply = outcomes.failWith(
      entry.name,
      new NotSerializable({ side: "host", what: "payload", path: where, detail })
    )
    this.step(entry, "reply")
    this.pump()
  }

  onLate(worker: HostWorker, id: TaskId): void {
    this.counts.late++
    this.emit({ _tag: "LateReply", id, worker: worker.id })
  }

  onLog(worker: HostWorker, entry: Entry | undefined, log: LogData): void {
    forwardLog(this.context, worker.id, entry, log)
  }

  // --------------------------------------------------------------------------
  // workers come and go
  // --------------------------------------------------------------------------

  /** Starts every worker, side by side. */
  start(): void {
    for (let slot = 0; slot < this.settings.size; slot++) this.places.push({ worker: undefined, restart: undefined })
    for (let slot = 0; slot < this.settings.size; slot++) this.spawn(slot)
  }

  private spawn(slot: number): void {
    const place = this.places[slot]!
    place.restart = undefined
    if (this.state === "closing" || this.state === "closed" || this.state === "failed") return
    const worker = new HostWorker(this, this.nextWorker++, slot)
    place.worker = worker
    worker.start()
  }

  onReady(worker: HostWorker): void {
    this.served ??= new Set(worker.names)
    if (this.state === "closing" || this.state === "failed") worker.leave()
    else {
      this.stepPool("workerReady")
      this.pump()
    }
  }

  onStartFailed(worker: HostWorker, failure: SpawnFailed): void {
    this.restartState = restarts.failed(this.restartState)
    const reason = new SpawnFailed({ ...failure, attempts: this.restartState.failures })
    this.failure = reason
    this.emit({ _tag: "SpawnFailed", worker: worker.id, reason })
    this.giveUpIfExhausted()
  }

  private giveUpIfExhausted(): void {
    const anyReady = this.workers.some((w) => w.state === "ready")
    if (this.state === "starting" || (restarts.isExhausted(this.restartState) && !anyReady)) {
      this.stepPool("exhausted")
    }
  }

  onStuck(_worker: HostWorker): void {
    this.checkGone()
  }

  onVacated(worker: HostWorker, why: "start" | "idle" | "running" | "stopped"): void {
    const place = this.places[worker.slot]!
    if (place.worker === worker) place.worker = undefined
    if (this.state === "closing" || this.state === "closed" || this.state === "failed") return this.checkGone()
    if (why === "running") this.restartState = restarts.crashed(this.restartState)
    if (why === "idle") {
      if (worker.settled === 0) this.restartState = restarts.failed(this.restartState)
      this.failure = new SpawnFailed({ ...worker.exitDetail, phase: "ready", attempts: this.restartState.failures })
      this.giveUpIfExhausted()
      if (this.hasFailed) return
    }
    const delay = why === "stopped" ? 0 : restarts.delay(this.restartState)
    const failures = Math.max(this.restartState.failures, this.restartState.crashes)
    this.emit({ _tag: "RestartScheduled", slot: worker.slot, delay, failures })
    place.restart = this.timers.after(delay, () => this.spawn(worker.slot))
  }

  // --------------------------------------------------------------------------
  // the pool machine's actions; the numbered shutdown is in shutdown.ts
  // --------------------------------------------------------------------------

  stepPool(event: PoolMachine.PoolEvent): void {
    const from = this.state
    const cell = PoolMachine.step(from, event)
    this.state = cell.next
    if (from !== cell.next) this.emit({ _tag: "PoolStateChanged", state: cell.next })
    for (const action of cell.actions) this.performPool(action)
    if (from !== cell.next) for (const listener of this.onState.splice(0)) listener()
  }

  private performPool(action: PoolMachine.PoolAction): void {
    switch (action) {
      case "open":
        return
      case "fail":
        for (const entry of [...this.waiting.toArray(), ...this.queue.toArray()]) {
          this.end(entry, { _tag: "Refused", reason: this.failure! })
        }
        for (const worker of this.workers) worker.leave()
        return
      case "refuseWaiting":
        return this.refuseAll(this.waiting)
      case "refuseQueued":
        this.refuseAll(this.queue)
        for (const worker of this.workers) for (const entry of worker.pinned.slice()) this.end(entry, closing)
        return
      case "interruptHeld":
        for (const worker of this.workers) {
          const entries = Array.from(worker.held.values())
          for (const entry of entries) {
            if (entry.state === "abandoned") this.timers.after(entry.grace, () => worker.terminate("closing"))
            else this.end(entry, closing)
          }
        }
        return
      case "stopWorkers":
        for (const place of this.places) place.restart?.()
        for (const worker of this.workers) worker.leave()
        return this.checkGone()
      case "release":
        this.drainTimer?.()
        this.listeners.clear()
    }
  }

  private refuseAll(line: TaskQueue<Entry>): void {
    for (const entry of line.toArray()) this.end(entry, closing)
  }

  private checkGone(): void {
    if (this.state === "closing" && this.workers.every((w) => w.state === "stuck")) this.stepPool("workersGone")
  }

  /** Begins to close, by policy; `onClosed` hears when nothing is left. */
  close(): void {
    const draining = this.settings.onClose === "drain" && this.state === "open" && this.unsettled > 0
    this.stepPool(draining ? "closeDraining" : "closeInterrupting")
    if (this.state !== "draining") return
    this.drainTimer = this.timers.after(this.settings.drainTimeout, () => {
      if (this.state === "draining") this.stepPool("drainExpired")
    })
    this.whenIdle(() => {
      if (this.state === "draining") this.stepPool("drained")
    })
  }

  /** Calls back once no task is unsettled; at once if there is none. */
  whenIdle(callback: () => void): () => void {
    if (this.unsettled === 0) {
      callback()
      return () => {}
    }
    this.onIdle.push(callback)
    return () => {
      this.onIdle = this.onIdle.filter((c) => c !== callback)
    }
  }

  private becameIdle(): void {
    if (this.onIdle.length === 0) return
    const callbacks = this.onIdle
    this.onIdle = []
    for (const callback of callbacks) callback()
  }

  /** Calls back at the next change of the pool's state. */
  whenStateChanges(callback: () => void): void {
    this.onState.push(callback)
  }

  private get hasFailed(): boolean {
    return this.state === "failed"
  }

  /** Why the pool failed. */
  get failureReason(): Reason | undefined {
    return this.failure
  }

  isObserved(): boolean {
    return this.listeners.size > 0
  }

  emit(event: PoolEvent): void {
    for (const listener of this.listeners) listener(event)
  }
}

const closing: Why = { _tag: "PoolClosing" }

/** The caller's own frames, to stand under the worker's stack. */
const callSite = (entry: Entry): string => {
  const lines = [`    at ${entry.name} (task ${entry.id} on worker ${entry.lastWorker})`]
  for (let frame = entry.fiber.cache.stackFrame; frame !== undefined && lines.length < 12; frame = frame.parent) {
    const stack = frame.stack()
    lines.push(stack === undefined ? `    at ${frame.name}` : `    at ${frame.name} (${stack.trim().replace(/^at /, "")})`)
  }
  return lines.join("\n")
}
