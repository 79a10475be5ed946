/**
 * Requests about tasks: run them, interrupt them, end the worker.
 *
 * @since 0.1.0
 */
import type { ModuleExport } from "../../internal/model/definition.ts"
import type { ClaimRef } from "../claims/Claims.ts"
import { type Frame, kindBits, kindMask, kindsOf } from "../frame/Frame.ts"
import type { DefectData } from "../values/Defect.ts"
import type { Extra } from "./MessageData.ts"

export const family = 0

// Zero is no kind, because a missing head must not read as a kind.
const Run = kindsOf(family) + 1
const RunWith = Run + 1
const RunMany = Run + 2
const RunManyWith = Run + 3
const Interrupt = Run + 4
const Stop = Run + 5
const Route = Run + 6

/** Introduces a route number for a task; sent once per worker, before the first task on the route. */
export const pushRoute = (
  frame: Frame,
  route: number,
  name: string,
  module: ModuleExport | undefined
): void => {
  frame.push(Route, route, name, module)
}

/** `many`: the payload is a list of payloads, run one after another, with one reply. */
export const pushRun = (
  frame: Frame,
  many: boolean,
  ref: ClaimRef,
  route: number,
  payload: unknown,
  extra: Extra | undefined
): void => {
  const kind = (many ? RunMany : Run) + (extra === undefined ? 0 : 1)
  if (extra === undefined) frame.push((route << kindBits) | kind, ref, payload)
  else frame.push((route << kindBits) | kind, ref, payload, extra)
}

export const pushInterrupt = (frame: Frame, ref: ClaimRef, reason: DefectData | undefined): void => {
  frame.push(Interrupt, ref, reason)
}

export const pushStop = (frame: Frame): void => {
  frame.push(Stop)
}

export interface TaskRequests {
  readonly route: (route: number, name: string, module: ModuleExport | undefined) => void
  readonly run: (
    many: boolean,
    ref: ClaimRef,
    route: number,
    payload: unknown,
    extra: Extra | undefined
  ) => void
  readonly interrupt: (ref: ClaimRef, reason: DefectData | undefined) => void
  readonly stop: () => void
}

/** Reads the messages of this family from an index on. Returns the index of the first message of another family. */
export const read = (frame: Frame, from: number, to: Partial<TaskRequests>): number => {
  let i = from
  while (i < frame.length) {
    const head = frame[i]
    // Bits of a text would be read as a kind as well.
    if (typeof head !== "number") return i
    const kind = head & kindMask
    switch (kind) {
      case Run:
      case RunMany:
        to.run?.(kind === RunMany, frame[i + 1] as ClaimRef, head >>> kindBits, frame[i + 2], undefined)
        i += 3
        break
      case RunWith:
      case RunManyWith: {
        const extra = frame[i + 3] as Extra
        to.run?.(kind === RunManyWith, frame[i + 1] as ClaimRef, head >>> kindBits, frame[i + 2], extra)
        i += 4
        break
      }
      case Interrupt:
        to.interrupt?.(frame[i + 1] as ClaimRef, frame[i + 2] as DefectData | undefined)
        i += 3
        break
      case Stop:
        to.stop?.()
        i += 1
        break
      case Route:
        to.route?.(frame[i + 1] as number, frame[i + 2] as string, frame[i + 3] as ModuleExport | undefined)
        i += 4
        break
      default:
        return i
    }
  }
  return i
}
