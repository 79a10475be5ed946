/**
 * The fast path for items that need no conversion and return numbers: a loop without allocation per item.
 *
 * Receives calls from `items.ts`, which handles every item that this loop declines.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import type { AnyHandler } from "../../model/handler.ts"
import { isExit } from "../../model/genuine.ts"
import { type AnyFunction, effectOf, type CompiledHandler, toAnswer } from "./handlers.ts"
import type { Job } from "../Job.ts"

/** Where a fast run stopped. */
export interface Rest {
  /** The first item without a number in the room. */
  readonly at: number
  /** The handler's result for this item; `unasked` if the handler was not called. */
  readonly answered: unknown
}

/** Marks an item whose handler was not called. */
export const unasked = Symbol()

/**
 * Runs the items `from` … `to`, and writes each number at the item's index of the room. There are two such loops, which
 * differ in the call and in the checks: one shared loop would call through a closure, and a closure call costs as much
 * as an item.
 */
export type Run = (room: Float64Array, from: number, to: number) => Rest

/** Returns `undefined` when payloads or results need conversion. */
export const runOf = (
  { body, codec }: CompiledHandler,
  job: Job,
  items: ArrayLike<unknown>
): Run | undefined => {
  if (body.kind === "module") return (room, from, to) => callAll(body.run, items, room, from, to)
  const { payload, success } = codec.fits
  if (payload === undefined || success === undefined) return undefined
  const isSync = body.kind === "sync"
  return (room, from, to) => handleAll(body.run, isSync, job, payload, success, items, room, from, to)
}

/** Runs a registered handler, checking payloads and results. A thrown value becomes a defect. */
const handleAll = (
  run: AnyHandler,
  isSync: boolean,
  job: Job,
  payloadFits: (value: unknown) => boolean,
  successFits: (value: unknown) => boolean,
  items: ArrayLike<unknown>,
  room: Float64Array,
  from: number,
  to: number
): Rest => {
  let at = from
  try {
    for (; at < to; at++) {
      const item = items[at]
      if (!payloadFits(item)) break
      const answered = run(item, job)
      const value = isSync ? answered : successOf(answered)
      if (typeof value !== "number" || !successFits(value)) {
        return { at, answered: isSync ? Exit.succeed(answered) : effectOf(answered) }
      }
      room[at] = value
    }
  } catch (defect) {
    return { at, answered: Exit.die(defect) }
  }
  return { at, answered: unasked }
}

const successOf = (answered: unknown): unknown =>
  isExit(answered) && answered._tag === "Success" ? answered.value : undefined

/** Runs a module's function, which mostly returns plain data. A thrown value becomes a defect. */
const callAll = (
  f: AnyFunction,
  items: ArrayLike<unknown>,
  room: Float64Array,
  from: number,
  to: number
): Rest => {
  let at = from
  try {
    for (; at < to; at++) {
      const answered = f(items[at])
      if (typeof answered !== "number") return { at, answered: toAnswer(answered) }
      room[at] = answered
    }
  } catch (defect) {
    return { at, answered: Exit.die(defect) }
  }
  return { at, answered: unasked }
}
