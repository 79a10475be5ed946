/**
 * How a pool closes: a numbered procedure, bounded at every step (G2, G4).
 *
 * 1. Admission closes. Callers suspended before the queue get `PoolClosed`; so does whoever submits from now on.
 * 2. By policy: `drain` lets the queue and the workers finish, for at most `drainTimeout`; `finish` refuses what has not
 *    started (`PoolClosed`: never ran) and lets what runs finish, with all that it calls, for as long; `interrupt` refuses
 *    the queue and interrupts what runs, each through the ladder (`Interrupted` by
 *    pool). A drain or a finish that takes too long turns into `interrupt`. A task that ends by itself meanwhile keeps its
 *    own outcome; one whose worker dies meanwhile goes back to the queue while draining, else is refused.
 * 3. Each worker, in parallel, as soon as it holds nothing: it is asked to close its layer's scope and to end.
 * 4. Those that have not ended within the grace are terminated; those that have not after `terminateTimeout` are
 *    stuck: reported, and left to the platform, as are those that were stuck before.
 * 5. Timers and listeners end; the state is `closed`. Then closing dies of what workers died of while they stopped, as a
 *    scope does whose finalizers die; those that were only too slow have been logged (docs/decisions/0045).
 *
 * The steps are the cells of `machine/poolMachine.ts`; `PoolEngine.perform` runs their actions.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { TaskError } from "../../../TaskError.ts"
import type { PoolEngine } from "./PoolEngine.ts"

const outcome = ({ brokenInvariant, fleet: { failedStops } }: PoolEngine): Effect.Effect<void> => {
  const stops: ReadonlyArray<unknown> = failedStops.map((reason) => new TaskError({ reason }))
  const defects = [...stops, ...(brokenInvariant === undefined ? [] : [brokenInvariant])].map(
    Cause.makeDieReason
  )
  return defects.length === 0 ? Effect.void : Effect.failCause(Cause.fromReasons(defects))
}

/** Completes when every worker is gone, or stuck and reported. Closing twice is closing once. */
export const shutdown = (engine: PoolEngine): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const look = () => {
      if (engine.state === "closed") return resume(outcome(engine))
      engine.whenStateChanges(look)
    }
    engine.close()
    look()
  })
