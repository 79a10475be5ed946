/**
 * Workers that hold tasks and say nothing: each is looked at from outside, classified, and only then judged.
 *
 * Long work is silent too, so silence alone ends nothing: the limits of tasks do that. A worker that the operating system
 * has stopped would never end by itself, and never react: it is terminated, once it was seen so twice.
 *
 * A process can be stopped while it has nothing to do as well, and the next task would find out. So idle ones are looked at
 * too, in the same round; nothing is asked of them, and a look that finds them idle is not told. Threads are not: nobody can
 * stop one without its host.
 *
 * @since 0.1.0
 */
import type { Activity } from "../../model/observation.ts"
import type { Signals } from "../signals.ts"
import type { HostWorker } from "../worker/HostWorker.ts"
import type { Cancel, Timers } from "../../shared/Timers.ts"

/** What health asks of the fleet. */
export interface HealthOwner {
  readonly timers: Timers
  /** Spares as well. */
  readonly all: ReadonlyArray<HostWorker>
  readonly transport: { readonly isProcess?: boolean | undefined }
  readonly signals: Pick<Signals<HostWorker>, "workers">
}

/** What was seen of a worker the last time; `undefined` while the first look is going on. */
interface Seen {
  readonly since: number
  activity: Activity | undefined
}

export class Health {
  private readonly owner: HealthOwner
  private readonly silence: number
  private readonly seen = new Map<HostWorker, Seen>()
  private next: Cancel | undefined

  constructor(owner: HealthOwner, silence: number) {
    this.owner = owner
    this.silence = silence
  }

  onReady(worker: HostWorker): void {
    // Where nothing can be told there is nothing to look at.
    if (worker.outside.activity !== undefined) this.next ??= this.owner.timers.limit(this.silence, this.look)
  }

  onVacated(worker: HostWorker): void {
    this.seen.delete(worker)
  }

  end(): void {
    this.next?.()
  }

  private readonly look = (): void => {
    this.next = this.owner.timers.limit(this.silence, this.look)
    const now = this.owner.timers.now()
    for (const worker of this.owner.all) {
      if (this.isSilent(worker, now) || this.isIdle(worker)) this.examine(worker)
      else this.seen.delete(worker)
    }
  }

  private isIdle(worker: HostWorker): boolean {
    return this.owner.transport.isProcess === true && worker.state === "ready" && !worker.isPosted
  }

  private isSilent(worker: HostWorker, now: number): boolean {
    return worker.state === "ready" && worker.isPosted && now - worker.progressAt >= this.silence
  }

  private examine(worker: HostWorker): void {
    const since = worker.progressAt
    const before = this.seen.get(worker)
    const seen = before?.since === since ? before : { since, activity: undefined }
    this.seen.set(worker, seen)
    worker.outside.activity?.((activity) => {
      // It may be gone by now, or have spoken.
      if (this.seen.get(worker) !== seen || worker.progressAt !== since) return
      const last = seen.activity
      seen.activity = activity
      if (activity !== last && (worker.isPosted || activity === "stopped")) {
        const millis = this.owner.timers.now() - since
        this.owner.signals.workers.silent.tell(worker, activity, millis)
      }
      if (isHopeless(activity, last)) worker.terminate("stopped")
    })
  }
}

/** Whether a worker that says nothing is to be ended: what it does now, and what it did one look earlier. */
export const isHopeless = (activity: Activity, before: Activity | undefined): boolean =>
  activity === "stopped" && before === "stopped"
