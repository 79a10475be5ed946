/**
 * One direction between host and worker: items arrive in the order of posting, each in a turn of
 * its own, after a latency.
 *
 * @since 0.1.0
 */

export interface ChannelOptions {
  /** Runs a callback in a later turn. */
  readonly schedule: (f: () => void) => void
  /** Runs a callback in a later turn, after so many milliseconds. */
  readonly after: (millis: number, f: () => void) => void
  /** Draws a latency, in milliseconds. */
  readonly latency: () => number
  readonly now: () => number
  /** Until when nothing is handed over. Default: never. */
  readonly blockedUntil?: (() => number) | undefined
}

interface Item {
  readonly deliver: () => void
  /** Whether `drain` may deliver the item ahead of its turn. */
  readonly drainable: boolean
  arrived: boolean
}

export class Channel {
  private readonly options: ChannelOptions
  /** Invariant: arrived items stand before the rest. */
  private items: Array<Item> = []
  private isOpen = false
  private lastDue = 0

  constructor(options: ChannelOptions) {
    this.options = options
  }

  /** `late`: how many milliseconds the item takes beyond the latency. */
  post(deliver: () => void, drainable = true, late = 0): void {
    const item: Item = { deliver, drainable, arrived: false }
    this.items.push(item)
    const { after, latency, now, schedule } = this.options
    const due = Math.max(this.lastDue, now() + latency() + late)
    const wait = due - now()
    this.lastDue = due
    if (wait <= 0) this.arrive(item)
    else after(wait, () => this.handOver(item))
    if (wait <= 0) schedule(() => this.handOver(item))
  }

  /** From now on items are handed over; earlier items are delivered first. */
  open(): void {
    if (this.isOpen) return
    this.isOpen = true
    for (const item of this.items) if (item.arrived) this.options.schedule(() => this.handOver(item))
  }

  /** Delivers arrived items, synchronously. */
  drain(): void {
    if (this.blockedFor > 0) return
    while (this.isOpen && this.items[0]?.arrived === true && this.items[0].drainable)
      this.items.shift()!.deliver()
  }

  /** Forgets items under way. */
  cut(): void {
    this.items = []
  }

  /** With equal times, turns may come in any order: an arrival takes along all earlier posts. */
  private arrive(item: Item): void {
    const index = this.items.indexOf(item)
    for (let i = index; i >= 0 && !this.items[i]!.arrived; i--) this.items[i]!.arrived = true
  }

  /** A clock counts whole nanoseconds: less than some of them would never pass. */
  private get blockedFor(): number {
    const { blockedUntil, now } = this.options
    const left = blockedUntil === undefined ? 0 : blockedUntil() - now()
    return left > 0.001 ? left : 0
  }

  private handOver(item: Item): void {
    const { blockedFor } = this
    if (blockedFor > 0) {
      this.options.after(blockedFor, () => this.handOver(item))
      return
    }
    this.arrive(item)
    if (this.isOpen && this.items[0]?.arrived === true) this.items.shift()!.deliver()
  }
}
