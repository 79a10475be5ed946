/**
 * How slowly a lost worker is replaced, and when the pool gives up: pure functions of plain data, on OTP's budget.
 *
 * Faults and crashes are counted apart. A worker that cannot start, or dies before serving a task, is at fault itself:
 * such a _fault_ spends the budget. A worker that dies while running tasks may be the tasks' victim: such _crashes_
 * only slow the replacement down. Times are milliseconds from any origin.
 *
 * @since 0.1.0
 */
import { type Backoff, type Budget, budget, delayOf, spend } from "./restart.ts"

export interface Replacement {
  readonly budget: Budget
  /** Consecutive; the next served task resets the count. */
  readonly faults: number
  readonly crashes: number
}

export const make = (limits: { readonly intensity: number; readonly period: number }): Replacement => ({
  budget: budget(limits.intensity, limits.period),
  faults: 0,
  crashes: 0
})

/** A task was served, so workers are fine. Spent budget stays spent for its period. */
export const served = (self: Replacement): Replacement =>
  self.faults === 0 && self.crashes === 0 ? self : { ...self, faults: 0, crashes: 0 }

/** A worker could not start, or died idle before serving a task. */
export const faulted = (self: Replacement, now: number): Replacement => ({
  ...self,
  budget: spend(self.budget, now).budget,
  faults: self.faults + 1
})

/** A worker died while running tasks. */
export const crashed = (self: Replacement): Replacement => ({ ...self, crashes: self.crashes + 1 })

/**
 * Returns whether there were more faults than the intensity, within the period or in a row. Counting the row matters
 * for slow starts: they never fill a period, and must not be retried for ever.
 */
export const isExhausted = (self: Replacement): boolean =>
  self.budget.spent.length > self.budget.intensity || self.faults > self.budget.intensity

/** How many consecutive failures determine the next delay. */
export const streak = (self: Replacement): number => Math.max(self.faults, self.crashes)

/** Returns the milliseconds before the next start. `random` is a number in [0, 1). */
export const delay = (self: Replacement, backoff: Backoff, random: number): number =>
  delayOf(backoff, streak(self), random)
