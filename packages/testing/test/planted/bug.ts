/** A program with a bug visible only under some schedules. */
import type * as Effect from "effect/Effect"

export interface Bug {
  readonly name: string
  /** The bug, in a line. */
  readonly what: string
  /** The fewest changes from one fiber to another, from the first operation to the last, on the way to the bug. */
  readonly switches: number
  /** The shortest known log showing the bug, as written by `Explore`. */
  readonly smallest: string
  readonly program: Effect.Effect<unknown, unknown>
  /** The same bug, where fast-check's `scheduler()` can express it. */
  readonly promises?: Promises | undefined
}

/**
 * The same bug with promises; only their order of resolution varies: each `step()` waits for its turn. Starts
 * everything. Returns a function for the end of the schedule: whether the bug showed.
 */
export type Promises = (step: () => Promise<void>) => () => boolean

/** Runs promises, and tells whether all of them have ended. */
export const running = (tasks: ReadonlyArray<Promise<unknown>>): (() => boolean) => {
  let left = tasks.length
  for (const task of tasks) void task.then(() => left--)
  return () => left === 0
}

export const unbounded = { concurrency: "unbounded", discard: true } as const

/** A lock for promises: first come, first served. */
export class PromiseLock {
  private held = false
  private readonly waiting: Array<() => void> = []

  async take(): Promise<void> {
    if (this.held) await new Promise<void>((resolve) => this.waiting.push(resolve))
    this.held = true
  }

  release(): void {
    const next = this.waiting.shift()
    if (next === undefined) this.held = false
    else next()
  }
}
