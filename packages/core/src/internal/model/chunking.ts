/**
 * How many inputs travel as one message: the policy of `forEach` and `stream`, on both sides, as pure functions.
 *
 * A chunk takes about `chunkMillis` of measured run time. Less, and posts cost more than the tasks; more, and interruption, loss and
 * fairness grow coarse.
 *
 * @since 0.1.0
 */
import { defaults } from "./defaults.ts"

/** Chunks shrink towards the end of a list, to no less than this part of their size. */
const smallestPart = 1 / 8

/**
 * Returns how many inputs take the target time, `most` at most; 1 without a measurement.
 *
 * `estimate`: milliseconds for each input, `Infinity` while unknown.
 */
export const chunkSize = (estimate: number, most: number): number =>
  estimate === Infinity
    ? 1
    : Math.max(1, Math.min(most, Math.floor(defaults.chunkMillis / Math.max(estimate, 1e-6))))

/**
 * Returns the size of the next chunk of a list: towards the target time, yet never so much that the end of the list keeps one worker
 * alone busy.
 *
 * `size`: by `chunkSize`. `remaining`: inputs that are left, `Infinity` while unknown. `width`: chunks in flight.
 */
export const nextChunk = (size: number, remaining: number, width: number): number =>
  Math.max(1, Math.min(size, Math.max(Math.ceil(remaining / width), Math.ceil(size * smallestPart))))
