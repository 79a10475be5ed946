/**
 * One reservation: its state, its worker, and its open calls.
 *
 * Receives calls from `admission/reserve.ts` as the `Pin` of their tasks; `Reservations` hands it a worker. Upholds G2 and G3: the
 * worker is released when the last call has ended.
 *
 * @since 0.2.0
 */
import { PoolClosed, type Reason, WorkerLost } from "../../../TaskError.ts"
import * as Machine from "../../machine/reservationMachine.ts"
import { oneAtATime } from "../../machine/transition.ts"
import { own } from "../../model/own.ts"
import type { ReserveSettings } from "../../model/reserveOptions.ts"
import type { HostTask, Pin, Why } from "../tasks/HostTask.ts"
import type { HostWorker } from "../worker/HostWorker.ts"

/** The pool's reservations, as one of them sees them. */
export interface ReservationOwner {
  readonly forget: (reservation: Reservation) => void
  readonly release: (reservation: Reservation) => void
  readonly letGo: (reservation: Reservation) => void
  readonly lost: (reservation: Reservation) => void
  readonly end: (task: HostTask, why: Why) => void
}

/** `undefined`: a worker was reserved. */
type OnGranted = (refused: Reason | undefined) => void

export class Reservation implements Pin {
  /** Invariant: written by `take` alone. */
  state: Machine.ReservationState = "waiting"
  readonly settings: ReserveSettings
  readonly step = oneAtATime((event: Machine.ReservationEvent) => this.take(event))
  private readonly owner: ReservationOwner
  private readonly onGranted: OnGranted
  /** The unsettled calls. */
  private readonly calls = new Set<HostTask>()
  private awaitingEmpty: Array<() => void> = []
  private hadCalls = false
  private refused: Reason | undefined
  private assigned: HostWorker | undefined

  constructor(owner: ReservationOwner, settings: ReserveSettings, onGranted: OnGranted) {
    this.owner = owner
    this.settings = settings
    this.onGranted = onGranted
  }

  /** The worker which is chosen, held, or was held last. */
  get worker(): HostWorker | undefined {
    return this.assigned
  }

  assign(worker: HostWorker | undefined): void {
    this.assigned = worker
  }

  /** Whether code of the program has run on the worker since the worker was reserved. */
  get isUsed(): boolean {
    return this.hadCalls
  }

  /** Refuses to wait any longer. */
  refuse(reason: Reason): void {
    this.refused ??= reason
    this.step("refuse")
  }

  // --------------------------------------------------------------------------
  // the pin of its calls
  // --------------------------------------------------------------------------

  get line(): Array<HostTask> {
    return this.worker!.pinned
  }

  readonly refusal = (): Reason | undefined => {
    const { worker } = this
    const isHeld = this.state === "held" || this.state === "lost"
    if (!isHeld || worker === undefined) return new PoolClosed({ state: "closed" })
    // Nothing that is pinned to an ended worker would be refused later.
    if (this.state === "held" && !worker.isOver) return undefined
    return new WorkerLost(own({ ...worker.exitDetail, phase: "queue", running: [] }))
  }

  readonly bound = (task: HostTask): void => {
    this.hadCalls = true
    this.calls.add(task)
  }

  readonly settled = (task: HostTask): void => {
    if (!this.calls.delete(task) || this.calls.size > 0) return
    this.step("emptied")
    for (const callback of this.awaitingEmpty.splice(0)) callback()
  }

  /** Calls back once no call is open; at once if none is. */
  whenEmpty(callback: () => void): void {
    if (this.calls.size === 0) callback()
    else this.awaitingEmpty.push(callback)
  }

  // --------------------------------------------------------------------------
  // the machine's actions
  // --------------------------------------------------------------------------

  private take(event: Machine.ReservationEvent): void {
    const cell = Machine.step(this.state, event)
    this.state = cell.next
    for (const action of cell.actions) this.perform(action)
  }

  private perform(action: Machine.ReservationAction): void {
    switch (action) {
      case "tellHeld":
        return this.onGranted(undefined)
      case "tellRefused":
        return this.onGranted(this.refused)
      case "forget":
        return this.owner.forget(this)
      case "endCalls":
        for (const task of this.calls) this.owner.end(task, { _tag: "PoolClosing" })
        if (this.calls.size === 0) this.step("emptied")
        return
      case "release":
        return this.owner.release(this)
      case "letGo":
        return this.owner.letGo(this)
      case "tellLost":
        return this.owner.lost(this)
    }
  }
}
