/**
 * The reservations of a pool: who waits for a worker, who holds which worker, and when a worker goes back to the pool.
 *
 * Receives reservations from `admission/reserve.ts`, and hands idle workers to them before the `Dispatcher` hands out tasks. A
 * busy pool may never have an idle worker, so a waiting reservation chooses one: the chosen worker takes no new task, and is
 * held once its tasks have ended, unless another worker is idle first. A pool keeps one worker for everybody else: beyond
 * that, a reservation is refused at once, since holders that wait for each other would wait for ever.
 *
 * @since 0.2.0
 */
import { AllReserved, PoolClosed, type Reason } from "../../../TaskError.ts"
import type { PoolState } from "../../machine/poolMachine.ts"
import type { SizeSettings } from "../../model/lifecycle.ts"
import type { ReserveSettings } from "../../model/reserveOptions.ts"
import type { Retirement, Signals } from "../signals.ts"
import type { HostTask, Why } from "../tasks/HostTask.ts"
import { ownReason } from "../tasks/outcomes.ts"
import type { TaskLifecycle } from "../tasks/TaskLifecycle.ts"
import type { HostWorker } from "../worker/HostWorker.ts"
import { Reservation, type ReservationOwner } from "./Reservation.ts"

/** The pool as seen by its reservations. */
export interface ReservationsOwner {
  /** The workers in seats, by seat. */
  readonly workers: ReadonlyArray<HostWorker>
  readonly sizing: { readonly bounds: SizeSettings }
  readonly lifecycle: Pick<TaskLifecycle, "end">
  readonly signals: Signals<HostWorker>
  /** Ends a worker after its started tasks. */
  readonly retire: (worker: HostWorker, why: Retirement) => void
  readonly dispatcher: { readonly pump: () => void }
}

export class Reservations implements ReservationOwner {
  private readonly owner: ReservationsOwner
  /** The waiting reservations, in the order of their arrival. */
  private line: ReadonlyArray<Reservation> = []
  /** Invariant: each key is `held`, and each held worker is a key. */
  private readonly held = new Map<HostWorker, Reservation>()

  constructor(owner: ReservationsOwner) {
    this.owner = owner
    const { pool, workers } = owner.signals
    pool.handingOut.subscribe(() => this.grant())
    pool.resized.subscribe(() => this.refuseExcess())
    pool.failed.subscribe((reason) => this.refuseAll(reason))
    pool.stateChanged.subscribe((state) => this.onState(state))
    workers.stuck.subscribe((worker) => this.held.get(worker)?.step("lose"))
    workers.gone.subscribe((worker) => this.held.get(worker)?.step("lose"))
  }

  /** How many reservations hold a worker. */
  get holding(): number {
    return this.held.size
  }

  /** How many reservations wait for a worker. */
  get waiting(): number {
    return this.line.length
  }

  /**
   * Begins to wait. `onGranted` is called once: with `undefined` when the reservation holds its worker, else with the reason why it
   * never will. Give the reservation back in any case.
   */
  reserve(settings: ReserveSettings, onGranted: (refused: Reason | undefined) => void): Reservation {
    const reservation = new Reservation(this, settings, onGranted)
    this.line = [...this.line, reservation]
    this.refuseExcess()
    this.owner.dispatcher.pump()
    // A pool that follows its load may grow.
    if (reservation.state === "waiting") this.owner.signals.pool.queueStarved.tell(0)
    return reservation
  }

  // --------------------------------------------------------------------------
  // grants and refusals
  // --------------------------------------------------------------------------

  /** Hands idle workers to the waiting reservations. A reservation without an idle worker chooses one that will be. */
  private grant(): void {
    for (const reservation of this.line) {
      // The holder of an earlier one may have run meanwhile.
      if (reservation.state !== "waiting") continue
      const idle = this.findIdle(reservation.worker)
      if (idle !== undefined) this.hold(reservation, idle)
      else if (!isChosen(reservation.worker)) this.choose(reservation)
    }
  }

  /** Prefers the chosen worker, then the last seats: tasks go to the first seats first, so their workers are warm. */
  private findIdle(chosen: HostWorker | undefined): HostWorker | undefined {
    if (isChosen(chosen) && chosen.serves && !chosen.leaving && chosen.isIdle) return chosen
    return this.owner.workers.findLast((worker) => worker.accepts && worker.isIdle)
  }

  private hold(reservation: Reservation, worker: HostWorker): void {
    this.unchoose(reservation)
    worker.reserved = "held"
    reservation.assign(worker)
    this.held.set(worker, reservation)
    this.owner.signals.workers.reserved.tell(worker)
    reservation.step("grant")
  }

  private choose(reservation: Reservation): void {
    this.unchoose(reservation)
    let best: HostWorker | undefined
    for (const worker of this.owner.workers) {
      if (worker.accepts && (best === undefined || worker.occupied < best.occupied)) best = worker
    }
    reservation.assign(best)
    if (best === undefined) return
    best.reserved = "chosen"
    best.recall()
  }

  private unchoose({ worker }: Reservation): void {
    if (worker?.reserved === "chosen") worker.reserved = "no"
  }

  /** How many reservations the pool may have, held and waiting. */
  private get most(): number {
    return this.owner.sizing.bounds.max - 1
  }

  private refuseExcess(): void {
    while (this.line.length > 0 && this.line.length + this.held.size > this.most) {
      const reserved = this.line.length - 1 + this.held.size
      this.line.at(-1)!.refuse(new AllReserved({ reserved, size: this.most + 1 }))
    }
  }

  private refuseAll(reason: Reason): void {
    for (const reservation of this.line) reservation.refuse(ownReason(reason))
  }

  private onState(state: PoolState): void {
    if (state === "starting" || state === "open") return
    this.refuseAll(new PoolClosed({ state: state === "closed" ? "closed" : "closing" }))
    // A draining pool lets the open calls finish first.
    if (state !== "draining") for (const reservation of this.held.values()) reservation.step("close")
  }

  // --------------------------------------------------------------------------
  // from a reservation
  // --------------------------------------------------------------------------

  forget(reservation: Reservation): void {
    this.line = this.line.filter((each) => each !== reservation)
    if (reservation.worker?.reserved !== "chosen") return
    this.unchoose(reservation)
    this.owner.dispatcher.pump()
  }

  /** A worker that ran calls is replaced, unless the reservation says otherwise. */
  release(reservation: Reservation): void {
    const worker = this.leave(reservation, "returned")
    if (worker.leaving) worker.leave()
    else if (reservation.isUsed && !reservation.settings.reuse && worker.state === "ready")
      this.owner.retire(worker, "returned")
    this.owner.dispatcher.pump()
  }

  letGo(reservation: Reservation): void {
    this.leave(reservation, "returned")
  }

  lost(reservation: Reservation): void {
    this.leave(reservation, "lost")
  }

  end(task: HostTask, why: Why): void {
    this.owner.lifecycle.end(task, why)
  }

  private leave(reservation: Reservation, how: "returned" | "lost"): HostWorker {
    const worker = reservation.worker!
    this.held.delete(worker)
    worker.reserved = "no"
    this.owner.signals.workers.reservationEnded.tell(worker, how)
    return worker
  }
}

const isChosen = (worker: HostWorker | undefined): worker is HostWorker =>
  worker?.reserved === "chosen" && worker.state === "ready" && !worker.leaving
