/**
 * The workers of a pool: starts them, replaces lost ones, and says when that is given up.
 *
 * Receives what `HostWorker` reports, tells the `PoolEngine` what it means for the pool.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import type { LogData } from "../../../protocol/messages/Message.ts"
import { type Reason, SpawnFailed, type WorkerLost } from "../../../TaskError.ts"
import type { PrintedLine, WorkerTransport } from "../../../WorkerTransport.ts"
import { defaults } from "../../model/defaults.ts"
import type { WorkerId } from "../../model/ids.ts"
import * as Replacement from "../../machine/replacement.ts"
import type { PoolSettings } from "../../model/options.ts"
import type { Admission } from "../worker/NestedTasks.ts"
import type { Dispatcher } from "../dispatch/Dispatcher.ts"
import type { HostTask } from "../tasks/HostTask.ts"
import type { EventBus } from "../../shared/EventBus.ts"
import type { PoolEvent } from "../../../PoolEvent.ts"
import { Health } from "./Health.ts"
import { HostWorker } from "../worker/HostWorker.ts"
import type { ExitDetail } from "../../model/outcome.ts"
import type { TaskLifecycle } from "../tasks/TaskLifecycle.ts"
import { forwardLog, logBadStop, logPrinted } from "../pool/workerLogs.ts"
import type { LoggerFailure } from "../../shared/hostLog.ts"
import { Recycler, type Retirement } from "./Recycler.ts"
import type { ServedTasks } from "../dispatch/ServedTask.ts"
import { type Place, Sizing } from "./Sizing.ts"
import type { Cancel, Timers } from "../../shared/Timers.ts"
import type { ExitKind } from "../worker/exitKind.ts"
import type { WorkerOwner } from "../worker/WorkerOwner.ts"

/** What the fleet asks of the pool. */
export interface FleetOwner extends Admission {
  /** Whether lost workers are replaced. */
  readonly isStaffed: () => boolean
  readonly onReady: (worker: HostWorker) => void
  /** More faults than the intensity, and no worker is ready; or none ever was. */
  readonly onExhausted: (reason: Reason) => void
  /** A worker has ended, or is stuck, and is not replaced. */
  readonly onFewer: () => void
}

export class Fleet implements WorkerOwner<HostWorker> {
  readonly places: Array<Place>
  readonly sizing: Sizing
  readonly settings: PoolSettings
  readonly transport: WorkerTransport["Service"]
  readonly timers: Timers
  readonly events: EventBus<PoolEvent>
  readonly lifecycle: TaskLifecycle
  readonly servedTasks: ServedTasks
  readonly dispatcher: Dispatcher
  private readonly context: Context.Context<never>
  private readonly owner: FleetOwner
  readonly admission: Admission
  /** Workers beyond the places, up or starting, that take the place of a lost one at once. They run nothing. */
  private readonly spares: Array<HostWorker> = []
  private spareTimer: Cancel | undefined
  /** Those that have halted and not exited yet: closing waits for them. */
  private readonly departing = new Set<HostWorker>()
  /** Stuck workers whose place another one has. Invariant: at most `stuck.replace`. */
  private readonly replaced = new Set<HostWorker>()
  private nextWorker: WorkerId = 1
  private readonly recycler: Recycler
  private readonly health: Health
  private replacement: Replacement.Replacement
  /** What went wrong with the workers that were at fault, the last ones; they are told when the pool fails. */
  private readonly faults: Array<string> = []
  private wasEverReady = false
  /** Workers that failed while they stopped, once the pool was closing: it dies of them when all have ended. */
  readonly failedStops: Array<WorkerLost> = []

  constructor(
    owner: FleetOwner,
    places: Array<Place>,
    parts: Pick<
      Fleet,
      "settings" | "transport" | "timers" | "events" | "lifecycle" | "servedTasks" | "dispatcher"
    >,
    context: Context.Context<never>
  ) {
    this.owner = owner
    this.admission = owner
    this.places = places
    this.settings = parts.settings
    this.transport = parts.transport
    this.timers = parts.timers
    this.events = parts.events
    this.lifecycle = parts.lifecycle
    this.servedTasks = parts.servedTasks
    this.dispatcher = parts.dispatcher
    this.context = context
    this.replacement = Replacement.make(parts.settings.restarts)
    this.recycler = new Recycler(this, parts.settings.recycle)
    this.health = new Health(this, parts.settings.silence)
    this.sizing = new Sizing(
      {
        places,
        timers: parts.timers,
        isStaffed: owner.isStaffed.bind(owner),
        waiting: () => this.lifecycle.queue.length + this.lifecycle.waiting.length,
        fill: (slot) => this.fill(slot),
        retire: (worker, why) => this.retire(worker, why),
        keep: (worker) => {
          worker.stay()
          if (worker.state === "stuck") this.relieve(worker)
          this.dispatcher.pump()
        },
        emit: (event) => this.events.emit(event)
      },
      parts.settings.size
    )
    this.lifecycle.onServed = () => {
      this.replacement = Replacement.served(this.replacement)
    }
  }

  /** Those in a place. */
  get workers(): ReadonlyArray<HostWorker> {
    const workers: Array<HostWorker> = []
    for (const place of this.places) if (place.worker !== undefined) workers.push(place.worker)
    return workers
  }

  /** All that have not ended: those in a place, spares, stuck ones without a place, and those that have halted. */
  get all(): ReadonlyArray<HostWorker> {
    return [...this.workers, ...this.spares, ...this.replaced, ...this.departing]
  }

  get stuck(): ReadonlyArray<HostWorker> {
    return this.all.filter((worker) => worker.state === "stuck")
  }

  get readySpares(): number {
    return this.spares.filter((worker) => worker.state === "ready").length
  }

  /** Starts every worker, side by side. All are there before the first one can fail: any of them may open the pool. */
  start(): void {
    const workers = this.sizing.begin().map((slot) => this.hire(slot))
    for (const worker of workers) worker.start()
  }

  /** Asks every worker to end as soon as it holds nothing, and starts no more. */
  dismiss(): void {
    this.sizing.end()
    this.recycler.end()
    this.health.end()
    for (const place of this.places) place.restart?.()
    this.spareTimer?.()
    for (const worker of this.all) worker.leave()
  }

  /** Ends a worker once it has finished what it runs; what it has not started moves on. */
  retire(worker: HostWorker, why: Retirement): void {
    if (worker.leaving) return
    this.events.emit({ _tag: "WorkerRetiring", worker: worker.id, why })
    worker.leave()
    worker.recall()
    this.dispatcher.pump()
  }

  /** Replaces every worker that is up: idle ones at once, busy ones once they have finished what they run. */
  recycle(): void {
    for (const worker of this.workers) if (worker.state === "ready") this.retire(worker, "request")
  }

  private spawn(slot: number): void {
    const place = this.places[slot]!
    place.restart = undefined
    if (this.owner.isStaffed()) this.hire(slot).start()
  }

  /** Before the first worker was ready, places beyond the first ones wait for it. */
  private fill(slot: number): void {
    if (this.wasEverReady && !this.promote(slot)) this.spawn(slot)
  }

  private hire(slot: number): HostWorker {
    const worker = new HostWorker(this, this.nextWorker++, slot)
    this.places[slot]!.worker = worker
    return worker
  }

  // --------------------------------------------------------------------------
  // spares
  // --------------------------------------------------------------------------

  private fillSpares(): void {
    this.spareTimer = undefined
    while (this.owner.isStaffed() && this.spares.length < this.settings.spares) {
      const spare = new HostWorker(this, this.nextWorker++, undefined)
      this.spares.push(spare)
      spare.start()
    }
  }

  /** Puts a spare that is up into a free place; `false` when there is none. */
  private promote(slot: number): boolean {
    const at = this.spares.findIndex((worker) => worker.state === "ready")
    const place = this.places[slot]!
    if (at < 0 || place.worker !== undefined) return false
    const [spare] = this.spares.splice(at, 1)
    place.restart?.()
    place.restart = undefined
    place.worker = spare
    spare!.slot = slot
    this.events.emit({ _tag: "SpareTookPlace", worker: spare!.id, slot })
    this.recycler.onReady(spare!)
    this.health.onReady(spare!)
    this.owner.onReady(spare!)
    return true
  }

  /** Starting a worker takes the host milliseconds: not while it posts to the spare what the lost one left behind. */
  private replenish(): void {
    this.spareTimer ??= this.timers.after(defaults.spareDelay, () => this.fillSpares())
  }

  /** One that cannot start is tried again as slowly as a lost worker: with back-off, for as long as the pool lives. */
  private lostSpare(worker: HostWorker): void {
    this.spares.splice(this.spares.indexOf(worker), 1)
    if (!this.owner.isStaffed()) return this.owner.onFewer()
    this.spareTimer ??= this.timers.after(Math.max(defaults.backoffBase, this.delay()), () =>
      this.fillSpares()
    )
  }

  // --------------------------------------------------------------------------
  // what workers report
  // --------------------------------------------------------------------------

  onReady(worker: HostWorker): void {
    if (worker.slot === undefined) {
      if (!this.owner.isStaffed()) return worker.leave()
      const free = this.places.findIndex((place) => place.isOpen && place.worker === undefined)
      if (free >= 0 && this.promote(free)) this.replenish()
      return
    }
    const isFirst = !this.wasEverReady
    if (isFirst) {
      this.wasEverReady = true
      for (const [slot, place] of this.places.entries())
        if (place.isOpen && place.worker === undefined) this.replace(slot, false)
    }
    this.recycler.onReady(worker)
    this.health.onReady(worker)
    this.owner.onReady(worker)
    if (isFirst) this.fillSpares()
  }

  onStartFailed(worker: HostWorker, phase: SpawnFailed["phase"], detail: ExitDetail): void {
    const reason = this.fault(phase, detail)
    this.events.emit({ _tag: "SpawnFailed", worker: worker.id, reason })
    this.giveUpIfExhausted(reason)
  }

  /** A worker is at fault itself. */
  private fault(phase: SpawnFailed["phase"], detail: ExitDetail): SpawnFailed {
    this.replacement = Replacement.faulted(this.replacement, this.timers.now())
    const earlier = this.faults.slice(-this.settings.restarts.intensity)
    const attempts = this.replacement.faults
    const reason = new SpawnFailed({
      ...detail,
      phase,
      attempts,
      ...(attempts > 1 ? { earlier: earlier.slice(1 - attempts) } : undefined)
    })
    this.faults.push(reason.message)
    if (this.faults.length > this.settings.restarts.intensity) this.faults.shift()
    return reason
  }

  private giveUpIfExhausted(reason: Reason): void {
    // One that has said meanwhile that it is ready may not have been heard yet.
    for (const worker of this.workers) if (worker.state === "starting") worker.drain()
    // While the pool starts, it is lost only with the last worker that might still open it.
    const hope = this.wasEverReady ? "ready" : "starting"
    if (this.workers.some((w) => w.state === hope)) return
    if (!this.wasEverReady || Replacement.isExhausted(this.replacement)) this.owner.onExhausted(reason)
  }

  onStuck(worker: HostWorker): void {
    this.recycler.onVacated(worker)
    this.health.onVacated(worker)
    this.relieve(worker)
    this.owner.onFewer()
  }

  /** Gives the place of a stuck worker to another one, as often as `stuck.replace` allows at a time (G4). */
  private relieve(worker: HostWorker): void {
    const { slot } = worker
    const most = this.settings.stuck.replace ?? this.sizing.bounds.max
    if (slot === undefined || this.replaced.size >= most || !this.wasEverReady || !this.owner.isStaffed())
      return
    const place = this.places[slot]!
    if (!place.isOpen) return
    this.replaced.add(worker)
    worker.slot = undefined
    place.worker = undefined
    this.events.emit({ _tag: "StuckWorkerReplaced", worker: worker.id, slot, stuck: this.replaced.size })
    // Work that makes each worker stuck slows the next start down, as work that kills them does.
    this.replacement = Replacement.crashed(this.replacement)
    this.replace(slot, false)
  }

  /** What a replaced worker was stuck in has returned: one that still has its place may be replaced now. */
  private relieveNext(): void {
    for (const { worker } of this.places) if (worker?.state === "stuck") this.relieve(worker)
    if (!this.owner.isStaffed()) this.owner.onFewer()
  }

  onVacated(worker: HostWorker, exitKind: ExitKind): void {
    this.recycler.onVacated(worker)
    this.health.onVacated(worker)
    if (worker.state === "halted") this.departing.add(worker)
    if (this.replaced.delete(worker)) return this.relieveNext()
    if (worker.slot === undefined) return this.lostSpare(worker)
    const place = this.places[worker.slot]!
    if (place.worker === worker) place.worker = undefined
    if (exitKind === "crashed") this.replacement = Replacement.crashed(this.replacement)
    if (exitKind === "idle" && worker.settled === 0) {
      this.giveUpIfExhausted(this.fault("ready", worker.exitDetail))
    }
    if (!this.owner.isStaffed()) return this.owner.onFewer()
    if (!place.isOpen) return
    // What could not start is tried again once some worker has shown that it can be done.
    if (this.wasEverReady) this.replace(worker.slot, exitKind === "stopped")
  }

  onDeparted(worker: HostWorker): void {
    this.departing.delete(worker)
    if (!this.owner.isStaffed()) this.owner.onFewer()
  }

  private replace(slot: number, atOnce: boolean): void {
    if (this.promote(slot)) return this.replenish()
    const delay = atOnce ? 0 : this.delay()
    const failures = Replacement.streak(this.replacement)
    this.events.emit({ _tag: "RestartScheduled", slot, delay, failures })
    this.places[slot]!.restart = this.timers.after(delay, () => this.spawn(slot))
  }

  private delay(): number {
    return Replacement.delay(this.replacement, this.settings.restarts.backoff, this.timers.random())
  }

  onBadStop(worker: HostWorker, failure: WorkerLost | undefined): void {
    this.onLogged(logBadStop(this.context, worker.id, failure, this.settings.grace))
    if (failure !== undefined && !this.owner.isStaffed()) this.failedStops.push(failure)
  }

  onWorn(worker: HostWorker): void {
    this.retire(worker, "tasks")
  }

  onLog(worker: HostWorker, task: HostTask | undefined, log: LogData): void {
    this.onLogged(forwardLog(this.context, worker.id, task, log))
  }

  onPrint(worker: HostWorker, line: PrintedLine): void {
    this.onLogged(logPrinted(this.context, worker.id, line))
  }

  private onLogged(failure: LoggerFailure): void {
    if (failure !== undefined) this.events.threw("logger", failure.loggers, failure.cause)
  }
}
