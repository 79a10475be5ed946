/**
 * `Delay`: the distribution of a duration in a simulation.
 *
 * Each delay is drawn anew. Under `Explore` the draws are part of the log, and shrink towards the shortest.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"

/**
 * - a duration: constant.
 * - `min`, `max`: uniform between both.
 * - `Exponential`: mostly short, sometimes long, at most `max`, as waits in a queue are.
 * - `OneOf`: uniform among the delays, as with a cache hit or miss.
 *
 * @category models
 * @since 0.1.0
 */
export type Delay =
  | Duration.Input
  | { readonly min: Duration.Input; readonly max: Duration.Input }
  | { readonly _tag: "Exponential"; readonly mean: number; readonly max: number }
  | { readonly _tag: "OneOf"; readonly delays: ReadonlyArray<number> }

/**
 * Mostly short, sometimes long. `max` defaults to ten times the mean.
 *
 * @category constructors
 * @since 0.1.0
 */
export const exponential = (
  mean: Duration.Input,
  options: { readonly max?: Duration.Input | undefined } = {}
): Delay => {
  const millis = Duration.toMillis(mean)
  const max = options.max === undefined ? 10 * millis : Duration.toMillis(options.max)
  return { _tag: "Exponential", mean: millis, max }
}

/**
 * Picks among the delays with equal probability. List a delay twice to double its probability.
 *
 * @category constructors
 * @since 0.1.0
 */
export const oneOf = (...delays: readonly [Duration.Input, ...Array<Duration.Input>]): Delay => ({
  _tag: "OneOf",
  delays: delays.map((delay) => Duration.toMillis(delay))
})

/**
 * Returns the quantile in milliseconds: this part of the draws is not longer. `part` is from 0 to 1.
 *
 * @category destructors
 * @since 0.1.0
 */
export const quantile = (delay: Delay, part: number): number => {
  if (typeof delay === "object" && "_tag" in delay) {
    if (delay._tag === "Exponential") return Math.min(delay.max, -delay.mean * Math.log(1 - part))
    const { delays } = delay
    return delays[Math.min(delays.length - 1, Math.floor(part * delays.length))]!
  }
  if (!isRange(delay)) return Duration.toMillis(delay)
  const min = Duration.toMillis(delay.min)
  return min + part * (Duration.toMillis(delay.max) - min)
}

/**
 * Whether there is nothing to draw.
 *
 * @category guards
 * @since 0.1.0
 */
export const isFixed = (delay: Delay): boolean =>
  typeof delay === "object" && "_tag" in delay && delay._tag === "OneOf"
    ? new Set(delay.delays).size === 1
    : quantile(delay, 0) === quantile(delay, 1)

const isRange = (delay: Delay): delay is Extract<Delay, { readonly min: Duration.Input }> =>
  typeof delay === "object" && "min" in delay && "max" in delay
