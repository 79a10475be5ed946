/**
 * When a lost worker is replaced, and when that is given up: pure, so that it can be tested as a table.
 *
 * Two things are counted apart. A worker that cannot start, or dies before it has served anything, is at fault
 * itself: `failures` in a row, which end the pool at `restartMax`. A worker that dies while it runs tasks may be
 * the tasks' victim: `crashes` in a row only slow the replacement down. A served task resets both.
 * (Supervision replaces this policy by full OTP intensity.)
 *
 * @since 0.1.0
 */
import { defaults } from "../model/defaults.ts"

export interface RestartState {
  readonly failures: number
  readonly crashes: number
}

export const initial: RestartState = { failures: 0, crashes: 0 }

/** A task was served: workers are fine. */
export const served = (state: RestartState): RestartState =>
  state.failures === 0 && state.crashes === 0 ? state : initial

/** A worker could not start, or died idle before it had served anything. */
export const failed = (state: RestartState): RestartState => ({ ...state, failures: state.failures + 1 })

/** A worker died while tasks ran on it. */
export const crashed = (state: RestartState): RestartState => ({ ...state, crashes: state.crashes + 1 })

export const isExhausted = (state: RestartState): boolean => state.failures >= defaults.restartMax

/** Milliseconds before the next start: none for the first, then doubling up to a cap. */
export const delay = (state: RestartState): number => {
  const n = Math.max(state.failures, state.crashes)
  return n <= 1 ? 0 : Math.min(defaults.backoffCap, defaults.backoffBase * 2 ** (n - 2))
}
