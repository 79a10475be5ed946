/**
 * When workers are replaced although nothing is wrong with them: after so many tasks, or at an age.
 *
 * Hears of workers from the `Crew`, and has it retire them: each finishes what it runs (G1).
 *
 * @since 0.1.0
 */
import type { RecycleSettings } from "../model/lifecycle.ts"
import type { HostWorker } from "./HostWorker.ts"
import type { Cancel, Timers } from "./Timers.ts"

/** Why a worker is retired: for the pool's size, for its own sake, or on request. */
export type Retirement = "resize" | "idle" | "tasks" | "age" | "request"

/** What recycling asks of the crew. */
export interface RecyclerOwner {
  readonly timers: Timers
  readonly retire: (worker: HostWorker, why: Retirement) => void
}

export class Recycler {
  private readonly owner: RecyclerOwner
  private readonly settings: RecycleSettings
  private readonly ages = new Map<HostWorker, Cancel>()

  constructor(owner: RecyclerOwner, settings: RecycleSettings) {
    this.owner = owner
    this.settings = settings
  }

  onReady(worker: HostWorker): void {
    const { age } = this.settings
    if (age === Infinity) return
    this.ages.set(
      worker,
      this.owner.timers.after(age, () => this.owner.retire(worker, "age"))
    )
  }

  onVacated(worker: HostWorker): void {
    this.ages.get(worker)?.()
    this.ages.delete(worker)
  }
}
