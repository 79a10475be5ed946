/**
 * The engine of a pool: admission, opening, failure and closing.
 *
 * Receives tasks from `submission.ts`, and hands them to the `Dispatcher` or to the `TaskLifecycle`'s queue. The `Fleet`
 * reports about workers. Upholds G7: the policy at the bound.
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
import { Channels } from "../channels/Channels.ts"
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
import { Services } from "../services/Services.ts"
import type { ServicePin } from "../worker/NestedTasks.ts"
import type { ServicePorts } from "../../model/service.ts"
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
  readonly channels: Channels
  readonly fleet: Fleet
  readonly services: Services
  /** Room for two chunks per slot. `undefined` where workers share no memory with the host. */
  readonly sharedChunks: SharedChunks | undefined
  /** Invariant: written by `take` alone. */
  state: PoolMachine.PoolState = "starting"
  /** Why the pool failed; `undefined` unless the pool has failed. */
  failure: Reason | undefined = undefined

  readonly dispatcher: Dispatcher
  private readonly step = oneAtATime((event: PoolMachine.PoolEvent) => this.take(event))
  private readonly context: Context.Context<never>
  private nextTask: TaskId = 1
  /** The names of the tasks which the workers serve; known once the first worker is ready. */
  private served: Set<string> | undefined
  private broken: BrokenInvariant | undefined
  private drainTimer: Cancel | undefined
  private onState: Array<() => void> = []

  constructor(
    settings: PoolSettings,
    transport: WorkerTransport["Service"],
    context: Context.Context<never>,
    servicePorts: ServicePorts
  ) {
    this.settings = settings
    this.transport = transport
    this.context = context
    this.timers = new Timers(context, transport.turn, () =>
      this.fleet.all.forEach((worker) => worker.drain())
    )
    const origin = { pool: settings.name, timers: this.timers }
    let stop: (() => void) | undefined
    this.events = new EventBus<PoolEvent>({
      report: (whose, cause) => reportThrown(context, "pool", whose, cause),
      eventOf: (whose, cause) => stamp(origin, { _tag: "CallbackFailed", whose, cause }),
      onObserved: (isObserved) => {
        stop?.()
        stop = isObserved ? publish(this.signals, (event) => this.events.emit(event), origin) : undefined
      }
    })
    this.channels = new Channels({
      platform: transport,
      guard: (answer) => this.events.guard("caller", answer),
      onSettled: (listener) =>
        this.signals.tasks.settled.follow((task, outcome) => listener(task.id, outcome)),
      services: servicePorts
    })
    this.servedTasks = new ServedTasks(settings.grace, this.channels)
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
    this.services = new Services({
      lifecycle: this.lifecycle,
      dispatcher: this.dispatcher,
      settings,
      signals: this.signals,
      guard: (callback) => this.events.guard("caller", callback)
    })
    this.sharedChunks = transport.sharedMemory ? new SharedChunks(() => this.chunksInFlight) : undefined
    if (transport.isChecked === true) this.signals.pool.batchEnded.subscribe(() => this.check())
    this.signals.pool.becameIdle.subscribe(() => this.callContext.forget())
  }

  /** How many chunks of a map are in flight by default: two for each slot, so that no worker waits for its next chunk. */
  get chunksInFlight(): number {
    return 2 * this.fleet.sizing.bounds.max * this.settings.concurrency
  }

  /** Returns the first broken invariant of a checked pool. */
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

  /** Returns why no task of this definition can be taken; `undefined` when a task can be taken. */
  refusal(definition: Pick<TaskDefinition, "name" | "module">, nested: boolean = false): Reason | undefined {
    // Started tasks run to their end while the pool drains, and their nested tasks are part of them.
    if (this.state === "draining" && nested) return undefined
    if (!this.isOpen) return this.refusalOfAll()
    return definition.module === undefined && this.served?.has(definition.name) === false
      ? new UnknownTask({ name: definition.name, served: Array.from(this.served) })
      : undefined
  }

  serviceOf(service: number, method: string): ServicePin {
    return this.services.pinOf(service, method)
  }

  private get isOpen(): boolean {
    return this.state === "starting" || this.state === "open"
  }

  /** Returns why the pool takes no tasks at all; `undefined` while the pool is open. */
  refusalOfAll(): Reason | undefined {
    if (this.isOpen) return undefined
    if (this.state === "failed") return this.failure === undefined ? undefined : ownReason(this.failure)
    return new PoolClosed({ state: this.state === "closed" ? "closed" : "closing" })
  }

  snapshot(): PoolSnapshot {
    return snapshot(this)
  }

  /** Returns whether a task submitted now would be refused because the pool is full. */
  isFullFor(candidate: Candidate): boolean {
    return (
      this.settings.strategy === "reject" &&
      this.lifecycle.queue.length >= this.settings.capacity &&
      !this.dispatcher.canTake(candidate)
    )
  }

  /** Sends a task to a worker, puts the task in the queue, or applies the policy at the bound (G7). */
  submit(task: HostTask): void {
    const { lifecycle, settings } = this
    lifecycle.admit(task)
    if (task.pin !== undefined) {
      task.pin.line.push(task)
      task.pin.admitted?.(task)
      return this.dispatcher.pump()
    }
    // Never count, refuse or shed a nested task: its caller has started, and would only hold its slot longer.
    if (parentOf(task) !== undefined) {
      lifecycle.nested.push(task)
      return this.dispatcher.pump()
    }
    if (this.dispatcher.sendNow(task)) return
    const isRefused = settings.strategy === "reject" && lifecycle.queue.length >= settings.capacity
    this.signals.pool.queueStarved.tell(isRefused ? 1 : 0)
    // Callers suspended before a full queue get free places first (S069).
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
        // Push the new task before ending the oldest: the end runs the oldest task's caller, which may submit again.
        lifecycle.queue.push(task)
        return lifecycle.end(lifecycle.queue.oldest()!, {
          _tag: "Refused",
          reason: new Shed({ capacity: settings.capacity })
        })
    }
  }

  // --------------------------------------------------------------------------
  // reports from the fleet
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
        this.services.refuseRoots(closing)
        return this.dispatcher.pump()
      case "interruptHeld":
        for (const worker of fleet.workers) this.interruptHeldBy(worker)
        return
      case "stopWorkers":
        fleet.dismiss()
        return this.onFewer()
      case "release":
        this.channels.close()
        this.reportLeft(fleet.stuck.map((worker) => worker.id))
        this.drainTimer?.()
        this.events.end()
    }
  }

  /** Reports stuck workers, also of long ago: from now on nobody watches them. */
  private reportLeft(workers: ReadonlyArray<WorkerId>): void {
    if (workers.length === 0) return
    reportLeftBehind(this.context, workers)
    this.signals.pool.leftBehind.tell(workers)
  }

  private refuse(line: TaskQueue<HostTask>, why: Why): void {
    for (const task of line.toArray()) this.lifecycle.end(task, why)
  }

  /** Refuses the unstarted tasks of a worker. Nested tasks are spared: they are part of the running task which called them. */
  private refuseUnstartedOf(worker: HostWorker): void {
    for (const task of worker.pinned.slice()) this.lifecycle.end(task, closing)
    for (const task of worker.held()) {
      if (parentOf(task) === undefined) this.lifecycle.refuseUnstarted(task, closing)
    }
  }

  private interruptHeldBy(worker: HostWorker): void {
    for (const task of worker.held()) {
      if (task.state !== "abandoned") this.lifecycle.end(task, closing)
      // The caller has left, so only this grace bounds the task.
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

  /** Begins to close, by policy. The state becomes `closed` when nothing is left. */
  close(): void {
    const isBusy = this.state === "open" && this.lifecycle.unsettled > 0
    this.step(closeEvents[isBusy ? this.settings.onClose : "interrupt"])
  }

  /** Bounds the drain, and ends the drain once no task is left. */
  private armDrain(): void {
    this.drainTimer = this.timers.limit(this.settings.drainTimeout, () => {
      if (this.state === "draining") this.step("drainExpired")
    })
    this.lifecycle.whenIdle(() => {
      if (this.state === "draining") this.step("drained")
    })
  }

  /** Calls back at the next change of the pool's state, unless the returned function is called first. */
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
