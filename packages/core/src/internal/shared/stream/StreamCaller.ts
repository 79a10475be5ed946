/**
 * The port between `internal/shared/stream` and the two callers of streaming tasks: the pool on the host, and a handler in a worker.
 *
 * @since 0.2.0
 */
import type * as Effect from "effect/Effect"
import type { Exit } from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import type * as Capture from "../../../protocol/values/Capture.ts"
import type { TaskError } from "../../../TaskError.ts"
import type { TaskDefinition } from "../../model/definition.ts"
import type { Movable } from "../../model/movable.ts"
import type { RunOptions } from "../../model/options.ts"
import type { Elements } from "./Emitter.ts"

/** What a task says to its caller before its outcome. */
export interface TaskPort {
  /** Whether the caller takes elements. */
  readonly isStream: boolean
  /** Whether the caller hears the progress. */
  readonly isWatched: boolean
  /** How many elements the caller has received. */
  readonly arrived: number
  /** Takes elements of the handler's stream. Returns `false` for more than there was credit for. */
  readonly emitted: (elements: ArrayLike<unknown>) => boolean
  /** The handler can take so many more elements of the caller's stream. Returns `false` where the caller has none. */
  readonly demanded: (count: number) => boolean
  readonly progressed: (done: number, total: number | undefined, note: string | undefined) => void
}

export interface StreamRequest {
  readonly definition: TaskDefinition
  readonly payload: unknown
  readonly options: RunOptions | undefined
  readonly fiber: Fiber<unknown, unknown>
  readonly port: TaskPort
  readonly onSettled: (exit: Exit<any, any>) => void
}

/** `Call`: a call in progress. */
export interface StreamCaller<Call extends object> {
  readonly platform: Capture.Platform
  /** Starts a call. Returns an exit for a call refused at once. Throws `InvalidOption` on a bad option. */
  readonly start: (request: StreamRequest) => Call | Exit<never, TaskError>
  /** The caller can take so many more elements. */
  readonly grant: (call: Call, count: number) => void
  /** Sends elements of the caller's stream. */
  readonly send: (call: Call, elements: Elements) => void
  /** Sends elements at once, all of whose parts move. Returns `false` if they were not sent: then nothing has moved. */
  readonly move: (call: Call, elements: Array<unknown>, transfer: ReadonlyArray<Movable>) => boolean
  /** The caller's stream has ended. */
  readonly sendEnd: (call: Call) => void
  /** Interrupts the task, and completes when the task has ended (G3). */
  readonly cancel: (call: Call) => Effect.Effect<void>
}
