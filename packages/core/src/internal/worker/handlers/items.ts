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

/**
 * How many short items run between two reads of the interrupt flag: reading the shared flag costs as much as a short
 * item.
 */
const shortItemsPerLook = 64

/** All results of a job of many, encoded and captured; `transfer`: the objects inside to be moved. */
export interface Items {
  readonly encoded: Float64Array | Array<unknown>
  readonly transfer: Array<Movable> | undefined
}

/** Runs the Effect returned by a handler for one item. */
export type Launch = (
  effect: Effect.Effect<unknown, unknown>,
  onExit: (exit: JobExit) => void
) => JobExit | undefined

/**
 * Runs all items of a job in order. The first failure ends the run, and so does an interruption between two items.
 *
 * `within` runs code as the synchronous part of the handler; entered once around many items, because entering costs as
 * much as an item. `launch` returns the exit of an item that ends at once, or calls back later. `complete` receives the
 * outcome of all items (an `Items` on success) and the number of items that ran.
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
  const { transferSuccess } = handler.codec
  const encoded = new Packed.Builder(total, SharedChunk.answers(payloads))
  const transfer: Array<Movable> | undefined = transferSuccess === undefined ? undefined : []
  const run = transfer === undefined ? runOf(handler, job, payloads) : undefined
  let stride = handler.measure.isShort ? shortItemsPerLook : 1
  /** Records the exit of one item. Returns whether to go on with the next item. */
  const take = (exit: JobExit): boolean => {
    if (exit._tag === "Success") {
      try {
        keep(job.encodeSuccess(handler.codec, exit.value), transferSuccess?.(exit.value))
        return true
      } catch (error) {
        return giveUp(error)
      }
    }
    complete(exit, encoded.length + 1)
    return false
  }
  /**
   * Captures each result before the next item runs: the next item may change the same object, or return it again
   * (S201).
   */
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
  /** Records a handler's result. A module's function may return plain data, which needs no Effect. */
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
  // Iterates over items that end at once; an item that ends later re-enters the loop. So the stack never grows with the
  // number of items.
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
