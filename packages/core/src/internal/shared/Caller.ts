/**
 * The port between `internal/shared` and the two callers of tasks: the pool on the host (`host/admission/hostCaller.ts`), and
 * a handler in a worker (`worker/nested/workerCaller.ts`). Code common to both sides calls tasks through this port.
 *
 * @since 0.1.0
 */
import type { Exit } from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import type { Draw } from "../../protocol/values/Payload.ts"
import type { TaskDefinition } from "../model/definition.ts"
import type { RunOptions } from "../model/options.ts"
import type { TaskError } from "../../TaskError.ts"
import type { SharedChunks } from "./sharedChunks.ts"

/** A call of a task with many payloads. */
export interface ChunkRequest {
  readonly definition: TaskDefinition
  readonly payloads: ArrayLike<unknown>
  readonly options: RunOptions | undefined
  /** The fiber of the caller. */
  readonly fiber: Fiber<unknown, unknown>
  /** Receives the results, or the reason for having none. A chunk ended as a sibling has `undefined` or its defects. */
  readonly onSettled: (exit: Exit<any, any>) => void
}

/** `Call`: a call in progress. */
export interface Caller<Call extends object> {
  /** How many chunks are in flight unless the options say otherwise. */
  readonly width: number
  /** Memory for chunks of numbers, shared with the worker; `undefined` where no memory is shared. */
  readonly sharedChunks: SharedChunks | undefined
  /** Takes each input when drawn. */
  readonly drawing: (definition: TaskDefinition) => Draw
  /** Returns how many payloads fill a chunk of the target time, as measured so far; `most` at most. */
  readonly chunkSize: (definition: TaskDefinition, most: number) => number
  /** Starts a call. Returns an exit for a call refused at once. Throws `InvalidOption` on a bad option. */
  readonly start: (request: ChunkRequest) => Call | Exit<never, TaskError>
  /** Ends a call because another part of the same operation has failed. */
  readonly endAsSibling: (call: Call) => void
}
