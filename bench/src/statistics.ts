// Medians, quantiles, and ratios within one round.

/** The value below which the share `q` of all values lies; the mean of the two middle ones for an even median. */
export const quantile = (values: Iterable<number>, q: number): number => {
  const sorted = Float64Array.from(values).toSorted()
  const at = (sorted.length - 1) * q
  const low = sorted[Math.floor(at)] ?? NaN
  const high = sorted[Math.ceil(at)] ?? NaN
  return low + (high - low) * (at - Math.floor(at))
}

export const median = (values: Iterable<number>): number => quantile(values, 0.5)

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export const spread = (values: ReadonlyArray<number>): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values)
})

/**
 * How many times better one is than the other: round by round, so that what slowed a whole round down cancels out.
 * Above 1 the first is better, whether more or less of the unit is. `undefined` when they share no round.
 */
export const advantage = (
  one: ReadonlyArray<number>,
  other: ReadonlyArray<number>,
  better: "more" | "less"
): Spread | undefined => {
  const rounds = Math.min(one.length, other.length)
  if (rounds === 0) return undefined
  return spread(
    Array.from({ length: rounds }, (_, round) =>
      better === "more" ? one[round]! / other[round]! : other[round]! / one[round]!
    )
  )
}
