/**
 * How the workers of a transport under test start. Apart from `Harness.ts`, since workers load this file as well.
 *
 * @since 0.1.0
 */

/**
 * How a worker starts.
 *
 * - `throws`: throws `new Error("thrown at import")` before the worker is ready; `exits`: ends with exit code 7;
 *   `leaves`: ends with exit code 0. `hangs`: never lets go. `slow`: {@link slowMillis} longer.
 * - `buildFails`, `buildDies`: after 100 ms its layer fails with `NoDatabase`, or dies of an `Error` "no database".
 *
 * @category models
 * @since 0.1.0
 */
export type Start = "normal" | "slow" | "throws" | "exits" | "leaves" | "hangs" | "buildFails" | "buildDies"

/**
 * How much longer a `slow` start takes, in milliseconds.
 *
 * @category constants
 * @since 0.1.0
 */
export const slowMillis = 300

/**
 * One mode for all workers, or a list for the first workers, after which workers start normally.
 *
 * @category models
 * @since 0.1.0
 */
export type Starts = Start | ReadonlyArray<Start> | undefined

/**
 * Which of the ways a worker starts.
 *
 * @category getters
 * @since 0.1.0
 */
export const startOf = (starts: Starts, worker: number): Start =>
  (typeof starts === "string" ? starts : starts?.[worker - 1]) ?? "normal"
