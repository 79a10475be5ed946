/**
 * Many payloads of one task, run one after another and answered together.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import type { Prepared } from "./handlers.ts"
import type { Job, JobExit } from "./Job.ts"

/** Of items proven short, the flag in shared memory is read before each of so many: reading costs as much as an item. */
const shortItemsPerLook = 64

/**
 * `evaluate` answers the exit of an item that ends at once, or calls back later. `complete` hears the outcome of all,
 * and how many ran: the first failure ends the rest, as does an interruption between two items.
 */
export const runItems = (
  job: Job,
  handler: Prepared,
  evaluate: (item: unknown, onExit: (exit: JobExit) => void) => JobExit | undefined,
  complete: (exit: JobExit, items: number) => void
): void => {
  const payloads = job.payload as ArrayLike<unknown>
  const total = payloads.length
  const results: Array<unknown> = []
  let stride = handler.measure.isShort ? shortItemsPerLook : 1
  /** Whether there is more to do after an item. */
  const take = (exit: JobExit): boolean => {
    if (exit._tag === "Success") results.push(exit.value)
    else complete(exit, results.length + 1)
    return exit._tag === "Success"
  }
  const resume = (exit: JobExit): void => {
    job.fiber = undefined
    stride = 1
    if (take(exit)) loop()
  }
  // A loop for items that end at once, begun again by those that do not: no stack grows with the items.
  const loop = (): void => {
    for (;;) {
      const done = results.length
      if (done === total) return complete(Exit.succeed(results), total)
      if (done % stride === 0 && job.hasFlag) return complete(Exit.failCause(Cause.interrupt()), done)
      const item = payloads[done]
      const exit = evaluate(handler.isModule ? [item] : item, resume)
      if (exit === undefined || !take(exit)) return
    }
  }
  loop()
}
