/**
 * The workers of a pool: starts them, replaces lost ones, and says when that is given up.
 *
 * Receives what `HostWorker` reports, tells the `Engine` what it means for the pool.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import type { LogData } from "../../protocol/Message.ts"
import { type Reason, SpawnFailed } from "../../TaskError.ts"
import type { WorkerTransport } from "../../WorkerTransport.ts"
import { defaults } from "../model/defaults.ts"
import type { WorkerId } from "../model/ids.ts"
import type { PoolSettings } from "../model/options.ts"
import type { Admission } from "./Calls.ts"
import type { Dispatcher } from "./Dispatcher.ts"
import type { Entry } from "./Entry.ts"
import type { EventBus } from "./EventBus.ts"
import { HostWorker } from "./HostWorker.ts"
import type { ExitDetail } from "./losses.ts"
import type { Ledger } from "./Ledger.ts"
import { forwardLog } from "./logs.ts"
import type { Routes } from "./Route.ts"
import * as restarts from "./restarts.ts"
import type { Cancel, Timers } from "./Timers.ts"
import type { Vacancy } from "./vacancy.ts"
import type { WorkerOwner } from "./WorkerOwner.ts"

/** One place for a worker. Invariant: at most one worker, so that `size` is never exceeded. */
export interface Place {
  worker: HostWorker | undefined
  restart: Cancel | undefined
}

/** What the crew asks of the pool. */
export interface CrewOwner extends Admission {
  /** Whether lost workers are replaced. */
  readonly isStaffed: () => boolean
  readonly onReady: (worker: HostWorker) => void
  /** Starts failed too often in a row, or no worker was ever ready. */
  readonly onExhausted: (reason: Reason) => void
  /** A worker has ended, or is stuck, and is not replaced. */
  readonly onFewer: () => void
}

export class Crew implements WorkerOwner<HostWorker> {
  readonly places: ReadonlyArray<Place>
  readonly settings: PoolSettings
  readonly transport: WorkerTransport["Service"]
  readonly timers: Timers
  readonly events: EventBus
  readonly ledger: Ledger
  readonly routes: Routes
  readonly dispatcher: Dispatcher
  private readonly context: Context.Context<never>
  private readonly owner: CrewOwner
  readonly admission: Admission
  /** Workers beyond the places, up or starting, that take the place of a lost one at once. They run nothing. */
  private readonly spares: Array<HostWorker> = []
  private spareTimer: Cancel | undefined
  private nextWorker: WorkerId = 1
  private restartState = restarts.initial
  private wasEverReady = false

  constructor(
    owner: CrewOwner,
    places: ReadonlyArray<Place>,
    parts: Pick<Crew, "settings" | "transport" | "timers" | "events" | "ledger" | "routes" | "dispatcher">,
    context: Context.Context<never>
  ) {
    this.owner = owner
    this.admission = owner
    this.places = places
    this.settings = parts.settings
    this.transport = parts.transport
    this.timers = parts.timers
    this.events = parts.events
    this.ledger = parts.ledger
    this.routes = parts.routes
    this.dispatcher = parts.dispatcher
    this.context = context
    this.ledger.onServed = () => {
      this.restartState = restarts.served(this.restartState)
    }
  }

  /** Those in a place. */
  get workers(): ReadonlyArray<HostWorker> {
    const workers: Array<HostWorker> = []
    for (const place of this.places) if (place.worker !== undefined) workers.push(place.worker)
    return workers
  }

  /** Those in a place, and spares. */
  get all(): ReadonlyArray<HostWorker> {
    return [...this.workers, ...this.spares]
  }

  get readySpares(): number {
    return this.spares.filter((worker) => worker.state === "ready").length
  }

  /** Starts every worker, side by side. All are there before the first one can fail: any of them may open the pool. */
  start(): void {
    const workers = this.places.map((_, slot) => this.hire(slot))
    for (const worker of workers) worker.start()
  }

  /** Asks every worker to end as soon as it holds nothing, and starts no more. */
  dismiss(): void {
    for (const place of this.places) place.restart?.()
    this.spareTimer?.()
    for (const worker of this.all) worker.leave()
  }

  private spawn(slot: number): void {
    const place = this.places[slot]!
    place.restart = undefined
    if (this.owner.isStaffed()) this.hire(slot).start()
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
    this.owner.onReady(spare!)
    return true
  }

  /** One that cannot start is tried again as slowly as a lost worker: with back-off, for as long as the pool lives. */
  private lostSpare(worker: HostWorker): void {
    this.spares.splice(this.spares.indexOf(worker), 1)
    if (!this.owner.isStaffed()) return this.owner.onFewer()
    this.spareTimer ??= this.timers.after(
      Math.max(defaults.backoffBase, restarts.delay(this.restartState)),
      () => this.fillSpares()
    )
  }

  // --------------------------------------------------------------------------
  // what workers report
  // --------------------------------------------------------------------------

  onReady(worker: HostWorker): void {
    if (worker.slot === undefined) {
      if (!this.owner.isStaffed()) return worker.leave()
      const free = this.places.findIndex((place) => place.worker === undefined)
      if (free >= 0 && this.promote(free)) this.fillSpares()
      return
    }
    const isFirst = !this.wasEverReady
    if (isFirst) {
      this.wasEverReady = true
      for (const [slot, place] of this.places.entries())
        if (place.worker === undefined) this.replace(slot, false)
    }
    this.owner.onReady(worker)
    if (isFirst) this.fillSpares()
  }

  onStartFailed(worker: HostWorker, phase: SpawnFailed["phase"], detail: ExitDetail): void {
    this.restartState = restarts.failed(this.restartState)
    const reason = new SpawnFailed({ ...detail, phase, attempts: this.restartState.failures })
    this.events.emit({ _tag: "SpawnFailed", worker: worker.id, reason })
    this.giveUpIfExhausted(reason)
  }

  private giveUpIfExhausted(reason: Reason): void {
    // While the pool starts, it is lost only with the last worker that might still open it.
    const hope = this.wasEverReady ? "ready" : "starting"
    if (this.workers.some((w) => w.state === hope)) return
    if (!this.wasEverReady || restarts.isExhausted(this.restartState)) this.owner.onExhausted(reason)
  }

  onStuck(): void {
    this.owner.onFewer()
  }

  onVacated(worker: HostWorker, vacancy: Vacancy): void {
    if (worker.slot === undefined) return this.lostSpare(worker)
    const place = this.places[worker.slot]!
    if (place.worker === worker) place.worker = undefined
    if (vacancy === "crashed") this.restartState = restarts.crashed(this.restartState)
    if (vacancy === "idle" && worker.settled === 0) {
      this.restartState = restarts.failed(this.restartState)
      const attempts = this.restartState.failures
      this.giveUpIfExhausted(new SpawnFailed({ ...worker.exitDetail, phase: "ready", attempts }))
    }
    if (!this.owner.isStaffed()) return this.owner.onFewer()
    // What could not start is tried again once some worker has shown that it can be done.
    if (this.wasEverReady) this.replace(worker.slot, vacancy === "stopped")
  }

  private replace(slot: number, atOnce: boolean): void {
    if (this.promote(slot)) return this.fillSpares()
    const delay = atOnce ? 0 : restarts.delay(this.restartState)
    const failures = Math.max(this.restartState.failures, this.restartState.crashes)
    this.events.emit({ _tag: "RestartScheduled", slot, delay, failures })
    this.places[slot]!.restart = this.timers.after(delay, () => this.spawn(slot))
  }

  onLog(worker: HostWorker, entry: Entry | undefined, log: LogData): void {
    forwardLog(this.context, worker.id, entry, log)
  }
}
