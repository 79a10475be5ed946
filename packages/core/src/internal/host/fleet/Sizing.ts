/**
 * How many seats a pool has: changed by the user, by waiting tasks, and by idle workers.
 *
 * Learns from the `Dispatcher` of waiting tasks, opens and closes `Seats`. A closed seat keeps its worker until the worker
 * has finished its tasks, so shrinking loses no task (G1). The seat counts until then: workers never outnumber seats, and
 * seats never outnumber the bigger of the two sizes (G7).
 *
 * @since 0.1.0
 */
import type { SizeSettings } from "../../model/lifecycle.ts"
import type { HostWorker } from "../worker/HostWorker.ts"
import type { PoolSignals } from "../signals.ts"
import type { Seat, Seats } from "./Seats.ts"
import type { Cancel, Timers } from "../../shared/Timers.ts"

/** The fleet as seen by sizing. */
export interface SizingOwner {
  readonly seats: Seats
  readonly timers: Timers
  readonly signals: PoolSignals
  readonly isStaffed: () => boolean
  /** How many tasks wait for a worker. */
  readonly waiting: () => number
  /** Starts a worker in an empty seat. */
  readonly fill: (seat: number) => void
  /** Ends a worker after its started tasks. */
  readonly retire: (worker: HostWorker, why: "resize" | "idle") => void
  /** Keeps a worker chosen for retirement, unless the worker is already ending. */
  readonly keep: (worker: HostWorker) => void
}

/** A busy worker is looked at again after at least this time, however short the idle time is. In milliseconds. */
const sweepFloor = 10

export class Sizing {
  private limits: SizeSettings
  private readonly owner: SizingOwner
  private growth: Cancel | undefined
  private sweep: Cancel | undefined
  /** How many tasks were refused for lack of a worker: refused tasks leave nothing in the queue. */
  private refused = 0

  constructor(owner: SizingOwner, bounds: SizeSettings) {
    this.owner = owner
    this.limits = bounds
    owner.signals.queueStarved.subscribe((refused) => this.demand(refused))
  }

  get bounds(): SizeSettings {
    return this.limits
  }

  /** How many seats are open. */
  get size(): number {
    return this.owner.seats.size
  }

  /** Opens the first seats: at least one, since only a started worker proves that the pool can serve. */
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

  /** Grows, starting workers in parallel, or shrinks: idle workers leave at once, others after their started tasks. */
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

  /** Notes a task which waits, or was `refused`, for lack of a free worker. */
  private demand(refused: number): void {
    if (this.size >= this.bounds.max) return
    this.refused += refused
    // Grow later: the dispatcher is still handing out, and may report more waiting tasks.
    this.growth ??= this.owner.timers.after(0, () => this.follow())
  }

  /** Adds a worker for each waiting task, minus the workers about to be ready. */
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

  /** Counts open seats without a ready worker, except stuck ones: nobody knows when a stuck worker returns. */
  private coming(): number {
    let count = 0
    for (const { isOpen, worker } of this.owner.seats.all)
      if (isOpen && worker?.state !== "ready" && worker?.state !== "stuck") count++
    return count
  }

  private grow(): void {
    const seat = this.open()
    const { worker } = this.owner.seats.at(seat)
    // A leaving worker which still runs a task stays; a worker already ending is replaced after its end.
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
    const closing = this.size - to
    // Keep one worker that is not reserved: all other tasks need it.
    const kept = open.slice(closing)
    if (kept.every((seat) => isReserved(seats.at(seat)))) {
      const spared = open.findLastIndex((seat) => !isReserved(seats.at(seat)))
      if (spared >= 0) open.push(...open.splice(spared, 1))
    }
    for (const seat of open.slice(0, closing)) this.close(seat, "resize")
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
    // Start with the last seats: tasks go to the first seats first, so their workers are warm.
    for (let at = owner.seats.all.length - 1; at >= 0 && this.size > min; at--) {
      const seat = owner.seats.at(at)
      if (!seat.isOpen) continue
      const since = idleSince(seat)
      // A busy worker is looked at again when it might have been idle for long enough: `next` as it stands.
      if (since === undefined) continue
      const left = since + idle - now
      if (left <= 0 && owner.waiting() === 0) this.close(at, "idle")
      // Whole milliseconds: what is left of a sum of fractions may be too little to move a clock.
      else if (left > 0) next = Math.min(next, Math.ceil(left))
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

/**
 * Returns since when the worker of a seat has been idle, `undefined` for a busy one. A seat awaiting restart counts as idle for
 * ever.
 */
const idleSince = ({ worker }: Seat): number | undefined => {
  if (worker === undefined) return -Infinity
  return worker.state === "ready" && worker.isIdle ? worker.progressAt : undefined
}

const isReserved = ({ worker }: Seat): boolean => worker?.reserved === "held"

/**
 * Ranks seats for closing: empty seats first, then seats without a ready worker, idle workers, others by load, and reserved
 * workers.
 */
const rank = ({ worker }: Seat): number => {
  if (worker === undefined) return -2
  if (worker.reserved === "held") return Infinity
  return worker.state === "ready" ? worker.load : -1
}
