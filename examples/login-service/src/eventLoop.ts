/** How late the event loop is while something runs: what every other request of the server waits. */
import * as Effect from "effect/Effect"
import { monitorEventLoopDelay } from "node:perf_hooks"

/** In milliseconds. */
export interface Delay {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** How often it is looked at, in milliseconds; that much is no delay. */
const resolution = 5

export const measured = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<readonly [A, Delay], E, R> =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const histogram = monitorEventLoopDelay({ resolution })
      histogram.enable()
      return histogram
    }),
    (histogram) =>
      Effect.map(effect, (value) => {
        const millis = (nanos: number): number => Math.max(0, nanos / 1e6 - resolution)
        const delay: Delay = {
          p50: millis(histogram.percentile(50)),
          p99: millis(histogram.percentile(99)),
          max: millis(histogram.max)
        }
        return [value, delay] as const
      }),
    (histogram) => Effect.sync(() => histogram.disable())
  )
