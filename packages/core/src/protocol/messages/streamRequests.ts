/**
 * Requests about streaming tasks: credit for elements, and elements for the handler or for a caller inside the worker.
 *
 * @since 0.2.0
 */
import type { ClaimRef } from "../claims/Claims.ts"
import { type Frame, kindMask, kindsOf } from "../frame/Frame.ts"

export const family = 2

const Credit = kindsOf(family)
const Input = Credit + 1
const InputEnd = Credit + 2
const Emitted = Credit + 3
const CallDemand = Credit + 4
const CallProgress = Credit + 5
const Watch = Credit + 6

/** The handler may emit so many more elements. The first credit travels with the task. */
export const pushCredit = (frame: Frame, ref: ClaimRef, count: number): void => {
  frame.push(Credit, ref, count)
}

/** Elements of the caller's stream, in order; numbers as one buffer. */
export const pushInput = (frame: Frame, ref: ClaimRef, elements: ArrayLike<unknown>): void => {
  frame.push(Input, ref, elements)
}

/** The caller's stream has ended. */
export const pushInputEnd = (frame: Frame, ref: ClaimRef): void => {
  frame.push(InputEnd, ref)
}

/** Elements of a streaming task called by a handler of this worker. */
export const pushEmitted = (frame: Frame, call: number, elements: ArrayLike<unknown>): void => {
  frame.push(Emitted, call, elements)
}

/** The called task wants so many elements of the handler's stream. */
export const pushCallDemand = (frame: Frame, call: number, count: number): void => {
  frame.push(CallDemand, call, count)
}

/** The called task reports its progress. */
export const pushCallProgress = (
  frame: Frame,
  call: number,
  done: number,
  total: number | undefined,
  note: string | undefined
): void => {
  frame.push(CallProgress, call, done, total, note)
}

/** From now on the host hears the progress of a task that it has sent. */
export const pushWatch = (frame: Frame, ref: ClaimRef): void => {
  frame.push(Watch, ref)
}

export interface StreamRequests {
  readonly watch: (ref: ClaimRef) => void
  readonly credit: (ref: ClaimRef, count: number) => void
  readonly input: (ref: ClaimRef, elements: ArrayLike<unknown>) => void
  readonly inputEnd: (ref: ClaimRef) => void
  readonly emitted: (call: number, elements: ArrayLike<unknown>) => void
  readonly callDemand: (call: number, count: number) => void
  readonly callProgress: (
    call: number,
    done: number,
    total: number | undefined,
    note: string | undefined
  ) => void
}

/** Reads the messages of this family from an index on. Returns the index of the first message of another family. */
export const read = (frame: Frame, from: number, to: Partial<StreamRequests>): number => {
  let i = from
  while (i < frame.length) {
    const head = frame[i]
    // Bits of a text would be read as a kind as well.
    if (typeof head !== "number") return i
    switch (head & kindMask) {
      case Credit:
        to.credit?.(frame[i + 1] as ClaimRef, frame[i + 2] as number)
        i += 3
        break
      case Input:
        to.input?.(frame[i + 1] as ClaimRef, frame[i + 2] as ArrayLike<unknown>)
        i += 3
        break
      case InputEnd:
        to.inputEnd?.(frame[i + 1] as ClaimRef)
        i += 2
        break
      case Emitted:
        to.emitted?.(frame[i + 1] as number, frame[i + 2] as ArrayLike<unknown>)
        i += 3
        break
      case CallDemand:
        to.callDemand?.(frame[i + 1] as number, frame[i + 2] as number)
        i += 3
        break
      case CallProgress:
        to.callProgress?.(
          frame[i + 1] as number,
          frame[i + 2] as number,
          frame[i + 3] as number | undefined,
          frame[i + 4] as string | undefined
        )
        i += 5
        break
      case Watch:
        to.watch?.(frame[i + 1] as ClaimRef)
        i += 2
        break
      default:
        return i
    }
  }
  return i
}
