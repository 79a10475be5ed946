/**
 * Requests about calls of tasks: the answers of the host.
 *
 * @since 0.1.0
 */
import type { PoolSnapshot } from "../../internal/model/pool.ts"
import { type Frame, kindMask, kindsOf } from "../frame/Frame.ts"
import type { ReturnData } from "./Call.ts"

export const family = 1

const Returned = kindsOf(family)
const Accepted = Returned + 1
const Snapshot = Returned + 2

export const pushReturned = (frame: Frame, call: number, returned: ReturnData): void => {
  frame.push(Returned, call, returned)
}

/** Answers a forked `Call` with the task's number in its pool. */
export const pushAccepted = (frame: Frame, call: number, id: number): void => {
  frame.push(Accepted, call, id)
}

/** Answers `AskSnapshot`. */
export const pushSnapshot = (frame: Frame, call: number, snapshot: PoolSnapshot): void => {
  frame.push(Snapshot, call, snapshot)
}

export interface NestedRequests {
  readonly returned: (call: number, returned: ReturnData) => void
  readonly accepted: (call: number, id: number) => void
  readonly snapshot: (call: number, snapshot: PoolSnapshot) => void
}

/** Reads the messages of this family from an index on. Returns the index of the first message of another family. */
export const read = (frame: Frame, from: number, to: Partial<NestedRequests>): number => {
  let i = from
  while (i < frame.length) {
    const head = frame[i]
    // Bits of a text would be read as a kind as well.
    if (typeof head !== "number") return i
    switch (head & kindMask) {
      case Returned:
        to.returned?.(frame[i + 1] as number, frame[i + 2] as ReturnData)
        i += 3
        break
      case Accepted:
        to.accepted?.(frame[i + 1] as number, frame[i + 2] as number)
        i += 3
        break
      case Snapshot:
        to.snapshot?.(frame[i + 1] as number, frame[i + 2] as PoolSnapshot)
        i += 3
        break
      default:
        return i
    }
  }
  return i
}
