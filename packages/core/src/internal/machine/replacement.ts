/**
 * How slowly a lost worker is replaced, and when that is given up: pure functions of plain data, on OTP's budget.
 *
 * Two things are counted apart. A worker that cannot start, or dies before it has served anything, is at fault itself: its
 * _fault_ spends the budget. A worker that dies while it runs tasks may be the tasks' victim: such _crashes_ only slow
 * the replacement down. Times are numbers of milliseconds from any origin.
 *
 * @since 0.1.0
 */
import { type Backoff, type Budget, budget, delayOf, spend } from "./restart.ts"

export interface Replacement {
  readonly budget: Budget
  /** In a row; the next task that is served ends the row. */
  readonly faults: number
  readonly crashes: number
}

export const make = (limits: { readonly intensity: number; readonly period: number }): Replacement => ({
  budget: budget(limits.intensity, limits.period),
  faults: 0,
  crashes: 0
})

/** A task was served: workers are fine. What was spent stays spent for its period. */
export const served = (self: Replacement): Replacement =>
  self.faults === 0 && self.crashes === 0 ? self : { ...self, faults: 0, crashes: 0 }

/** A worker could not start, or died idle before it had served anything. */
export const faulted = (self: Replacement, now: number): Replacement => ({
  ...self,
  budget: spend(self.budget, now).budget,
  faults: self.faults + 1
})

/** A worker died while tasks ran on it. */
export const crashed = (self: Replacement): Replacement => ({ ...self, crashes: self.crashes + 1 })

/**
 * More faults than the intensity: within the period, or in a row. Starts that take long to fail never fill a period, and
 * must not be tried for ever all the same.
 */
export const isExhausted = (self: Replacement): boolean =>
  self.budget.spent.length > self.budget.intensity || self.faults > self.budget.intensity

/** How many bad ends in a row the next delay answers. */
export const streak = (self: Replacement): number => Math.max(self.faults, self.crashes)

/** Milliseconds before the next start; `random` is a number in [0, 1). */
export const delay = (self: Replacement, backoff: Backoff, random: number): number =>
  delayOf(backoff, streak(self), random)
