/**
 * How many places for workers a pool has: changed by its user, by waiting tasks, and by workers with nothing to do.
 *
 * Hears from the `Dispatcher` that tasks wait, opens and closes the `Fleet`'s places. A closed place keeps its worker until
 * that one has finished what it runs, so that nothing is lost by shrinking (G1), and counts until then: there are never
 * more workers than places, and never more places than the bigger of two sizes (G7).
 *
 * @since 0.1.0
 */
import type { PoolEvent } from "../../../PoolEvent.ts"
import type { SizeSettings } from "../../model/lifecycle.ts"
import type { HostWorker } from "../worker/HostWorker.ts"
import type { Cancel, Timers } from "../../shared/Timers.ts"

/** One place for a worker. Invariant: at most one worker, so that the size is never exceeded. */
export interface Place {
  worker: HostWorker | undefined
  restart: Cancel | undefined
  /** Whether a worker that leaves it is replaced. */
  isOpen: boolean
}

/** What sizing asks of the fleet. */
export interface SizingOwner {
  readonly places: Array<Place>
  readonly timers: Timers
  readonly isStaffed: () => boolean
  /** How many tasks wait for a worker. */
  readonly waiting: () => number
  /** Starts a worker in a place that has none. */
  readonly fill: (slot: number) => void
  /** Ends a worker once it has finished what it runs. */
  readonly retire: (worker: HostWorker, why: "resize" | "idle") => void
  /** Lets one that was to be retired stay, unless it is on its way out. */
  readonly keep: (worker: HostWorker) => void
  readonly emit: (event: PoolEvent) => void
}

/** A busy worker is looked at again no sooner, however short the idle time is. In milliseconds. */
const sweepFloor = 10

export class Sizing {
  bounds: SizeSettings
  /** How many places are open. Invariant: written by `open` and `close` alone. */
  size = 0
  private readonly owner: SizingOwner
  private growth: Cancel | undefined
  private sweep: Cancel | undefined
  /** Tasks that were refused for want of a worker, so that nothing of them waits. */
  private refused = 0

  constructor(owner: SizingOwner, bounds: SizeSettings) {
    this.owner = owner
    this.bounds = bounds
  }

  /** The first places: at least one, since only a worker that starts shows that the pool can serve. */
  begin(): ReadonlyArray<number> {
    const slots: Array<number> = []
    while (this.size < Math.max(1, this.bounds.min)) slots.push(this.open().slot)
    this.armSweep(this.bounds.idle)
    return slots
  }

  end(): void {
    this.growth?.()
    this.sweep?.()
  }

  /** Grows side by side, or shrinks: idle workers at once, others once they have finished what they run. */
  resize(bounds: SizeSettings): void {
    if (!this.owner.isStaffed()) return
    const before = this.size
    this.bounds = bounds
    while (this.size < bounds.min) this.grow()
    if (this.size > bounds.max) this.shrink(bounds.max)
    this.report(before, "resize")
    this.sweep?.()
    this.sweep = undefined
    this.armSweep(bounds.idle)
  }

  /** A task waits, or was `refused`, since no worker is free. */
  demand(refused = 0): void {
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

  /** Open places whose worker is not up yet, but for stuck ones: nobody knows when those come back. */
  private coming(): number {
    let count = 0
    for (const { isOpen, worker } of this.owner.places)
      if (isOpen && worker?.state !== "ready" && worker?.state !== "stuck") count++
    return count
  }

  private grow(): void {
    const { place, slot } = this.open()
    // One that was to leave but still runs something stays; one that is on its way out is replaced when it is gone.
    if (place.worker === undefined) this.owner.fill(slot)
    else this.owner.keep(place.worker)
  }

  private open(): { readonly place: Place; readonly slot: number } {
    const { places } = this.owner
    let slot = places.findIndex((place) => !place.isOpen && place.worker === undefined)
    if (slot < 0 && places.length < Math.max(1, this.bounds.max)) {
      slot = places.push({ worker: undefined, restart: undefined, isOpen: false }) - 1
    }
    if (slot < 0) slot = places.findIndex((place) => !place.isOpen)
    const place = places[slot]!
    place.isOpen = true
    this.size++
    return { place, slot }
  }

  private shrink(to: number): void {
    const open = this.owner.places.filter((place) => place.isOpen)
    open.sort((a, b) => rank(a) - rank(b))
    for (const place of open.slice(0, this.size - to)) this.close(place, "resize")
  }

  private close(place: Place, why: "resize" | "idle"): void {
    place.isOpen = false
    this.size--
    place.restart?.()
    place.restart = undefined
    if (place.worker !== undefined) this.owner.retire(place.worker, why)
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
    for (let slot = owner.places.length - 1; slot >= 0 && this.size > min; slot--) {
      const place = owner.places[slot]!
      if (!place.isOpen) continue
      const left = idleSince(place, now) + idle - now
      if (left <= 0 && owner.waiting() === 0) this.close(place, "idle")
      else if (left > 0) next = Math.min(next, left)
    }
    this.report(before, "idle")
    this.armSweep(next)
  }

  private report(before: number, why: "resize" | "demand" | "idle"): void {
    if (before === this.size && why !== "resize") return
    const { max, min } = this.bounds
    this.owner.emit({ _tag: "PoolResized", size: this.size, min, max, why })
  }
}

/** Since when a place's worker has had nothing to do. One that waits for its restart is missed by nobody. */
const idleSince = ({ worker }: Place, now: number): number => {
  if (worker === undefined) return -Infinity
  return worker.state === "ready" && worker.isIdle ? worker.progressAt : now
}

/** Which place is closed first: one without a worker, one whose worker is not up, an idle one, the least busy one. */
const rank = ({ worker }: Place): number => {
  if (worker === undefined) return -2
  return worker.state === "ready" ? worker.load : -1
}
