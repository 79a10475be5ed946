/**
 * Watches workers which hold tasks and send nothing. Each is first observed from outside and classified, then judged.
 *
 * Long work is silent too, so silence alone ends nothing: the limits of tasks bound long work. A worker stopped by the
 * operating system would never end by itself, and never react, so such a worker is terminated after two looks in a row.
 *
 * An idle process can be stopped as well, and only the next task would reveal this. So idle processes are looked at in the
 * same round. They are asked nothing, and a look which finds them merely idle is not reported. Idle threads are not looked
 * at: a thread cannot be stopped without its host.
 *
 * @since 0.1.0
 */
import type { Activity } from "../../model/observation.ts"
import type { Signals } from "../signals.ts"
import type { HostWorker } from "../worker/HostWorker.ts"
import type { Cancel, Timers } from "../../shared/Timers.ts"

/** The fleet as seen by health. */
export interface HealthOwner {
  readonly timers: Timers
  /** Spares as well. */
  readonly all: ReadonlyArray<HostWorker>
  readonly transport: { readonly isProcess?: boolean | undefined }
  readonly signals: Pick<Signals<HostWorker>, "workers">
}

/** The last look at a worker; `activity` is `undefined` during the first look. */
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
    // Do not look at workers whose platform reports no activity.
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
      // The worker may have gone by now, or have sent a frame.
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

/** Returns whether to end a silent worker, from its activity now and at the look before. */
export const isHopeless = (activity: Activity, before: Activity | undefined): boolean =>
  activity === "stopped" && before === "stopped"
