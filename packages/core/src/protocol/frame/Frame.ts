/**
 * The contents of one post: a flat array `[workerEpoch, sequence, message, message, …]`. Structured clone copies flat arrays of few
 * elements fastest.
 *
 * A message is a head followed by its fields. The head names the kind. A family of messages (`messages/`) has 16 kinds; families 0 to
 * 7 are requests, 8 to 15 are replies, so a frame that takes the wrong direction is noticed. Those in use stand in `messages/Message.ts`.
 *
 * @since 0.1.0
 */
import { count, describe, Violation } from "./Violation.ts"

/** Raised with every change of a layout. Host and worker of different versions refuse each other at the start. */
export const version = 8

/** The contents of one post. */
export type Frame = Array<unknown>

export const headerLength = 2

export const emptyFrame = (workerEpoch: number, sequence: number): Frame => [workerEpoch, sequence]

/** The bits of a head that number a kind. A request carries the route of its task in the bits above. */
export const kindBits = 8
export const kindMask = (1 << kindBits) - 1

/** The bits of a kind within its family; the bits above number the family. */
export const familyBits = 4

/** The kinds of a family begin here. */
export const kindsOf = (family: number): number => family << familyBits

/** The header of a frame from a worker. Returns `undefined` for a frame of another epoch, and for a frame seen before. */
export const checkHeader = (value: unknown, workerEpoch: number, expected: number): Frame | undefined => {
  if (value instanceof Violation) throw value
  if (!Array.isArray(value) || value.length < headerLength)
    throw new Violation(`a frame is ${describe(value)}`)
  if (count(value[0], "a worker epoch") !== workerEpoch) return undefined
  const sequence = count(value[1], "a sequence number")
  if (sequence < expected) return undefined
  if (sequence > expected) throw new Violation(`frames ${expected} to ${sequence - 1} are missing`)
  return value
}
