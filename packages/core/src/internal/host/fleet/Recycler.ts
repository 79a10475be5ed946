/**
 * Replaces living workers: at an age, or for their use of memory.
 *
 * Hears of workers from the `Fleet`, and asks the `Fleet` to retire them: each finishes its started tasks (G1). A worker
 * above a hard limit of memory is terminated instead.
 *
 * @since 0.1.0
 */
import type { MemorySettings, RecycleSettings } from "../../model/lifecycle.ts"
import type { Memory } from "../../model/observation.ts"
import type { HostWorker } from "../worker/HostWorker.ts"
import type { Retirement } from "../signals.ts"
import type { Cancel, Timers } from "../../shared/Timers.ts"

/** The fleet as seen by the recycler. */
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
  /** Workers whose memory is being read: a blocked worker may answer late. */
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
        // The worker may be gone by now.
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

/** Returns which limit is exceeded; hard limits come first. A value which the platform does not report exceeds no limit. */
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
