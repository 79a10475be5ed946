/**
 * The seats of a pool, each for a single worker, so seated workers never outnumber seats (G7).
 *
 * This file alone says which worker sits where, which seats are open, and when an empty seat gets its next worker. `Sizing`
 * decides how many seats are open, `Fleet` which worker takes a seat.
 *
 * @since 0.1.0
 */
import type { Cancel } from "../../shared/Timers.ts"
import type { HostWorker } from "../worker/HostWorker.ts"

/** A seat, as other files see it. */
export interface Seat {
  readonly worker: HostWorker | undefined
  /** Whether a worker leaving the seat is replaced. A closed seat keeps its worker until the worker has finished its tasks. */
  readonly isOpen: boolean
}

type OwnSeat = { -readonly [K in keyof Seat]: Seat[K] } & {
  /** Ends the wait for the next worker. Invariant: defined only while the seat is open and empty. */
  restart: Cancel | undefined
}

export class Seats {
  private readonly seats: Array<OwnSeat> = []
  private open = 0

  /** Every seat, by index. The list is the same object for the life of the pool. */
  get all(): ReadonlyArray<Seat> {
    return this.seats
  }

  /** How many seats are open. */
  get size(): number {
    return this.open
  }

  /** The workers in seats, by seat. */
  get workers(): ReadonlyArray<HostWorker> {
    const workers: Array<HostWorker> = []
    for (const { worker } of this.seats) if (worker !== undefined) workers.push(worker)
    return workers
  }

  at(index: number): Seat {
    return this.seats[index]!
  }

  /** Returns the first open seat without a worker; -1 when there is none. */
  findFree(): number {
    return this.seats.findIndex((seat) => seat.isOpen && seat.worker === undefined)
  }

  /**
   * Opens a seat and returns its index: an empty seat first, then a new seat while there are fewer than `most`, then a closed
   * seat whose worker has not left yet.
   */
  openOne(most: number): number {
    let index = this.seats.findIndex((seat) => !seat.isOpen && seat.worker === undefined)
    if (index < 0 && this.seats.length < Math.max(1, most)) {
      index = this.seats.push({ worker: undefined, restart: undefined, isOpen: false }) - 1
    }
    if (index < 0) index = this.seats.findIndex((seat) => !seat.isOpen)
    this.seats[index]!.isOpen = true
    this.open++
    return index
  }

  /** Closes an open seat. Its worker stays in it until the worker has ended. */
  close(index: number): void {
    const seat = this.seats[index]!
    seat.isOpen = false
    this.open--
    this.cancelRestart(index)
  }

  /** Puts a worker into an empty seat. */
  seat(worker: HostWorker, index: number): void {
    this.cancelRestart(index)
    this.seats[index]!.worker = worker
    worker.seat = index
  }

  /** Frees the seat of a worker, and leaves the worker without a seat. Does nothing for a worker without a seat. */
  unseat(worker: HostWorker): void {
    const { seat } = worker
    if (seat === undefined) return
    this.free(worker)
    worker.seat = undefined
  }

  /** Frees the seat of a worker after its end. The worker's `seat` still names the seat. */
  free(worker: HostWorker): void {
    const seat = worker.seat === undefined ? undefined : this.seats[worker.seat]
    if (seat?.worker === worker) seat.worker = undefined
  }

  /** Records how to end the wait for the next worker of an empty seat, in place of the previous wait. */
  awaitRestart(index: number, restart: Cancel): void {
    this.seats[index]!.restart = restart
  }

  /** The wait of a seat is over, and its next worker starts. */
  restarted(index: number): void {
    this.seats[index]!.restart = undefined
  }

  private cancelRestart(index: number): void {
    const seat = this.seats[index]!
    seat.restart?.()
    seat.restart = undefined
  }

  /** Ends every wait for a next worker. */
  end(): void {
    for (const index of this.seats.keys()) this.cancelRestart(index)
  }
}
