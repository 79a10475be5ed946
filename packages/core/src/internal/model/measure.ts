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

  add(millis: number): void {
    // A plain mean at first, so that one slow first call (cold code) does not linger.
    this.samples++
    this.mean += (millis - this.mean) * Math.max(0.1, 1 / this.samples)
  }

  /** `Infinity` until there is evidence: what is not known is not assumed to be short. */
  get estimate(): number {
    return this.samples < minSamples ? Infinity : this.mean
  }

  /** Proven so short that it may share a post with the reply before it (G5). */
  get isShort(): boolean {
    return this.samples >= minSamples && this.mean < defaults.shortMillis
  }

  /** Items in one chunk that takes about `chunkMillis`; one while there is no evidence. */
  get chunkSize(): number {
    const estimate = this.estimate
    if (estimate === Infinity) return 1
    return Math.max(
      1,
      Math.min(defaults.chunkMax, Math.floor(defaults.chunkMillis / Math.max(estimate, 1e-6)))
    )
  }
}

const minSamples = 4
