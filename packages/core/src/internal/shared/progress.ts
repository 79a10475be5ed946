/**
 * Progress as a listener hears it: counts, with the rate since the first report, on the clock of the caller.
 *
 * @since 0.2.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type { Fiber } from "effect/Fiber"
import { type RunOptions, unexpected } from "../model/options.ts"
import type { Progress } from "../model/progress.ts"
import type { TaskPort } from "./stream/StreamCaller.ts"

type Listener = (progress: Progress) => void

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
  private readonly listeners = new Set<Listener>()
  /** Called when the task has ended, for those who began to listen after its start. */
  private readonly endings = new Set<() => void>()

  constructor(fiber: Fiber<unknown, unknown>, listener: Listener | undefined) {
    this.meter = new ProgressMeter(fiber)
    if (listener !== undefined) this.listeners.add(listener)
  }

  get isWatched(): boolean {
    return this.listeners.size > 0
  }

  /** Adds a listener to a task in progress. `ask`: asks the worker for reports, as nobody has listened so far. */
  watch(listener: Listener, onEnd: () => void, ask: () => void): () => void {
    const isFirst = !this.isWatched
    this.listeners.add(listener)
    this.endings.add(onEnd)
    if (isFirst) ask()
    return () => {
      this.listeners.delete(listener)
      this.endings.delete(onEnd)
    }
  }

  /** The task has ended. */
  end(): void {
    for (const onEnd of this.endings) onEnd()
    this.endings.clear()
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

/** Returns the port of a call: its own, or one for `onProgress`. The progress of a chunk is counted by its `forEach`. */
export const portOf = (
  own: TaskPort | undefined,
  options: RunOptions | undefined,
  items: number | undefined,
  fiber: Fiber<unknown, unknown>
): TaskPort | undefined => {
  if (options === undefined) return own
  const listener = checkListener(options.onProgress)
  if (own !== undefined || listener === undefined || items !== undefined) return own
  return new ProgressPort(fiber, listener)
}

/** Throws `InvalidOption` for an `onProgress` that is no function. */
export const checkListener = (listener: Listener | undefined): Listener | undefined => {
  if (listener !== undefined && typeof listener !== "function")
    throw unexpected("onProgress", "a function", listener)
  return listener
}
