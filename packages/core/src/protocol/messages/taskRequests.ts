/**
 * Requests about tasks: run them, interrupt them, end the worker.
 *
 * @since 0.1.0
 */
import type { ModuleExport } from "../../internal/model/definition.ts"
import type { ClaimRef } from "../claims/Claims.ts"
import { type Frame, kindBits, kindMask, kindsOf } from "../frame/Frame.ts"
import { Violation } from "../frame/Violation.ts"
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

/** Reads the message at an index; returns the index behind it. */
export const read = (frame: Frame, i: number, head: number, to: Partial<TaskRequests>): number => {
  const kind = head & kindMask
  switch (kind) {
    case Run:
    case RunMany:
      to.run?.(kind === RunMany, frame[i + 1] as ClaimRef, head >>> kindBits, frame[i + 2], undefined)
      return i + 3
    case RunWith:
    case RunManyWith: {
      const extra = frame[i + 3] as Extra
      to.run?.(kind === RunManyWith, frame[i + 1] as ClaimRef, head >>> kindBits, frame[i + 2], extra)
      return i + 4
    }
    case Interrupt:
      to.interrupt?.(frame[i + 1] as ClaimRef, frame[i + 2] as DefectData | undefined)
      return i + 3
    case Stop:
      to.stop?.()
      return i + 1
    case Route:
      to.route?.(frame[i + 1] as number, frame[i + 2] as string, frame[i + 3] as ModuleExport | undefined)
      return i + 4
    default:
      throw new Violation(`unknown request ${head}`)
  }
}
