/**
 * How long tasks take, by name: what batching, work ahead and chunking are sized from.
 *
 * @since 0.1.0
 */
import { defaults } from "./defaults.ts"

/** An exponentially weighted mean of run times, in milliseconds per item. */
export class Measure {
  private samples = 0
  private mean = 0

  /** So many runs took so long together. A batch weighs what its runs would one by one, and never all. */
  add(millis: number, count = 1): void {
    if (!(count > 0)) return
    this.samples += count
    // A plain mean at first, so that one slow first call (cold code) does not linger.
    const weight = Math.max(Math.min(mostWeight, 1 - 0.9 ** count), count / this.samples)
    this.mean += (millis / count - this.mean) * weight
  }

  /** `Infinity` until there is evidence: what is not known is not assumed to be short. */
  get estimate(): number {
    return this.samples < minSamples ? Infinity : this.mean
  }

  /** Proven so short that it may share a post with the reply before it (G5). */
  get isShort(): boolean {
    return this.samples >= minSamples && this.mean < defaults.shortMillis
  }

  /** Items in one chunk that takes about `chunkMillis`, at most so many; one while there is no evidence. */
  chunkSize(most: number): number {
    const estimate = this.estimate
    if (estimate === Infinity) return 1
    return Math.max(1, Math.min(most, Math.floor(defaults.chunkMillis / Math.max(estimate, 1e-6))))
  }
}

const minSamples = 4

/** A batch in which the thread lost its core for a while is not all there is to know. */
const mostWeight = 0.5
