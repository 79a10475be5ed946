/**
 * When workers are replaced although they have not died: after so many tasks, at an age, or for what they hold in memory.
 *
 * Hears of workers from the `Fleet`, and has it retire them: each finishes what it runs (G1), but for one above a hard
 * limit of memory, which is terminated.
 *
 * @since 0.1.0
 */
import type { MemorySettings, RecycleSettings } from "../../model/lifecycle.ts"
import type { Memory } from "../../model/observation.ts"
import type { HostWorker } from "../worker/HostWorker.ts"
import type { Retirement } from "../signals.ts"
import type { Cancel, Timers } from "../../shared/Timers.ts"

/** What recycling asks of the fleet. */
export interface RecyclerOwner {
  readonly timers: Timers
  readonly workers: ReadonlyArray<HostWorker>
  readonly retire: (worker: HostWorker, why: Retirement) => void
}

export class Recycler {
  private readonly owner: RecyclerOwner
  private readonly settings: RecycleSettings
  private readonly ages = new Map<HostWorker, Cancel>()
  private next: Cancel | undefined
  /** Those whose memory is being looked at: a blocked one may take long to tell. */
  private readonly looking = new Set<HostWorker>()

  constructor(owner: RecyclerOwner, settings: RecycleSettings) {
    this.owner = owner
    this.settings = settings
  }

  onReady(worker: HostWorker): void {
    const { age } = this.settings
    if (age !== Infinity) {
      const retire = () => this.owner.retire(worker, "age")
      this.ages.set(worker, this.owner.timers.after(age, retire))
    }
    if (isWatched(this.settings)) this.next ??= this.owner.timers.after(this.settings.every, this.look)
  }

  onVacated(worker: HostWorker): void {
    this.ages.get(worker)?.()
    this.ages.delete(worker)
    this.looking.delete(worker)
  }

  end(): void {
    this.next?.()
  }

  private readonly look = (): void => {
    this.next = this.owner.timers.after(this.settings.every, this.look)
    for (const worker of this.owner.workers) {
      if (worker.state !== "ready" || worker.outside.memory === undefined || this.looking.has(worker))
        continue
      this.looking.add(worker)
      worker.outside.memory((memory) => {
        // It may be gone by now.
        if (this.looking.delete(worker)) this.judge(worker, memory)
      })
    }
  }

  private judge(worker: HostWorker, memory: Memory): void {
    const verdict = judge(this.settings, memory)
    if (verdict === undefined) return
    if (verdict.isHard) worker.terminate("memory")
    else this.owner.retire(worker, verdict.what)
  }
}

const isLimited = ({ hard, soft }: MemorySettings): boolean => Math.min(soft, hard) !== Infinity

const isWatched = ({ heap, rss }: RecycleSettings): boolean => isLimited(heap) || isLimited(rss)

/** What is above its limit; a hard limit counts first. What the platform does not tell is above none. */
export const judge = (
  { heap, rss }: Pick<RecycleSettings, "heap" | "rss">,
  memory: Memory
): { readonly what: "heap" | "rss"; readonly isHard: boolean } | undefined => {
  const { heap: usedHeap = 0, rss: usedRss = 0 } = memory
  if (usedHeap > heap.hard) return { what: "heap", isHard: true }
  if (usedRss > rss.hard) return { what: "rss", isHard: true }
  if (usedHeap > heap.soft) return { what: "heap", isHard: false }
  return usedRss > rss.soft ? { what: "rss", isHard: false } : undefined
}
