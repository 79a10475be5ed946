/** A program with a bug that only some schedules show. */
import type * as Effect from "effect/Effect"

export interface Bug {
  readonly name: string
  /** What is wrong with it, in a line. */
  readonly what: string
  /** The fewest changes from one fiber to another, from the first operation to the last, that show it. */
  readonly switches: number
  /** The shortest log that is known to show it, as `Explore` writes it. */
  readonly smallest: string
  readonly program: Effect.Effect<unknown, unknown>
  /** The same bug, where fast-check's `scheduler()` can express it. */
  readonly promises?: Promises | undefined
}

/**
 * The same bug with promises, whose order of resolution is all that is varied: each `step()` waits for its turn. Starts
 * everything, and answers what tells, when nothing is left to schedule, whether the bug showed.
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
