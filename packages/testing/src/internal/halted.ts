/**
 * Schedulers of dead workers. Their fibers never run again, and count as ended.
 *
 * @since 0.1.0
 */
import type * as Scheduler from "effect/Scheduler"

export const halted = new WeakSet<Scheduler.Scheduler>()
