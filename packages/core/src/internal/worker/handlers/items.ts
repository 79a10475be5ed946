/**
 * Many payloads of one task, run one after another and answered together.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Capture from "../../../protocol/values/Capture.ts"
import { Refused } from "../../../protocol/values/Clonable.ts"
import * as Packed from "../../../protocol/values/Packed.ts"
import * as SharedChunk from "../../../protocol/values/SharedChunk.ts"
import { Malformed } from "../../../TaskError.ts"
import { isInstance } from "../../model/foreign.ts"
import { isEffect } from "../../model/genuine.ts"
import type { Movable } from "../../model/movable.ts"
import { call, callPlain, type CompiledHandler } from "./handlers.ts"
import type { Job, JobExit } from "../Job.ts"
import { runOf, unasked } from "./numbers.ts"

/** Of items proven short, the flag in shared memory is read before each of so many: reading costs as much as an item. */
const shortItemsPerLook = 64

/** All results of a job of many, encoded and captured; `transfer`: the objects in them that move. */
export interface Items {
  readonly encoded: Float64Array | Array<unknown>
  readonly transfer: Array<Movable> | undefined
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
  handler: CompiledHandler,
  launch: Launch,
  within: (f: () => void) => void,
  platform: Capture.Platform,
  complete: (exit: JobExit, items: number) => void
): void => {
  const payloads = job.payload as ArrayLike<unknown>
  const total = payloads.length
  const { body } = handler
  const { transferSuccess, worker } = handler.codec
  const encoded = new Packed.Builder(total, SharedChunk.answers(payloads))
  const transfer: Array<Movable> | undefined = transferSuccess === undefined ? undefined : []
  const run = transfer === undefined ? runOf(handler, job, payloads) : undefined
  let stride = handler.measure.isShort ? shortItemsPerLook : 1
  /** Whether there is more to do after an item. */
  const take = (exit: JobExit): boolean => {
    if (exit._tag === "Success") {
      try {
        keep(worker.encodeSuccess(exit.value), transferSuccess?.(exit.value))
        return true
      } catch (error) {
        return giveUp(error)
      }
    }
    complete(exit, encoded.length + 1)
    return false
  }
  /** The next item may change its object, or have the same one: each result is captured before that item runs (S201). */
  const keep = (result: unknown, moving: ReadonlyArray<Movable> | undefined): void => {
    if (moving === undefined || moving.length === 0) return encoded.push(Capture.capture(result, platform))
    const moved = Capture.move(result, moving, platform)
    encoded.push(moved.value)
    transfer?.push(...(moved.transfer ?? []))
  }
  const giveUp = (error: unknown): false => {
    const issue = isInstance(error, Refused) ? error.within(encoded.length) : error
    const isOurs = isInstance(error, Malformed) || isInstance(error, Refused)
    complete(isOurs ? Exit.fail(issue) : Exit.die(error), encoded.length + 1)
    return false
  }
  /** The same after what was answered for it: a module's function answers data, and nothing is wrapped around that. */
  const settle = (answered: unknown): boolean => {
    if (body.kind === "module" && !isEffect(answered)) {
      try {
        keep(answered, undefined)
        return true
      } catch (error) {
        return giveUp(error)
      }
    }
    const exit = launch(answered as Effect.Effect<unknown, unknown>, resume)
    return exit !== undefined && take(exit)
  }
  const resume = (exit: JobExit): void => {
    job.continues()
    stride = 1
    if (take(exit)) within(loop)
  }
  // A loop for items that end at once, begun again by those that do not: no stack grows with the items.
  const loop = (): void => {
    for (;;) {
      const done = encoded.length
      if (done === total) return complete(Exit.succeed({ encoded: encoded.build(), transfer }), total)
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
