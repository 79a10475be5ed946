/**
 * How a pool closes: a numbered procedure, bounded at every step (G2, G4).
 *
 * 1. Admission closes. Callers suspended before the queue get `PoolClosed`, as do callers who submit from now on.
 * 2. The policy decides about the other tasks. `drain` lets the queue and the workers finish, for at most `drainTimeout`.
 *    `finish` refuses all unstarted tasks (`PoolClosed`: never ran), and lets running tasks and their nested tasks finish
 *    within the same time. `interrupt` refuses the queue and interrupts running tasks, each through the ladder (`Interrupted`
 *    by pool). A drain or a finish which takes too long turns into `interrupt`. A task which ends by itself meanwhile keeps
 *    its own outcome. A task whose worker dies meanwhile goes back to the queue while draining, and is refused otherwise.
 * 3. Each worker, in parallel, is asked to close its layer's scope and to end, as soon as the worker holds nothing.
 * 4. Workers still running at the end of the grace are terminated. Workers still running after `terminateTimeout` are stuck:
 *    they are reported and left to the platform, as are workers which were stuck before.
 * 5. Timers and listeners end; the state is `closed`. Then closing dies of the failures of stopping workers, as a scope dies
 *    of its finalizers' defects. Workers which were merely too slow have been logged (docs/decisions/0045).
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

/** Closes the pool. Completes when every worker is gone, or is stuck and reported. A second call waits for the same close. */
export const shutdown = (engine: PoolEngine): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const look = () => {
      if (engine.state === "closed") return resume(outcome(engine))
      engine.whenStateChanges(look)
    }
    engine.close()
    look()
  })
