/**
 * The engine of one pool: what it admits, and how it opens, fails and closes.
 *
 * Receives entries from `submission.ts`, hands them to the `Dispatcher` or puts them in the `Ledger`'s queue; the
 * `Crew` tells it about workers. Upholds G7: the policy at the bound.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import { PoolClosed, QueueFull, type Reason, Shed, UnknownTask } from "../../TaskError.ts"
import type { WorkerTransport } from "../../WorkerTransport.ts"
import * as PoolMachine from "../machine/poolMachine.ts"
import { oneAtATime } from "../machine/transition.ts"
import type { TaskDefinition } from "../model/definition.ts"
import type { TaskId, WorkerId } from "../model/ids.ts"
import type { PoolSettings } from "../model/options.ts"
import type { PoolSnapshot } from "../model/pool.ts"
import type { PoolEvent } from "../../PoolEvent.ts"
import { Crew, type CrewOwner } from "./Crew.ts"
import { Crossing } from "./crossing.ts"
import { Dispatcher } from "./Dispatcher.ts"
import type { Entry, Why } from "./Entry.ts"
import { parentOf } from "./Family.ts"
import { EventBus } from "./EventBus.ts"
import { reportLeftBehind, reportThrown } from "./logs.ts"
import type { HostWorker } from "./HostWorker.ts"
import { Ledger } from "./Ledger.ts"
import { ownReason } from "./outcomes.ts"
import { Routes } from "./Route.ts"
import type { Place } from "./Sizing.ts"
import type { Candidate } from "./placement.ts"
import { snapshot } from "./snapshot.ts"
import { Slabs } from "./slabs.ts"
import type { TaskQueue } from "./TaskQueue.ts"
import { type Cancel, Timers } from "./Timers.ts"

export class Engine implements CrewOwner {
  readonly settings: PoolSettings
  readonly transport: WorkerTransport["Service"]
  readonly timers: Timers
  readonly events: EventBus<PoolEvent>
  readonly ledger: Ledger
  readonly routes: Routes
  readonly crossing: Crossing
  readonly crew: Crew
  /** As many as two chunks for each place; none where workers do not share memory with the host. */
  readonly slabs: Slabs | undefined
  /** Invariant: written by `take` alone. */
  state: PoolMachine.PoolState = "starting"
  /** Why the pool failed, once it has. */
  failure: Reason | undefined = undefined

  readonly dispatcher: Dispatcher
  private readonly step = oneAtATime((event: PoolMachine.PoolEvent) => this.take(event))
  private readonly context: Context.Context<never>
  private nextTask: TaskId = 1
  /** What the workers serve; known once the first one is ready. */
  private served: Set<string> | undefined
  private drainTimer: Cancel | undefined
  private onState: Array<() => void> = []

  constructor(
    settings: PoolSettings,
    transport: WorkerTransport["Service"],
    context: Context.Context<never>
  ) {
    this.settings = settings
    this.transport = transport
    this.context = context
    this.timers = new Timers(context, transport.turn)
    this.events = new EventBus<PoolEvent>({
      report: (whose, cause) => reportThrown(context, "pool", whose, cause),
      eventOf: (whose, cause) => ({ _tag: "CallbackFailed", whose, cause })
    })
    this.routes = new Routes(settings.grace)
    this.crossing = new Crossing({ references: settings.references, platform: transport })
    this.ledger = new Ledger(settings, this.timers, this.events)
    const places: Array<Place> = []
    this.dispatcher = new Dispatcher(places, this.ledger, settings, transport, this.timers, this.events)
    this.crew = new Crew(this, places, this, context)
    const chunks = () => 2 * this.crew.sizing.bounds.max * settings.concurrency
    this.slabs = transport.sharedMemory ? new Slabs(chunks) : undefined
    this.timers.hear = () => this.crew.all.forEach((worker) => worker.drain())
    this.ledger.onFreed = () => this.dispatcher.pump()
    this.ledger.onIdle = () => this.crossing.forget()
    this.dispatcher.onStarved = () => this.crew.sizing.demand()
  }

  // --------------------------------------------------------------------------
  // admission
  // --------------------------------------------------------------------------

  newTaskId(): TaskId {
    return this.nextTask++
  }

  /** Why a task of this definition cannot be taken at all; `undefined` when it can. */
  refusal(definition: Pick<TaskDefinition, "name" | "module">, nested: boolean = false): Reason | undefined {
    switch (this.state) {
      case "draining":
        // What was begun is finished, and what that needs is a part of it.
        if (nested) return undefined
        return new PoolClosed({ state: "closing" })
      case "closing":
        return new PoolClosed({ state: "closing" })
      case "closed":
        return new PoolClosed({ state: "closed" })
      case "failed":
        return this.failure === undefined ? undefined : ownReason(this.failure)
      default:
        return definition.module === undefined && this.served?.has(definition.name) === false
          ? new UnknownTask({ name: definition.name, served: Array.from(this.served) })
          : undefined
    }
  }

  snapshot(): PoolSnapshot {
    return snapshot(this)
  }

  /** Whether a task that is submitted now is refused for want of a place. */
  isFullFor(candidate: Candidate): boolean {
    return (
      this.settings.strategy === "reject" &&
      this.ledger.queue.length >= this.settings.capacity &&
      !this.dispatcher.canTake(candidate)
    )
  }

  /** Takes an entry: to a worker, into the queue, or by the policy at the bound (G7). */
  submit(entry: Entry): void {
    const { events, ledger, settings } = this
    ledger.counts.submitted += entry.items ?? 1
    ledger.unsettled++
    if (events.isObserved) events.emit({ _tag: "TaskSubmitted", id: entry.id, task: entry.name })
    if (entry.pin !== undefined) {
      entry.pin.line.push(entry)
      return this.dispatcher.pump()
    }
    // Not counted, refused or shed: a task that has begun waits for it, and would hold its slot all the longer.
    if (parentOf(entry) !== undefined) {
      ledger.nested.push(entry)
      return this.dispatcher.pump()
    }
    if (this.dispatcher.sendNow(entry)) return
    const isRefused = settings.strategy === "reject" && ledger.queue.length >= settings.capacity
    this.crew.sizing.demand(isRefused ? 1 : 0)
    // Who waits before a full queue comes first when a place becomes free (S069).
    if (ledger.waiting.length === 0 && ledger.queue.length < settings.capacity)
      return ledger.queue.push(entry)
    switch (settings.strategy) {
      case "suspend":
        entry.state = "waiting"
        return ledger.waiting.push(entry)
      case "reject":
        return ledger.end(entry, { _tag: "Refused", reason: new QueueFull({ capacity: settings.capacity }) })
      case "shed-oldest":
        // In first: ending the oldest runs its caller, who may submit again.
        ledger.queue.push(entry)
        return ledger.end(ledger.queue.oldest()!, {
          _tag: "Refused",
          reason: new Shed({ capacity: settings.capacity })
        })
    }
  }

  // --------------------------------------------------------------------------
  // the crew's reports
  // --------------------------------------------------------------------------

  isStaffed(): boolean {
    return this.state === "starting" || this.state === "open" || this.state === "draining"
  }

  onReady(worker: HostWorker): void {
    this.served ??= new Set(worker.names)
    if (!this.isStaffed()) return worker.leave()
    this.step("workerReady")
    this.dispatcher.pump()
  }

  onExhausted(reason: Reason): void {
    this.failure = reason
    this.events.emit({ _tag: "PoolFailed", reason })
    this.step("exhausted")
  }

  onFewer(): void {
    if (this.state === "closing" && this.crew.all.every((w) => w.state === "stuck")) this.step("workersGone")
  }

  // --------------------------------------------------------------------------
  // the pool machine's actions; the procedure is numbered in shutdown.ts
  // --------------------------------------------------------------------------

  private take(event: PoolMachine.PoolEvent): void {
    const from = this.state
    const cell = PoolMachine.step(from, event)
    this.state = cell.next
    if (from !== cell.next) this.events.emit({ _tag: "PoolStateChanged", state: cell.next })
    for (const action of cell.actions) this.perform(action)
    if (from !== cell.next) for (const look of this.onState.splice(0)) this.events.guard("caller", look)
  }

  private perform(action: PoolMachine.PoolAction): void {
    const { crew, ledger } = this
    switch (action) {
      case "open":
        return
      case "fail":
        ledger.takesNothingBack = this.failure
        this.refuse(ledger.waiting, { _tag: "Refused", reason: this.failure! })
        this.refuse(ledger.queue, { _tag: "Refused", reason: this.failure! })
        this.refuse(ledger.nested, { _tag: "Refused", reason: this.failure! })
        return crew.dismiss()
      case "refuseWaiting":
        return this.refuse(ledger.waiting, closing)
      case "refuseQueued":
        ledger.takesNothingBack ??= new PoolClosed({ state: "closing" })
        this.refuse(ledger.queue, closing)
        this.refuse(ledger.nested, closing)
        for (const worker of crew.workers)
          for (const entry of worker.pinned.slice()) ledger.end(entry, closing)
        return
      case "armDrain":
        return this.armDrain()
      case "refuseUnstarted":
        ledger.takesNoRootsBack = new PoolClosed({ state: "closing" })
        this.refuse(ledger.queue, closing)
        for (const worker of crew.workers) this.refuseUnstartedOf(worker)
        return this.dispatcher.pump()
      case "interruptHeld":
        for (const worker of crew.workers) this.interruptHeldBy(worker)
        return
      case "stopWorkers":
        crew.dismiss()
        return this.onFewer()
      case "release":
        this.reportLeft(crew.stuck.map((worker) => worker.id))
        this.drainTimer?.()
        this.events.end()
    }
  }

  /** Also those that became stuck long ago: from now on nobody watches them. */
  private reportLeft(workers: ReadonlyArray<WorkerId>): void {
    if (workers.length === 0) return
    reportLeftBehind(this.context, workers)
    this.events.emit({ _tag: "WorkersLeftBehind", workers })
  }

  private refuse(line: TaskQueue<Entry>, why: Why): void {
    for (const entry of line.toArray()) this.ledger.end(entry, why)
  }

  /** What a task that runs has called is a part of it. */
  private refuseUnstartedOf(worker: HostWorker): void {
    for (const entry of worker.pinned.slice()) this.ledger.end(entry, closing)
    for (const entry of worker.held()) {
      if (parentOf(entry) === undefined) this.ledger.refuseUnstarted(entry, closing)
    }
  }

  private interruptHeldBy(worker: HostWorker): void {
    for (const entry of worker.held()) {
      if (entry.state !== "abandoned") this.ledger.end(entry, closing)
      // Its caller has left, so nobody else bounds what it takes.
      else
        entry.arm(
          "grace",
          this.timers.limit(entry.terms.grace, () => worker.terminate("closing"))
        )
    }
  }

  // --------------------------------------------------------------------------
  // closing
  // --------------------------------------------------------------------------

  /** Begins to close, by policy; the state says when nothing is left. */
  close(): void {
    const isBusy = this.state === "open" && this.ledger.unsettled > 0
    this.step(closeEvents[isBusy ? this.settings.onClose : "interrupt"])
  }

  /** Bounds the drain, and ends it once no task is left. */
  private armDrain(): void {
    this.drainTimer = this.timers.limit(this.settings.drainTimeout, () => {
      if (this.state === "draining") this.step("drainExpired")
    })
    this.ledger.whenIdle(() => {
      if (this.state === "draining") this.step("drained")
    })
  }

  /** Calls back at the next change of the pool's state, unless the returned function is called before. */
  whenStateChanges(callback: () => void): () => void {
    this.onState.push(callback)
    return () => {
      this.onState = this.onState.filter((c) => c !== callback)
    }
  }
}

const closeEvents = {
  interrupt: "closeInterrupting",
  drain: "closeDraining",
  finish: "closeFinishing"
} as const

const closing: Why = { _tag: "PoolClosing" }
