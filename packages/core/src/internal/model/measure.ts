/**
 * Measures how long tasks take, by name. Batching, work ahead and chunk sizes depend on the estimate.
 *
 * @since 0.1.0
 */
import { chunkSize } from "./chunking.ts"
import { defaults } from "./defaults.ts"

/** An exponentially weighted mean of run times, in milliseconds per item. */
export class Measure {
  private samples = 0
  private mean = 0

  /**
   * Adds the total time of `count` runs. A batch weighs as much as its runs would one by one, but never replaces the
   * whole mean.
   */
  add(millis: number, count = 1): void {
    if (!(count > 0)) return
    this.samples += count
    // A plain mean at first, so that one slow first call (cold code) does not dominate.
    const weight = Math.max(Math.min(mostWeight, 1 - 0.9 ** count), count / this.samples)
    this.mean += (millis / count - this.mean) * weight
  }

  /** `Infinity` until there are enough samples: an unknown task is not assumed to be short. */
  get estimate(): number {
    return this.samples < minSamples ? Infinity : this.mean
  }

  /** Whether the task is proven short enough to share a post with the previous reply (G5). */
  get isShort(): boolean {
    return this.samples >= minSamples && this.mean < defaults.shortMillis
  }

  /** Returns how many items take about `chunkMillis`, at most `most`; 1 without enough samples. */
  chunkSize(most: number): number {
    return chunkSize(this.estimate, most)
  }
}

const minSamples = 4

/** Limits the weight of one batch, during which the thread may have lost its core. */
const mostWeight = 0.5
