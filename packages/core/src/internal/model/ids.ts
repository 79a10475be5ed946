/**
 * The numbers that name things on both sides of the boundary.
 *
 * @since 0.1.0
 */

/** Names one submission in its pool; grows by one, never reused. Correlates replies with callers. */
export type TaskId = number

/** Names one worker of a pool for the whole life of the pool; a replacement gets a new one. */
export type WorkerId = number

/** Names one place for a worker, `0 … size - 1`; a replacement takes the same place. */
export type SlotIndex = number
