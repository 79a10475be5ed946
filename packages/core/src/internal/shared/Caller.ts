/**
 * How code that is the same on both sides calls tasks: the port between `internal/shared` and the two callers, the pool on the host
 * (`host/admission/hostCaller.ts`) and a handler in a worker (`worker/nested/workerCaller.ts`).
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

/** One call of a task with many payloads. */
export interface ChunkRequest {
  readonly definition: TaskDefinition
  readonly payloads: ArrayLike<unknown>
  readonly options: RunOptions | undefined
  /** The fiber of the caller. */
  readonly fiber: Fiber<unknown, unknown>
  /** Hears the results, or why there are none. A chunk that was ended as a sibling has `undefined` or its defects. */
  readonly onSettled: (exit: Exit<any, any>) => void
}

/** `Call`: a call that is under way. */
export interface Caller<Call extends object> {
  /** How many chunks are in flight unless the options say otherwise. */
  readonly width: number
  /** Memory that chunks of numbers may stand in, shared with the worker; `undefined` where there is none. */
  readonly sharedChunks: SharedChunks | undefined
  /** Takes the inputs while they are drawn. */
  readonly drawing: (definition: TaskDefinition) => Draw
  /** How many payloads a chunk that takes the target time has, as far as was measured; `most` at most. */
  readonly chunkSize: (definition: TaskDefinition, most: number) => number
  /** Returns an exit for a call that is refused at once. Throws `InvalidOption` on a bad option. */
  readonly start: (request: ChunkRequest) => Call | Exit<never, TaskError>
  /** Ends a call because another part of the same operation has failed. */
  readonly endAsSibling: (call: Call) => void
}
