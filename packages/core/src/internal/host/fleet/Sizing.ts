/**
 * How many seats for workers a pool has: changed by its user, by waiting tasks, and by workers with nothing to do.
 *
 * Hears from the `Dispatcher` that tasks wait, opens and closes `Seats`. A closed seat keeps its worker until
 * that worker has finished its tasks, so that nothing is lost by shrinking (G1), and counts until then: there are never
 * more workers than seats, and never more seats than the bigger of two sizes (G7).
 *
 * @since 0.1.0
 */
import type { SizeSettings } from "../../model/lifecycle.ts"
import type { HostWorker } from "../worker/HostWorker.ts"
import type { PoolSignals } from "../signals.ts"
import type { Seat, Seats } from "./Seats.ts"
import type { Cancel, Timers } from "../../shared/Timers.ts"

/** What sizing asks of the fleet. */
export interface SizingOwner {
  readonly seats: Seats
  readonly timers: Timers
  readonly signals: PoolSignals
  readonly isStaffed: () => boolean
  /** How many tasks wait for a worker. */
  readonly waiting: () => number
  /** Starts a worker in a seat that has none. */
  readonly fill: (seat: number) => void
  /** Ends a worker once it has finished the tasks that it runs. */
  readonly retire: (worker: HostWorker, why: "resize" | "idle") => void
  /** Lets a worker that was to be retired stay, unless it is on its way out. */
  readonly keep: (worker: HostWorker) => void
}

/** A busy worker is looked at again no sooner, however short the idle time is. In milliseconds. */
const sweepFloor = 10

export class Sizing {
  private limits: SizeSettings
  private readonly owner: SizingOwner
  private growth: Cancel | undefined
  private sweep: Cancel | undefined
  /** Tasks that were refused for want of a worker, so that nothing of them waits. */
  private refused = 0

  constructor(owner: SizingOwner, bounds: SizeSettings) {
    this.owner = owner
    this.limits = bounds
    owner.signals.queueStarved.subscribe(() => this.demand())
    owner.signals.queueGrew.subscribe((refused) => this.demand(refused))
  }

  get bounds(): SizeSettings {
    return this.limits
  }

  /** How many seats are open. */
  get size(): number {
    return this.owner.seats.size
  }

  /** Opens the first seats: at least one, since only a worker that starts shows that the pool can serve. */
  begin(): ReadonlyArray<number> {
    const opened: Array<number> = []
    while (this.size < Math.max(1, this.bounds.min)) opened.push(this.open())
    this.armSweep(this.bounds.idle)
    return opened
  }

  end(): void {
    this.growth?.()
    this.sweep?.()
  }

  /** Grows side by side, or shrinks: idle workers at once, others once they have finished what they run. */
  resize(bounds: SizeSettings): void {
    if (!this.owner.isStaffed()) return
    const before = this.size
    this.limits = bounds
    while (this.size < bounds.min) this.grow()
    if (this.size > bounds.max) this.shrink(bounds.max)
    this.report(before, "resize")
    this.sweep?.()
    this.sweep = undefined
    this.armSweep(bounds.idle)
  }

  /** A task waits, or was `refused`, since no worker is free. */
  private demand(refused = 0): void {
    if (this.size >= this.bounds.max) return
    this.refused += refused
    // Not at once: who asks is in the middle of handing out, and may ask for many.
    this.growth ??= this.owner.timers.after(0, () => this.follow())
  }

  /** One more worker for each task that waits, beyond those that are on their way. */
  private follow(): void {
    this.growth = undefined
    const { owner } = this
    if (!owner.isStaffed()) return
    const before = this.size
    const wanted = Math.max(owner.waiting(), this.refused) - this.coming()
    this.refused = 0
    for (let more = Math.min(wanted, this.bounds.max - this.size); more > 0; more--) this.grow()
    this.report(before, "demand")
    this.armSweep(this.bounds.idle)
  }

  /** Open seats whose worker is not up yet, but for stuck ones: nobody knows when those come back. */
  private coming(): number {
    let count = 0
    for (const { isOpen, worker } of this.owner.seats.all)
      if (isOpen && worker?.state !== "ready" && worker?.state !== "stuck") count++
    return count
  }

  private grow(): void {
    const seat = this.open()
    const { worker } = this.owner.seats.at(seat)
    // A worker that was to leave but still runs a task stays; a worker on its way out is replaced when it is gone.
    if (worker === undefined) this.owner.fill(seat)
    else this.owner.keep(worker)
  }

  private open(): number {
    return this.owner.seats.openOne(this.limits.max)
  }

  private shrink(to: number): void {
    const { seats } = this.owner
    const open = [...seats.all.keys()].filter((seat) => seats.at(seat).isOpen)
    open.sort((a, b) => rank(seats.at(a)) - rank(seats.at(b)))
    for (const seat of open.slice(0, this.size - to)) this.close(seat, "resize")
  }

  private close(seat: number, why: "resize" | "idle"): void {
    const { seats } = this.owner
    seats.close(seat)
    const { worker } = seats.at(seat)
    if (worker !== undefined) this.owner.retire(worker, why)
  }

  // --------------------------------------------------------------------------
  // idle workers
  // --------------------------------------------------------------------------

  private armSweep(millis: number): void {
    if (this.size > this.bounds.min) this.sweep ??= this.owner.timers.limit(millis, () => this.closeIdle())
  }

  private closeIdle(): void {
    this.sweep = undefined
    const { owner } = this
    if (!owner.isStaffed()) return
    const before = this.size
    const { idle, min } = this.bounds
    const now = owner.timers.now()
    let next = Math.max(idle, sweepFloor)
    // From the last one: the first ones are chosen first, so they are warm.
    for (let at = owner.seats.all.length - 1; at >= 0 && this.size > min; at--) {
      const seat = owner.seats.at(at)
      if (!seat.isOpen) continue
      const left = idleSince(seat, now) + idle - now
      if (left <= 0 && owner.waiting() === 0) this.close(at, "idle")
      else if (left > 0) next = Math.min(next, left)
    }
    this.report(before, "idle")
    this.armSweep(next)
  }

  private report(before: number, why: "resize" | "demand" | "idle"): void {
    if (before === this.size && why !== "resize") return
    const { max, min } = this.bounds
    this.owner.signals.resized.tell(this.size, min, max, why)
  }
}

/** Since when the worker of a seat has had nothing to do. A seat that awaits a restart counts as idle for ever. */
const idleSince = ({ worker }: Seat, now: number): number => {
  if (worker === undefined) return -Infinity
  return worker.state === "ready" && worker.isIdle ? worker.progressAt : now
}

/** Which seat is closed first: an empty one, one whose worker is not up, one whose worker is idle, then by load. */
const rank = ({ worker }: Seat): number => {
  if (worker === undefined) return -2
  return worker.state === "ready" ? worker.load : -1
}
