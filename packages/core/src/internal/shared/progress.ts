/**
 * Progress as a listener hears it: counts, with the rate since the first report, on the clock of the caller.
 *
 * @since 0.2.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type { Fiber } from "effect/Fiber"
import { unexpected } from "../model/options.ts"
import type { Progress } from "../model/progress.ts"
import type { TaskPort } from "./stream/StreamCaller.ts"

/** Turns counts into progress. */
export class ProgressMeter {
  private readonly clock: Clock.Clock
  private readonly began: number

  constructor(fiber: Fiber<unknown, unknown>) {
    this.clock = Context.get(fiber.context, Clock.Clock)
    this.began = this.now()
  }

  read(done: number, total: number | undefined, note: string | undefined): Progress {
    const seconds = (this.now() - this.began) / 1e3
    return {
      done,
      total,
      note,
      rate: seconds > 0 ? done / seconds : 0,
      at: this.clock.currentTimeMillisUnsafe()
    }
  }

  private now(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe()) / 1e6
  }
}

/** The port of a call that waits for a single outcome, and hears the progress meanwhile. */
export class ProgressPort implements TaskPort {
  readonly isStream = false
  readonly arrived = 0
  private readonly meter: ProgressMeter
  private readonly listeners = new Set<(progress: Progress) => void>()

  constructor(fiber: Fiber<unknown, unknown>, listener?: (progress: Progress) => void) {
    this.meter = new ProgressMeter(fiber)
    if (listener !== undefined) this.listeners.add(listener)
  }

  get isWatched(): boolean {
    return this.listeners.size > 0
  }

  add(listener: (progress: Progress) => void): void {
    this.listeners.add(listener)
  }

  delete(listener: (progress: Progress) => void): void {
    this.listeners.delete(listener)
  }

  emitted(): boolean {
    return false
  }

  demanded(): boolean {
    return false
  }

  progressed(done: number, total: number | undefined, note: string | undefined): void {
    const progress = this.meter.read(done, total, note)
    for (const listener of this.listeners) listener(progress)
  }
}

/** Throws `InvalidOption` for an `onProgress` that is no function. */
export const checkListener = (
  listener: ((progress: Progress) => void) | undefined
): ((progress: Progress) => void) | undefined => {
  if (listener !== undefined && typeof listener !== "function")
    throw unexpected("onProgress", "a function", listener)
  return listener
}
