/**
 * `Laws`: properties of every pool, each stated once, as data.
 *
 * A law uses a pool by its public API, on any transport serving the conformance tasks, and inspects outcomes, events
 * and the notes of handlers. Run laws under `Explore` on simulated workers, or hand them to
 * `TransportConformance.register` as cases.
 *
 * @since 0.1.0
 */
import * as bodies from "./laws/bodies.ts"
import * as elements from "./laws/elements.ts"
import type { Law } from "./laws/Law.ts"
import * as lifetime from "./laws/lifetime.ts"
import * as order from "./laws/order.ts"
import * as outcomes from "./laws/outcomes.ts"
import * as values from "./laws/values.ts"
import * as streams from "./laws/streams.ts"

export {
  /**
   * A law of pools.
   *
   * @category models
   * @since 0.1.0
   */
  type Law,
  /**
   * The law as a case of the conformance suite, for `TransportConformance.register`.
   *
   * @category conversions
   * @since 0.1.0
   */
  toCase
} from "./laws/Law.ts"

/**
 * Every law.
 *
 * @category laws
 * @since 0.1.0
 */
export const all: ReadonlyArray<Law> = [
  outcomes.oneOutcome,
  bodies.nothingAfterOutcome,
  lifetime.nothingLeft,
  bodies.capacity,
  order.fifo,
  order.noStarvation,
  bodies.finalizers,
  bodies.forcedEnd,
  lifetime.restartIntensity,
  lifetime.noSpawnAfterClose,
  outcomes.bystander,
  outcomes.atMostOnce,
  outcomes.eventuallyIdle,
  values.ownValues,
  streams.streamsEnd,
  elements.streamsAreWhole,
  elements.streamsHoldBack
]
