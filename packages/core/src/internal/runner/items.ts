/**
 * Many payloads of one task, run one after another and answered together.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Packed from "../../protocol/Packed.ts"
import * as Slab from "../../protocol/Slab.ts"
import { Malformed } from "../../TaskError.ts"
import { isInstance } from "../model/foreign.ts"
import { call, callPlain, type Prepared } from "./handlers.ts"
import type { Job, JobExit } from "./Job.ts"
import { runOf, unasked } from "./numbers.ts"

/** Of items proven short, the flag in shared memory is read before each of so many: reading costs as much as an item. */
const shortItemsPerLook = 64

/** All results of a job of many, encoded; `values` as the handler gave them, where something may move with them. */
export interface Items {
  readonly encoded: Float64Array | Array<unknown>
  readonly values: ReadonlyArray<unknown> | undefined
}

/** Runs what a handler answered for one item. */
export type Launch = (
  effect: Effect.Effect<unknown, unknown>,
  onExit: (exit: JobExit) => void
) => JobExit | undefined

/**
 * `within` runs code as the synchronous part of the handler; once around many items, as it costs as much as one.
 * `launch` answers the exit of an item that ends at once, or calls back later. `complete` hears the outcome of all,
 * an `Items` when it is a success, and how many ran: the first failure ends the rest, as does an interruption between two items.
 */
export const runItems = (
  job: Job,
  handler: Prepared,
  launch: Launch,
  within: (f: () => void) => void,
  complete: (exit: JobExit, items: number) => void
): void => {
  const payloads = job.payload as ArrayLike<unknown>
  const total = payloads.length
  const { body } = handler
  const { transferSuccess, worker } = handler.codec
  const encoded = new Packed.Builder(total, Slab.answers(payloads))
  const values: Array<unknown> | undefined = transferSuccess === undefined ? undefined : []
  const run = values === undefined ? runOf(handler, job, payloads) : undefined
  let stride = handler.measure.isShort ? shortItemsPerLook : 1
  /** Whether there is more to do after an item. */
  const take = (exit: JobExit): boolean => {
    if (exit._tag === "Success") {
      try {
        encoded.push(worker.encodeSuccess(exit.value))
        values?.push(exit.value)
        return true
      } catch (error) {
        complete(isInstance(error, Malformed) ? Exit.fail(error) : Exit.die(error), encoded.length + 1)
        return false
      }
    }
    complete(exit, encoded.length + 1)
    return false
  }
  /** The same after what was answered for it: a module's function answers data, and nothing is wrapped around that. */
  const settle = (answered: unknown): boolean => {
    if (body.kind === "module" && !(typeof answered === "object" && Effect.isEffect(answered))) {
      encoded.push(answered)
      return true
    }
    const exit = launch(answered as Effect.Effect<unknown, unknown>, resume)
    return exit !== undefined && take(exit)
  }
  const resume = (exit: JobExit): void => {
    job.fiber = undefined
    stride = 1
    if (take(exit)) within(loop)
  }
  // A loop for items that end at once, begun again by those that do not: no stack grows with the items.
  const loop = (): void => {
    for (;;) {
      const done = encoded.length
      if (done === total) return complete(Exit.succeed({ encoded: encoded.build(), values }), total)
      if (done % stride === 0 && job.hasFlag) return complete(Exit.failCause(Cause.interrupt()), done)
      const room = encoded.room
      let answered: unknown = unasked
      if (run !== undefined && room !== undefined) {
        const rest = run(room, done, Math.min(total, done - (done % stride) + stride))
        encoded.length = rest.at
        answered = rest.answered
        if (answered === unasked && rest.at > done) continue
      }
      if (answered === unasked) {
        const item = payloads[done]
        answered = body.kind === "module" ? callPlain(body.run, item) : call(handler, item, job)
      }
      if (!settle(answered)) return
    }
  }
  within(loop)
}
