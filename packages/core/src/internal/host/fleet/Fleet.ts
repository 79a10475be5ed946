/**
 * The workers of a pool: starts workers, replaces lost ones, and reports when replacing is given up.
 *
 * Receives reports from `HostWorker`, and tells the `PoolEngine` the consequences for the pool.
 *
 * @since 0.1.0
 */
import type { Channels } from "../channels/Channels.ts"
import type * as Context from "effect/Context"
import { type Reason, SpawnFailed, type WorkerLost } from "../../../TaskError.ts"
import type { WorkerTransport } from "../../../WorkerTransport.ts"
import { defaults } from "../../model/defaults.ts"
import type { WorkerId } from "../../model/ids.ts"
import * as Replacement from "../../machine/replacement.ts"
import type { PoolSettings } from "../../model/options.ts"
import type { Admission } from "../worker/NestedTasks.ts"
import type { Dispatcher } from "../dispatch/Dispatcher.ts"
import { Health } from "./Health.ts"
import { HostWorker } from "../worker/HostWorker.ts"
import type { ExitDetail } from "../../model/outcome.ts"
import type { Guard, TaskLifecycle } from "../tasks/TaskLifecycle.ts"
import { forwardLog, logBadStop, logPrinted } from "../pool/workerLogs.ts"
import type { LoggerFailure } from "../../shared/hostLog.ts"
import { Recycler } from "./Recycler.ts"
import { Reservations } from "./Reservations.ts"
import type { Seats } from "./Seats.ts"
import type { Retirement, Signals } from "../signals.ts"
import type { ServedTasks } from "../dispatch/ServedTask.ts"
import { Sizing } from "./Sizing.ts"
import type { Cancel, Timers } from "../../shared/Timers.ts"
import type { ExitKind } from "../worker/exitKind.ts"
import type { WorkerParts } from "../worker/WorkerParts.ts"

/** The pool as seen by the fleet. */
export interface FleetOwner extends Admission {
  /** Whether lost workers are replaced. */
  readonly isStaffed: () => boolean
  /** A worker in a seat can take tasks. */
  readonly onReady: (worker: HostWorker) => void
  /** More faults than the intensity with no ready worker; or no worker was ever ready. */
  readonly onExhausted: (reason: Reason) => void
  /** A worker has ended, or is stuck, and will not be replaced. */
  readonly onFewer: () => void
}

export class Fleet implements WorkerParts<HostWorker> {
  readonly seats: Seats
  readonly sizing: Sizing
  readonly reservations: Reservations
  readonly settings: PoolSettings
  readonly transport: WorkerTransport["Service"]
  readonly timers: Timers
  readonly signals: Signals<HostWorker>
  readonly lifecycle: TaskLifecycle
  readonly servedTasks: ServedTasks
  readonly channels: Channels
  readonly dispatcher: Dispatcher
  readonly admission: Admission
  private readonly guard: Guard
  private readonly context: Context.Context<never>
  private readonly owner: FleetOwner
  /** Workers without a seat, up or starting, ready to take the seat of a lost worker at once. They run nothing. */
  private readonly spares: Array<HostWorker> = []
  private spareTimer: Cancel | undefined
  /** Halted workers which have not exited yet: closing waits for them. */
  private readonly departing = new Set<HostWorker>()
  /** Stuck workers whose seat has been given to a replacement. Invariant: at most `stuck.replace`. */
  private readonly replaced = new Set<HostWorker>()
  private nextWorker: WorkerId = 1
  private readonly recycler: Recycler
  private readonly health: Health
  private replacement: Replacement.Replacement
  /** The latest messages about workers at fault, reported when the pool fails. */
  private readonly faults: Array<string> = []
  private wasEverReady = false
  /** Failures of workers which stopped while the pool closed: closing dies of them after the last worker has ended. */
  readonly failedStops: Array<WorkerLost> = []

  constructor(owner: FleetOwner, seats: Seats, parts: FleetParts, context: Context.Context<never>) {
    this.owner = owner
    this.admission = owner
    this.seats = seats
    this.settings = parts.settings
    this.transport = parts.transport
    this.timers = parts.timers
    this.signals = parts.signals
    this.guard = parts.events
    this.lifecycle = parts.lifecycle
    this.servedTasks = parts.servedTasks
    this.channels = parts.channels
    this.dispatcher = parts.dispatcher
    this.context = context
    this.replacement = Replacement.make(parts.settings.restarts)
    this.recycler = new Recycler(this, parts.settings.recycle)
    this.health = new Health(this, parts.settings.silence)
    this.sizing = new Sizing(
      {
        seats,
        timers: parts.timers,
        isStaffed: owner.isStaffed.bind(owner),
        waiting: () =>
          this.lifecycle.queue.length + this.lifecycle.waiting.length + this.reservations.waiting,
        fill: (seat) => this.fill(seat),
        retire: (worker, why) => this.retire(worker, why),
        keep: (worker) => {
          worker.stay()
          if (worker.state === "stuck") this.relieve(worker)
          this.dispatcher.pump()
        },
        signals: parts.signals.pool
      },
      parts.settings.size
    )
    this.hear()
    this.reservations = new Reservations(this)
  }

  private hear(): void {
    const { tasks, workers } = this.signals
    tasks.answered.subscribe(() => {
      this.replacement = Replacement.served(this.replacement)
    })
    workers.ready.subscribe((worker) => this.onReady(worker))
    workers.startFailed.subscribe((worker, phase, detail) => this.onStartFailed(worker, phase, detail))
    workers.stuck.subscribe((worker) => this.onStuck(worker))
    workers.gone.subscribe((worker, kind) => this.onGone(worker, kind))
    workers.departed.subscribe((worker) => this.onDeparted(worker))
    workers.stopFailed.subscribe((worker, failure) => this.onStopFailed(worker, failure))
    workers.worn.subscribe((worker) => this.retire(worker, "tasks"))
    workers.logged.subscribe((worker, task, log) =>
      this.onLogged(forwardLog(this.context, worker.id, task, log))
    )
    workers.printed.subscribe((worker, line) => this.onLogged(logPrinted(this.context, worker.id, line)))
  }

  /** The workers in seats. */
  get workers(): ReadonlyArray<HostWorker> {
    return this.seats.workers
  }

  /** All workers which have not ended: seated workers, spares, stuck workers without a seat, and halted workers. */
  get all(): ReadonlyArray<HostWorker> {
    return [...this.workers, ...this.spares, ...this.replaced, ...this.departing]
  }

  get stuck(): ReadonlyArray<HostWorker> {
    return this.all.filter((worker) => worker.state === "stuck")
  }

  get readySpares(): number {
    return this.spares.filter((worker) => worker.state === "ready").length
  }

  /** Starts every worker in parallel. All are created before the first can fail: any of them may open the pool. */
  start(): void {
    const workers = this.sizing.begin().map((seat) => this.hire(seat))
    for (const worker of workers) worker.start()
  }

  /** Asks every worker to end as soon as the worker holds nothing, and starts no more workers. */
  dismiss(): void {
    this.sizing.end()
    this.recycler.end()
    this.health.end()
    this.seats.end()
    this.spareTimer?.()
    for (const worker of this.all) worker.leave()
  }

  /** Ends a worker after its started tasks; its unstarted tasks move on. */
  retire(worker: HostWorker, why: Retirement): void {
    if (worker.leaving) return
    this.signals.workers.retiring.tell(worker, why)
    worker.leave()
    worker.recall()
    this.dispatcher.pump()
  }

  /** Replaces every ready worker: idle workers at once, busy workers after their started tasks. */
  recycle(): void {
    for (const worker of this.workers) if (worker.state === "ready") this.retire(worker, "request")
  }

  private spawn(seat: number): void {
    this.seats.restarted(seat)
    if (this.owner.isStaffed()) this.hire(seat).start()
  }

  /** Fills a seat. Until a first worker has been ready, further seats stay empty. */
  private fill(seat: number): void {
    if (this.wasEverReady && !this.promote(seat)) this.spawn(seat)
  }

  private hire(seat: number): HostWorker {
    const worker = new HostWorker(this, this.nextWorker++)
    this.seats.seat(worker, seat)
    return worker
  }

  // --------------------------------------------------------------------------
  // spares
  // --------------------------------------------------------------------------

  private fillSpares(): void {
    this.spareTimer = undefined
    while (this.owner.isStaffed() && this.spares.length < this.settings.spares) {
      const spare = new HostWorker(this, this.nextWorker++)
      this.spares.push(spare)
      spare.start()
    }
  }

  /** Puts a ready spare into a free seat; returns `false` if there is none. */
  private promote(seat: number): boolean {
    const at = this.spares.findIndex((worker) => worker.state === "ready")
    if (at < 0 || this.seats.at(seat).worker !== undefined) return false
    const spare = this.spares.splice(at, 1)[0]!
    this.seats.seat(spare, seat)
    this.signals.workers.spareSeated.tell(spare, seat)
    this.begin(spare)
    return true
  }

  /** A worker in a seat begins to serve. */
  private begin(worker: HostWorker): void {
    this.recycler.onReady(worker)
    this.health.onReady(worker)
    this.owner.onReady(worker)
  }

  /**
   * Schedules a new spare. Starting a worker takes the host milliseconds, so first the host posts the lost worker's tasks to
   * the spare.
   */
  private replenish(): void {
    this.spareTimer ??= this.timers.after(defaults.spareDelay, () => this.fillSpares())
  }

  /** Retries a failed spare as slowly as a lost worker: with back-off, for as long as the pool lives. */
  private lostSpare(worker: HostWorker): void {
    this.spares.splice(this.spares.indexOf(worker), 1)
    if (!this.owner.isStaffed()) return this.owner.onFewer()
    this.spareTimer ??= this.timers.after(Math.max(defaults.backoffBase, this.delay()), () =>
      this.fillSpares()
    )
  }

  // --------------------------------------------------------------------------
  // reports from workers
  // --------------------------------------------------------------------------

  private onReady(worker: HostWorker): void {
    if (worker.seat === undefined) {
      if (!this.owner.isStaffed()) return worker.leave()
      const free = this.seats.findFree()
      if (free >= 0 && this.promote(free)) this.replenish()
      return
    }
    const isFirst = !this.wasEverReady
    if (isFirst) {
      this.wasEverReady = true
      for (const [seat, { isOpen, worker: seated }] of this.seats.all.entries())
        if (isOpen && seated === undefined) this.replace(seat, false)
    }
    this.begin(worker)
    if (isFirst) this.fillSpares()
  }

  private onStartFailed(worker: HostWorker, phase: SpawnFailed["phase"], detail: ExitDetail): void {
    const reason = this.fault(phase, detail)
    this.signals.workers.spawnFailed.tell(worker, reason)
    this.giveUpIfExhausted(reason)
  }

  /** Records a fault of the worker itself. */
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
    // A worker may have reported ready already, in a frame not read yet.
    for (const worker of this.workers) if (worker.state === "starting") worker.drain()
    // A starting pool fails only with the last worker able to open the pool. A reserved worker serves nobody else.
    const hope = this.wasEverReady ? "ready" : "starting"
    if (this.workers.some(({ reserved, state }) => state === hope && reserved !== "held")) return
    if (!this.wasEverReady || Replacement.isExhausted(this.replacement)) this.owner.onExhausted(reason)
  }

  private onStuck(worker: HostWorker): void {
    this.recycler.onVacated(worker)
    this.health.onVacated(worker)
    this.relieve(worker)
    this.owner.onFewer()
  }

  /** Gives the seat of a stuck worker to another, for at most `stuck.replace` workers at a time (G4). */
  private relieve(worker: HostWorker): void {
    const { seat } = worker
    const most = this.settings.stuck.replace ?? this.sizing.bounds.max
    if (seat === undefined || this.replaced.size >= most || !this.wasEverReady || !this.owner.isStaffed())
      return
    if (!this.seats.at(seat).isOpen) return
    this.replaced.add(worker)
    this.seats.unseat(worker)
    this.signals.workers.stuckReplaced.tell(worker, seat, this.replaced.size)
    // Work which makes workers stuck slows the next start down, as work which kills workers does.
    this.replacement = Replacement.crashed(this.replacement)
    this.replace(seat, false)
  }

  /** The blocking code of a replaced worker has returned: another stuck worker, still in its seat, may be replaced now. */
  private relieveNext(): void {
    for (const worker of this.workers) if (worker.state === "stuck") this.relieve(worker)
    if (!this.owner.isStaffed()) this.owner.onFewer()
  }

  private onGone(worker: HostWorker, kind: ExitKind): void {
    this.recycler.onVacated(worker)
    this.health.onVacated(worker)
    if (worker.state === "halted") this.departing.add(worker)
    if (this.replaced.delete(worker)) return this.relieveNext()
    const { seat } = worker
    if (seat === undefined) return this.lostSpare(worker)
    this.seats.free(worker)
    if (kind === "crashed") this.replacement = Replacement.crashed(this.replacement)
    if (kind === "idle" && worker.settled === 0) {
      this.giveUpIfExhausted(this.fault("ready", worker.exitDetail))
    }
    if (!this.owner.isStaffed()) return this.owner.onFewer()
    if (!this.seats.at(seat).isOpen) return
    // Retry a failed start only if some worker has started before, which proves a start possible.
    if (this.wasEverReady) this.replace(seat, kind === "stopped")
  }

  private onDeparted(worker: HostWorker): void {
    this.departing.delete(worker)
    if (!this.owner.isStaffed()) this.owner.onFewer()
  }

  private replace(seat: number, atOnce: boolean): void {
    if (this.promote(seat)) return this.replenish()
    const delay = atOnce ? 0 : this.delay()
    const failures = Replacement.streak(this.replacement)
    this.signals.workers.restartScheduled.tell(seat, delay, failures)
    this.seats.awaitRestart(
      seat,
      this.timers.after(delay, () => this.spawn(seat))
    )
  }

  private delay(): number {
    return Replacement.delay(this.replacement, this.settings.restarts.backoff, this.timers.random())
  }

  private onStopFailed(worker: HostWorker, failure: WorkerLost | undefined): void {
    this.onLogged(logBadStop(this.context, worker.id, failure, this.settings.grace))
    if (failure !== undefined && !this.owner.isStaffed()) this.failedStops.push(failure)
  }

  private onLogged(failure: LoggerFailure): void {
    if (failure !== undefined) this.guard.threw("logger", failure.loggers, failure.cause)
  }
}

/** The parts of the pool used by the fleet. */
export interface FleetParts extends Omit<WorkerParts<HostWorker>, "admission" | "dispatcher"> {
  readonly dispatcher: Dispatcher
  readonly events: Guard
}
