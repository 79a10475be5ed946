/**
 * Runs of items that are their own wire form, each answered at once by a number: a loop that makes nothing per item.
 *
 * Receives calls from `items.ts`, which does everything that this loop leaves.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import type { AnyHandler } from "../../model/handler.ts"
import { isExit } from "../../model/genuine.ts"
import { type AnyFunction, effectOf, type CompiledHandler, toAnswer } from "./handlers.ts"
import type { Job } from "../Job.ts"

/** Where a run ended. */
export interface Rest {
  /** The first item whose number is not in the room yet. */
  readonly at: number
  /** What was answered for it; `unasked` if its handler was not called. */
  readonly answered: unknown
}

/** Stands for no answer. */
export const unasked = Symbol()

/**
 * Runs items from one up to another, and puts the numbers at the same places of the room. There are two, alike but for the call
 * and what is checked: one loop for both kinds would call through a closure, and cost as much as the item.
 */
export type Run = (room: Float64Array, from: number, to: number) => Rest

/** `undefined` where items or answers have to be converted. */
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

/** A handler: its items and answers are checked. What it throws is a defect. */
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

/** A module's function: data is all that most of them answer. What it throws is a defect. */
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
