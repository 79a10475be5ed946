/**
 * Progress, as its listeners hear it. Types only.
 *
 * @since 0.2.0
 */

/**
 * How far a task has come, or a `forEach` or `stream` of tasks.
 *
 * - `done`: units of work; items, for `forEach` and `stream`. `total`: `undefined` while unknown.
 * - `note`: the handler's own words; `undefined` for `forEach` and `stream`.
 * - `rate`: units per second since the call began.
 * - `at`: milliseconds since the epoch.
 *
 * @category models
 * @since 0.2.0
 */
export interface Progress {
  readonly done: number
  readonly total: number | undefined
  readonly note: string | undefined
  readonly rate: number
  readonly at: number
}
