/**
 * The engine of one pool: what it admits, and how it opens, fails and closes.
 *
 * Receives tasks from `submission.ts`, hands them to the `Dispatcher` or puts them in the `TaskLifecycle`'s queue; the
 * `Fleet` tells it about workers. Upholds G7: the policy at the bound.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import { PoolClosed, QueueFull, type Reason, Shed, UnknownTask } from "../../../TaskError.ts"
import type { WorkerTransport } from "../../../WorkerTransport.ts"
import * as PoolMachine from "../../machine/poolMachine.ts"
import { oneAtATime } from "../../machine/transition.ts"
import type { TaskDefinition } from "../../model/definition.ts"
import type { TaskId, WorkerId } from "../../model/ids.ts"
import type { PoolSettings } from "../../model/options.ts"
import type { PoolSnapshot } from "../../model/pool.ts"
import type { PoolEvent } from "../../../PoolEvent.ts"
import { Fleet, type FleetOwner } from "../fleet/Fleet.ts"
import { CallContext } from "../../shared/callContext.ts"
import { Dispatcher } from "../dispatch/Dispatcher.ts"
import type { HostTask, Why } from "../tasks/HostTask.ts"
import { parentOf } from "../tasks/family.ts"
import { EventBus } from "../../shared/EventBus.ts"
import { reportThrown } from "../../shared/hostLog.ts"
import { reportLeftBehind } from "./workerLogs.ts"
import type { HostWorker } from "../worker/HostWorker.ts"
import { TaskLifecycle } from "../tasks/TaskLifecycle.ts"
import { ownReason } from "../tasks/outcomes.ts"
import { ServedTasks } from "../dispatch/ServedTask.ts"
import { Seats } from "../fleet/Seats.ts"
import { make as makeSignals, type Signals } from "../signals.ts"
import { BrokenInvariant, findBroken } from "./invariants.ts"
import { publish, stamp } from "./poolEvents.ts"
import type { Candidate } from "../dispatch/placement.ts"
import { snapshot } from "./snapshot.ts"
import { SharedChunks } from "../../shared/sharedChunks.ts"
import type { TaskQueue } from "../admission/TaskQueue.ts"
import { type Cancel, Timers } from "../../shared/Timers.ts"

export class PoolEngine implements FleetOwner {
  readonly settings: PoolSettings
  readonly transport: WorkerTransport["Service"]
  readonly timers: Timers
  readonly signals: Signals<HostWorker> = makeSignals()
  readonly events: EventBus<PoolEvent>
  readonly lifecycle: TaskLifecycle
  readonly servedTasks: ServedTasks
  readonly callContext: CallContext
  readonly fleet: Fleet
  /** As many as two chunks for each place; none where workers do not share memory with the host. */
  readonly sharedChunks: SharedChunks | undefined
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
  private broken: BrokenInvariant | undefined
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
    const origin = { pool: settings.name, timers: this.timers }
    this.events = new EventBus<PoolEvent>({
      report: (whose, cause) => reportThrown(context, "pool", whose, cause),
      eventOf: (whose, cause) => stamp(origin, { _tag: "CallbackFailed", whose, cause })
    })
    publish(this.signals, this.events, origin)
    this.servedTasks = new ServedTasks(settings.grace)
    this.callContext = new CallContext({ references: settings.references, platform: transport })
    this.lifecycle = new TaskLifecycle(settings, this.timers, this.signals, this.events)
    const seats = new Seats()
    this.dispatcher = new Dispatcher(
      seats.all,
      this.lifecycle,
      settings,
      transport,
      this.timers,
      this.signals
    )
    this.fleet = new Fleet(this, seats, this, context)
    const chunks = () => 2 * this.fleet.sizing.bounds.max * settings.concurrency
    this.sharedChunks = transport.sharedMemory ? new SharedChunks(chunks) : undefined
    this.timers.hear = () => this.fleet.all.forEach((worker) => worker.drain())
    if (transport.isChecked === true) this.signals.pool.batchEnded.subscribe(() => this.check())
    this.signals.pool.becameIdle.subscribe(() => this.callContext.forget())
  }

  /** The first invariant that did not hold, of a pool that is checked. */
  get brokenInvariant(): BrokenInvariant | undefined {
    return this.broken
  }

  private check(): void {
    const found = this.broken === undefined ? findBroken(this) : undefined
    if (found !== undefined) this.broken = new BrokenInvariant(found)
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
      this.lifecycle.queue.length >= this.settings.capacity &&
      !this.dispatcher.canTake(candidate)
    )
  }

  /** Takes a task: to a worker, into the queue, or by the policy at the bound (G7). */
  submit(task: HostTask): void {
    const { lifecycle, settings } = this
    lifecycle.admit(task)
    if (task.pin !== undefined) {
      task.pin.line.push(task)
      return this.dispatcher.pump()
    }
    // Not counted, refused or shed: a task that has begun waits for it, and would hold its slot all the longer.
    if (parentOf(task) !== undefined) {
      lifecycle.nested.push(task)
      return this.dispatcher.pump()
    }
    if (this.dispatcher.sendNow(task)) return
    const isRefused = settings.strategy === "reject" && lifecycle.queue.length >= settings.capacity
    this.signals.pool.queueGrew.tell(isRefused ? 1 : 0)
    // Who waits before a full queue comes first when a place becomes free (S069).
    if (lifecycle.waiting.length === 0 && lifecycle.queue.length < settings.capacity)
      return lifecycle.queue.push(task)
    switch (settings.strategy) {
      case "suspend":
        return lifecycle.suspend(task)
      case "reject":
        return lifecycle.end(task, {
          _tag: "Refused",
          reason: new QueueFull({ capacity: settings.capacity })
        })
      case "shed-oldest":
        // In first: ending the oldest runs its caller, who may submit again.
        lifecycle.queue.push(task)
        return lifecycle.end(lifecycle.queue.oldest()!, {
          _tag: "Refused",
          reason: new Shed({ capacity: settings.capacity })
        })
    }
  }

  // --------------------------------------------------------------------------
  // the fleet's reports
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
    this.signals.pool.failed.tell(reason)
    this.step("exhausted")
  }

  onFewer(): void {
    if (this.state === "closing" && this.fleet.all.every((w) => w.state === "stuck")) this.step("workersGone")
  }

  // --------------------------------------------------------------------------
  // the pool machine's actions; the procedure is numbered in shutdown.ts
  // --------------------------------------------------------------------------

  private take(event: PoolMachine.PoolEvent): void {
    const from = this.state
    const cell = PoolMachine.step(from, event)
    this.state = cell.next
    if (from !== cell.next) this.signals.pool.stateChanged.tell(cell.next)
    for (const action of cell.actions) this.perform(action)
    if (from !== cell.next) for (const look of this.onState.splice(0)) this.events.guard("caller", look)
  }

  private perform(action: PoolMachine.PoolAction): void {
    const { fleet, lifecycle } = this
    switch (action) {
      case "open":
        return
      case "fail":
        lifecycle.takeNothingBack(this.failure!)
        this.refuse(lifecycle.waiting, { _tag: "Refused", reason: this.failure! })
        this.refuse(lifecycle.queue, { _tag: "Refused", reason: this.failure! })
        this.refuse(lifecycle.nested, { _tag: "Refused", reason: this.failure! })
        return fleet.dismiss()
      case "refuseWaiting":
        return this.refuse(lifecycle.waiting, closing)
      case "refuseQueued":
        lifecycle.takeNothingBack(new PoolClosed({ state: "closing" }))
        this.refuse(lifecycle.queue, closing)
        this.refuse(lifecycle.nested, closing)
        for (const worker of fleet.workers)
          for (const task of worker.pinned.slice()) lifecycle.end(task, closing)
        return
      case "armDrain":
        return this.armDrain()
      case "refuseUnstarted":
        lifecycle.takeNoRootsBack(new PoolClosed({ state: "closing" }))
        this.refuse(lifecycle.queue, closing)
        for (const worker of fleet.workers) this.refuseUnstartedOf(worker)
        return this.dispatcher.pump()
      case "interruptHeld":
        for (const worker of fleet.workers) this.interruptHeldBy(worker)
        return
      case "stopWorkers":
        fleet.dismiss()
        return this.onFewer()
      case "release":
        this.reportLeft(fleet.stuck.map((worker) => worker.id))
        this.drainTimer?.()
        this.events.end()
    }
  }

  /** Also those that became stuck long ago: from now on nobody watches them. */
  private reportLeft(workers: ReadonlyArray<WorkerId>): void {
    if (workers.length === 0) return
    reportLeftBehind(this.context, workers)
    this.signals.pool.leftBehind.tell(workers)
  }

  private refuse(line: TaskQueue<HostTask>, why: Why): void {
    for (const task of line.toArray()) this.lifecycle.end(task, why)
  }

  /** What a task that runs has called is a part of it. */
  private refuseUnstartedOf(worker: HostWorker): void {
    for (const task of worker.pinned.slice()) this.lifecycle.end(task, closing)
    for (const task of worker.held()) {
      if (parentOf(task) === undefined) this.lifecycle.refuseUnstarted(task, closing)
    }
  }

  private interruptHeldBy(worker: HostWorker): void {
    for (const task of worker.held()) {
      if (task.state !== "abandoned") this.lifecycle.end(task, closing)
      // Its caller has left, so nobody else bounds what it takes.
      else
        task.arm(
          "grace",
          this.timers.limit(task.callLimits.grace, () => worker.terminate("closing"))
        )
    }
  }

  // --------------------------------------------------------------------------
  // closing
  // --------------------------------------------------------------------------

  /** Begins to close, by policy; the state says when nothing is left. */
  close(): void {
    const isBusy = this.state === "open" && this.lifecycle.unsettled > 0
    this.step(closeEvents[isBusy ? this.settings.onClose : "interrupt"])
  }

  /** Bounds the drain, and ends it once no task is left. */
  private armDrain(): void {
    this.drainTimer = this.timers.limit(this.settings.drainTimeout, () => {
      if (this.state === "draining") this.step("drainExpired")
    })
    this.lifecycle.whenIdle(() => {
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
