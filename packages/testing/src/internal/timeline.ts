/**
 * Virtual time: a clock moved only by its simulation, and its sleepers.
 *
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Strand } from "./strand.ts"

export interface Wake {
  readonly run: () => void
  /** Whose sleep ends. */
  readonly strand: Strand
}

interface Timer {
  readonly at: number
  readonly order: number
  readonly wake: Wake
}

const nanosPerMilli = 1_000_000n

const toNanos = (millis: number): bigint => {
  const whole = Math.floor(millis)
  return BigInt(whole) * nanosPerMilli + BigInt(Math.floor((millis - whole) * 1e6))
}

export class Timeline {
  /** Milliseconds since the start. */
  elapsed = 0
  private readonly start: number
  /** Invariant: sorted, latest first; equal times in reverse order of registration: the last one wakes next. */
  private readonly timers: Array<Timer> = []
  private order = 0

  readonly clock: Clock.Clock

  /** `onSleep` receives each sleep, and returns the sleep's strand. */
  constructor(start: number, onSleep: (until: number) => Strand) {
    this.start = start
    const currentTimeMillisUnsafe = () => this.start + this.elapsed
    const currentTimeNanosUnsafe = () => toNanos(this.start + this.elapsed)
    const monotonicTimeNanosUnsafe = () => toNanos(this.elapsed)
    this.clock = {
      currentTimeMillisUnsafe,
      currentTimeNanosUnsafe,
      monotonicTimeNanosUnsafe,
      currentTimeMillis: Effect.sync(currentTimeMillisUnsafe),
      currentTimeNanos: Effect.sync(currentTimeNanosUnsafe),
      monotonicTimeNanos: Effect.sync(monotonicTimeNanosUnsafe),
      sleep: (duration) => {
        const millis = Duration.toMillis(duration)
        if (millis <= 0) return Effect.yieldNow
        if (millis === Infinity) return Effect.never
        return Effect.callback<void>((resume) => {
          const strand = onSleep(this.elapsed + millis)
          const cancel = this.register(millis, { run: () => resume(Effect.void), strand })
          return Effect.sync(cancel)
        })
      }
    }
  }

  /** How many timers wait. */
  get pending(): number {
    return this.timers.length
  }

  private register(millis: number, wake: Wake): () => void {
    const timer: Timer = { at: this.elapsed + millis, order: this.order++, wake }
    this.timers.splice(this.indexOf(timer), 0, timer)
    return () => {
      const index = this.indexOf(timer)
      if (this.timers[index] === timer) this.timers.splice(index, 1)
    }
  }

  /** Where a timer stands, or would stand. */
  private indexOf({ at, order }: Timer): number {
    let low = 0
    let high = this.timers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.timers[middle]!
      if (other.at > at || (other.at === at && other.order > order)) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Moves on to the next timer; `false` when there is none. */
  jump(): boolean {
    const next = this.timers.at(-1)
    if (next === undefined) return false
    this.elapsed = Math.max(this.elapsed, next.at)
    return true
  }

  /** Takes the due sleepers, in order of time and then of registration. */
  takeDue(): Array<Wake> {
    const due: Array<Wake> = []
    while (this.timers.length > 0 && this.timers.at(-1)!.at <= this.elapsed) due.push(this.timers.pop()!.wake)
    return due
  }
}
