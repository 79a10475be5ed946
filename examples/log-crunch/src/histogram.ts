/**
 * Durations in buckets: 32 to each power of two, so that a bucket is at most 1/32 wide of what it holds. Two histograms are merged
 * by adding their counts, so percentiles come out the same however the log was cut.
 */

/** Buckets of one power of two, as a power of two. */
const bits = 5

/** A little over an hour, in microseconds. What is longer counts as this. */
const longest = 2 ** 32 - 1

const buckets = ((31 - bits) << bits) + 2 ** (bits + 1)

const bucketOf = (micros: number): number => {
  const shift = Math.max(0, 31 - Math.clz32(micros) - bits)
  return (shift << bits) + (micros >>> shift)
}

/** The greatest value of a bucket. */
const upperOf = (bucket: number): number => {
  const shift = Math.max(0, (bucket >> bits) - 1)
  return (bucket - (shift << bits) + 1) * 2 ** shift - 1
}

/** The buckets that hold something, and the greatest duration in microseconds. */
export interface Sparse {
  readonly greatest: number
  readonly counts: ReadonlyArray<readonly [bucket: number, count: number]>
}

export class Histogram {
  private readonly counts = new Float64Array(buckets)
  private greatest = 0

  add(millis: number): void {
    const micros = Math.min(longest, Math.round(millis * 1000))
    if (micros > this.greatest) this.greatest = micros
    const bucket = bucketOf(micros)
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
  }

  get max(): number {
    return this.greatest / 1000
  }

  /** In milliseconds: what the share `q` of all durations does not exceed, at most 1/32 too high. */
  quantile(q: number): number {
    let left = Math.ceil(q * this.counts.reduce((sum, count) => sum + count, 0))
    const bucket = this.counts.findIndex((count) => (left -= count) <= 0)
    return Math.min(upperOf(bucket), this.greatest) / 1000
  }

  get sparse(): Sparse {
    const counts = Array.from(this.counts, (count, bucket) => [bucket, count] as const)
    return { greatest: this.greatest, counts: counts.filter(([, count]) => count > 0) }
  }

  merge({ counts, greatest }: Sparse): void {
    this.greatest = Math.max(this.greatest, greatest)
    for (const [bucket, count] of counts) this.counts[bucket] = (this.counts[bucket] ?? 0) + count
  }
}
