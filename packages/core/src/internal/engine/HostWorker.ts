/**
 * One worker, from spawn to exit, as the host holds it: what it runs, what it was sent, and how it ends.
 *
 * Receives entries from the dispatcher (`Engine`), hands frames to `WorkerTransport`; replies come back through
 * `onFrame` and climb to the engine as data. Upholds the invariants on its fields.
 *
 * @since 0.1.0
 */
import { defaults } from "../model/defaults.ts"
import type { SlotIndex, TaskId, WorkerId } from "../model/ids.ts"
import type { PoolSettings } from "../model/options.ts"
import type { Casualty } from "../model/outcome.ts"
import * as CauseCodec from "../../protocol/CauseCodec.ts"
import * as Claims from "../../protocol/Claims.ts"
import { show } from "../../protocol/Defect.ts"
import type { Unclonable } from "../../protocol/Clonable.ts"
import * as Message from "../../protocol/Message.ts"
import { Outbox } from "../../protocol/Outbox.ts"
import type { PoolEvent } from "../../PoolEvent.ts"
import { SpawnFailed, WorkerLost } from "../../TaskError.ts"
import type { WorkerConnection, WorkerExit, WorkerTransport } from "../../WorkerTransport.ts"
import * as Machine from "../machine/workerMachine.ts"
import type { TaskEvent } from "../machine/taskMachine.ts"
import type { Entry, Holder } from "./Entry.ts"
import type { Cancel, Timers } from "./Timers.ts"

/** What a worker asks of the engine. Calls are synchronous. */
export interface WorkerOwner {
  readonly settings: PoolSettings
  readonly transport: WorkerTransport["Service"]
  readonly timers: Timers
  readonly emit: (event: PoolEvent) => void
  readonly isObserved: () => boolean
  readonly step: (entry: Entry, event: TaskEvent) => void
  /** Posts are held back until `uncork`, and the pool is pumped then. */
  readonly cork: () => void
  readonly uncork: () => void
  /** The worker has something to post; at once if it was idle, else with all else of this turn. */
  readonly schedule: (worker: HostWorker, wasIdle: boolean) => void
  readonly onReady: (worker: HostWorker) => void
  readonly onSucceeded: (entry: Entry, millis: number, value: unknown) => void
  readonly onFailed: (entry: Entry, millis: number, cause: Message.CauseData) => void
  readonly onRefused: (entry: Entry, found: Unclonable) => void
  readonly onLate: (worker: HostWorker, id: TaskId) => void
  readonly onLog: (worker: HostWorker, entry: Entry | undefined, log: Message.LogData) => void
  readonly onStartFailed: (worker: HostWorker, failure: SpawnFailed) => void
  readonly onStuck: (worker: HostWorker) => void
  readonly onVacated: (worker: HostWorker, why: "start" | "idle" | "running" | "stopped") => void
}

export class HostWorker implements Holder {
  readonly id: WorkerId
  readonly slot: SlotIndex
  private readonly owner: WorkerOwner

  /** Invariant: written by `step` alone. */
  state: Machine.WorkerState = "starting"
  names: ReadonlyArray<string> = []
  /** What it holds, in the order it was sent. Invariant: each entry's `holder` is this worker. */
  readonly held = new Map<TaskId, Entry>()
  /** Sum of the estimates of what it holds, in milliseconds. */
  backlog = 0
  /** When it last replied, or got work after having none. */
  progressAt = 0
  settled = 0
  /** Set once it is to end as soon as it holds nothing. Takes no new entries. */
  leaving = false
  /** Entries that only this worker may run. */
  readonly pinned: Array<Entry> = []
  /** Invariant: listed in the engine's set of workers to flush exactly while `dirty`. */
  dirty = false

  private connection: WorkerConnection | undefined
  private readonly outbox: Outbox
  private readonly words: Claims.Words
  private readonly depth: number
  // Invariant: the indexes of claim words that no held entry uses.
  private readonly free: Array<number> = []
  private sequence = 0
  private startTimer: Cancel | undefined
  private timer: Cancel | undefined
  /** Defined while co-runners have their grace before a termination; takes no new entries meanwhile. */
  private graceTimer: Cancel | undefined
  private startFailure: { readonly phase: SpawnFailed["phase"]; readonly cause?: unknown } | undefined
  private exit: WorkerExit = { outOfMemory: false, stderr: "" }
  private violated: string | undefined
  private hadTasks = false

  constructor(owner: WorkerOwner, id: WorkerId, slot: SlotIndex) {
    this.owner = owner
    this.id = id
    this.slot = slot
    this.depth = owner.transport.sharedMemory
      ? Math.max(defaults.depth, owner.settings.concurrency)
      : owner.settings.concurrency
    const bytes = Claims.byteLength(this.depth)
    this.words = new Int32Array(owner.transport.sharedMemory ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes))
    for (let index = this.depth - 1; index >= 0; index--) this.free.push(index)
    this.outbox = new Outbox({
      generation: id,
      post: (frame, transfer) => this.connection?.post(frame, transfer),
      onRefused: (taskId, found) => {
        const entry = this.held.get(taskId)
        if (entry !== undefined) owner.onRefused(entry, found)
      }
    })
  }

  get threadId(): number | undefined {
    return this.connection?.threadId
  }

  get pid(): number | undefined {
    return this.connection?.pid
  }

  get accepts(): boolean {
    return this.state === "ready" && !this.leaving && this.graceTimer === undefined && this.free.length > 0
  }

  /** How many of the entries it holds it cannot have started yet. */
  get ahead(): number {
    return Math.max(0, this.held.size - this.owner.settings.concurrency)
  }

  // --------------------------------------------------------------------------
  // start
  // --------------------------------------------------------------------------

  start(): void {
    const { owner } = this
    owner.emit({ _tag: "WorkerStarting", worker: this.id, slot: this.slot })
    this.startTimer = owner.timers.after(owner.settings.startTimeout, () => {
      this.connection?.drain()
      if (this.state !== "starting") return
      this.startFailure ??= { phase: "ready" }
      this.step("startExpired")
    })
    try {
      this.connection = owner.transport.spawn(
        {
          version: Message.version,
          generation: this.id,
          concurrency: owner.settings.concurrency,
          words: owner.transport.sharedMemory ? this.words : undefined,
          depth: this.depth
        },
        {
          onFrame: (frame) => this.onFrame(frame),
          onStray: (message) => owner.emit({ _tag: "StrayMessage", worker: this.id, preview: show(message).slice(0, 200) }),
          onExit: (exit) => this.onExit(exit)
        }
      )
    } catch (cause) {
      this.startFailure = { phase: "spawn", cause }
      this.step("exit")
    }
  }

  // --------------------------------------------------------------------------
  // to the worker
  // --------------------------------------------------------------------------

  /** Sends an entry. Must only be called while `accepts`. */
  send(entry: Entry): void {
    const wasIdle = this.held.size === 0
    if (wasIdle) this.progressAt = this.owner.timers.now()
    entry.holder = this
    entry.lastWorker = this.id
    entry.attempts++
    entry.index = this.free.pop()!
    entry.ticket = Claims.offer(this.words, entry.index)
    this.held.set(entry.id, entry)
    this.backlog += entry.estimate
    if (entry.transfer !== undefined) this.outbox.flush()
    Message.pushRun(
      this.outbox.open(entry.id),
      entry.items !== undefined,
      entry.id,
      entry.index,
      entry.ticket,
      entry.name,
      entry.payload,
      entry.extra
    )
    if (entry.transfer !== undefined) {
      // Travels alone; what it moves is gone from here, so the entry must not be sent again.
      this.outbox.flush(entry.transfer)
      return
    }
    this.owner.schedule(this, wasIdle)
  }

  flush(): void {
    this.outbox.flush()
  }

  revoke(entry: Entry): boolean {
    if (!this.owner.transport.sharedMemory) return false
    return Claims.revoke(this.words, entry.index, entry.ticket)
  }

  claimOf(entry: Entry): Claims.ClaimState {
    // Without shared words nobody knows; what was sent counts as started (G6).
    return this.owner.transport.sharedMemory ? Claims.read(this.words, entry.index, entry.ticket) : "claimed"
  }

  ask(entry: Entry): void {
    Claims.interrupt(this.words, entry.index, entry.ticket)
    Message.pushInterrupt(this.outbox.open(0), entry.id)
    this.outbox.flush()
  }

  release(entry: Entry): void {
    if (!this.held.delete(entry.id)) return
    this.free.push(entry.index)
    this.backlog = this.held.size === 0 ? 0 : this.backlog - entry.estimate
    entry.holder = undefined
    if (this.state !== "ready") return
    if (this.graceTimer !== undefined) this.reconsider()
    else if (this.held.size === 0 && this.leaving) this.step("stop")
  }

  drain(): void {
    this.connection?.drain()
  }

  // --------------------------------------------------------------------------
  // the end
  // --------------------------------------------------------------------------

  /** The grace of `entry` has passed. Co-runners get one grace of their own before they are lost with it (G5). */
  escalate(entry: Entry): void {
    if (this.state !== "ready" || this.graceTimer !== undefined) return
    this.recall()
    if (!this.hasCoRunners()) return this.terminate("grace")
    this.graceTimer = this.owner.timers.after(entry.grace, () => this.terminate("grace"))
  }

  /** An entry has ended while co-runners have their grace. */
  private reconsider(): void {
    const overdue = Array.from(this.held.values()).some((e) => e.state === "terminating")
    if (overdue && this.hasCoRunners()) return
    this.graceTimer?.()
    this.graceTimer = undefined
    if (overdue) this.terminate("grace")
    else if (this.leaving && this.held.size === 0) this.step("stop")
  }

  /** Ends as soon as it holds nothing. */
  leave(): void {
    this.leaving = true
    if (this.state === "ready" && this.held.size > 0) return
    this.step("stop")
  }

  terminate(why: "grace" | "closing" | "violation" | "startTimeout"): void {
    if (this.state === "ready" || this.state === "stopping" || this.state === "starting") {
      this.owner.emit({ _tag: "WorkerTerminating", worker: this.id, why })
    }
    this.step("terminate")
  }

  /** Whether others run here that were not asked to end. */
  private hasCoRunners(): boolean {
    return Array.from(this.held.values()).some((e) => e.state === "sent" || e.state === "running")
  }

  /** Gives back to the queue what has not started. */
  recall(limit = Infinity): number {
    let count = 0
    const entries = Array.from(this.held.values())
    for (let i = entries.length - 1; i >= 0 && count < limit; i--) {
      const entry = entries[i]!
      // Moved payloads are not here any more to be sent elsewhere.
      if (entry.state !== "sent" || entry.transfer !== undefined || !this.revoke(entry)) continue
      this.owner.step(entry, "recall")
      count++
    }
    return count
  }

  // --------------------------------------------------------------------------
  // from the worker
  // --------------------------------------------------------------------------

  private onFrame(value: unknown): void {
    if (this.state === "gone") return
    const { owner } = this
    owner.cork()
    try {
      const frame = Message.checkHeader(value, this.id, this.sequence)
      if (frame === undefined) {
        owner.onLate(this, 0)
        return
      }
      this.sequence++
      this.progressAt = owner.timers.now()
      Message.readReplies(frame, this.visitor)
    } catch (error) {
      this.violated = error instanceof Error ? error.message : show(error)
      if (this.state === "starting") this.startFailure ??= { phase: "import", cause: error }
      this.step("violation")
    } finally {
      owner.uncork()
    }
  }

  private readonly visitor: Message.ReplyVisitor = {
    succeeded: (id, millis, value) => {
      const entry = this.held.get(id)
      if (entry === undefined) return this.owner.onLate(this, id)
      this.settled += entry.items ?? 1
      this.owner.onSucceeded(entry, millis, value)
    },
    failed: (id, millis, cause) => {
      const entry = this.held.get(id)
      if (entry === undefined) return this.owner.onLate(this, id)
      this.settled += entry.items ?? 1
      this.owner.onFailed(entry, millis, cause)
    },
    started: (id) => {
      const entry = this.held.get(id)
      if (entry !== undefined) this.owner.step(entry, "start")
    },
    absent: (id) => {
      const entry = this.held.get(id)
      if (entry === undefined) return
      entry.loss = this.lost("reply", [])
      this.owner.step(entry, "absent")
    },
    log: (id, log) => this.owner.onLog(this, id === undefined ? undefined : this.held.get(id), log),
    ready: (version, names) => {
      if (version !== Message.version) {
        this.startFailure = { phase: "version", cause: new Error(`it speaks version ${version}, not ${Message.version}`) }
        return this.step("startFailed")
      }
      this.names = names
      this.step("ready")
    },
    startFailed: (failure, cause) => {
      this.startFailure = { phase: failure, cause: CauseCodec.firstDefect(cause) }
      this.step("startFailed")
    },
    stopped: () => this.step("stopped")
  }

  private onExit(exit: WorkerExit): void {
    this.exit = exit
    this.owner.cork()
    try {
      this.step("exit")
    } finally {
      this.owner.uncork()
    }
  }

  // --------------------------------------------------------------------------
  // the machine's actions
  // --------------------------------------------------------------------------

  private step(event: Machine.WorkerEvent): void {
    const from = this.state
    const cell = Machine.step(from, event)
    this.state = cell.next
    for (const action of cell.actions) this.perform(action, from)
  }

  private perform(action: Machine.WorkerAction, from: Machine.WorkerState): void {
    const { owner } = this
    switch (action) {
      case "serve":
        this.startTimer?.()
        owner.emit({ _tag: "WorkerReady", worker: this.id, tasks: this.names })
        return owner.onReady(this)
      case "failStart": {
        this.startTimer?.()
        const { cause, phase } = this.startFailure ?? { phase: "import" as const, cause: this.exit.cause }
        return owner.onStartFailed(this, new SpawnFailed({ ...this.detail(cause), phase, attempts: 1 }))
      }
      case "recall":
        this.recall()
        return
      case "askStop":
        Message.pushStop(this.outbox.open(0))
        return this.outbox.flush()
      case "armStop":
        this.timer = owner.timers.after(owner.settings.grace, () => this.step("stopExpired"))
        return
      case "terminate":
        this.timer?.()
        this.graceTimer?.()
        return this.connection?.terminate()
      case "armTerminate":
        if (this.state !== "terminating") return
        this.timer = owner.timers.after(owner.settings.terminateTimeout, () => this.step("terminateExpired"))
        return
      case "lose":
        return this.lose()
      case "giveUp":
        return this.giveUp()
      case "reportStuck":
        owner.emit({ _tag: "WorkerStuck", worker: this.id })
        return owner.onStuck(this)
      case "reportViolation":
        return owner.emit({ _tag: "ProtocolViolation", worker: this.id, detail: this.violated ?? `unexpected message while ${from}` })
      case "reportExit":
        return this.reportExit(from)
      case "vacate":
        this.startTimer?.()
        this.timer?.()
        this.graceTimer?.()
        return owner.onVacated(
          this,
          from === "starting" || this.startFailure !== undefined
            ? "start"
            : this.endedOnPurpose(from)
              ? "stopped"
              : this.hadTasks
                ? "running"
                : "idle"
        )
    }
  }

  private endedOnPurpose(from: Machine.WorkerState): boolean {
    return from !== "ready" && this.violated === undefined
  }

  private reportExit(from: Machine.WorkerState): void {
    this.hadTasks = this.held.size > 0
    if (this.endedOnPurpose(from)) return this.owner.emit({ _tag: "WorkerStopped", worker: this.id })
    this.owner.emit({
      _tag: "WorkerLost",
      worker: this.id,
      exitCode: this.exit.exitCode,
      signal: this.exit.signal,
      outOfMemory: this.exit.outOfMemory,
      cause: this.exit.cause,
      running: this.startedNames()
    })
  }

  private startedNames(): Array<string> {
    return Array.from(this.held.values())
      .filter((entry) => this.claimOf(entry) !== "queued")
      .map((entry) => entry.name)
  }

  /** The worker is gone: what had not started moves on, what had is lost, what was to end is told so (G5). */
  private lose(): void {
    const entries = Array.from(this.held.values())
    const running = this.startedNames()
    const casualties = entries
      .filter((e) => (e.state === "sent" || e.state === "running") && this.claimOf(e) !== "queued")
      .map((e): Casualty => ({ task: e.name, id: e.id }))
    // Backwards, so that requeued entries keep their order at the front of the queue.
    for (const entry of entries.toReversed()) {
      // Settling one runs its caller, who may have ended another.
      if (entry.holder !== this) continue
      const claim = this.claimOf(entry)
      entry.casualties = casualties
      entry.loss = this.lost(claim === "done" ? "reply" : claim === "queued" ? "queue" : "run", running)
      this.owner.step(entry, this.exitEvent(entry, claim))
    }
    for (const entry of this.pinned.splice(0)) {
      entry.why ??= { _tag: "Refused", reason: this.lost("queue", running) }
      this.owner.step(entry, "withdraw")
    }
  }

  private exitEvent(entry: Entry, claim: Claims.ClaimState): TaskEvent {
    if (claim === "queued" && entry.transfer === undefined && entry.pin === undefined) return "exitUnstarted"
    if (entry.definition.policy.idempotent && entry.pin === undefined && entry.attempts < defaults.idempotentAttempts) {
      return "exitRetry"
    }
    return "exitStarted"
  }

  /** It cannot be ended: nobody waits for it any longer, but its place stays taken. */
  private giveUp(): void {
    const entries = Array.from(this.held.values())
    const running = this.startedNames()
    for (const entry of entries) {
      if (entry.holder !== this) continue
      entry.loss = this.lost("run", running)
      this.owner.step(entry, entry.state === "sent" || entry.state === "running" ? "exitStarted" : "terminateExpired")
    }
  }

  private lost(phase: WorkerLost["phase"], running: ReadonlyArray<string>): WorkerLost {
    return new WorkerLost({ ...this.exitDetail, phase, running: [...running] })
  }

  /** How it ended, or what is known of it so far. */
  get exitDetail() {
    return this.detail(
      this.violated === undefined ? this.exit.cause : new Error(`protocol violation: ${this.violated}`)
    )
  }

  private detail(cause: unknown) {
    const { exitCode, outOfMemory, signal, stderr } = this.exit
    const { pid, threadId } = this
    return {
      worker: this.id,
      outOfMemory,
      stderr,
      ...(threadId !== undefined ? { threadId } : undefined),
      ...(pid !== undefined ? { pid } : undefined),
      ...(exitCode !== undefined ? { exitCode } : undefined),
      ...(signal !== undefined ? { signal } : undefined),
      ...(cause !== undefined ? { cause } : undefined)
    }
  }
}
