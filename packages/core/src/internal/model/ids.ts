/**
 * The numbers that name tasks, workers and seats on both sides of the boundary. Types only.
 *
 * @since 0.1.0
 */

/** Names one submission in its pool; counts up by one, never reused. Correlates replies with callers. */
export type TaskId = number

/** Names one worker for the whole life of the pool; a replacement gets a new number. */
export type WorkerId = number

/** Names one seat of a worker, `0 … size - 1`; a replacement takes the same seat. */
export type SlotIndex = number
