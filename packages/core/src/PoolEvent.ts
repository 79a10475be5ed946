/**
 * `PoolEvent`: everything observable about a pool, as one tagged union.
 *
 * Metrics, logs and dashboards derive from it. Events are plain data and cost nothing while nobody listens.
 * Times are in milliseconds.
 *
 * @since 0.1.0
 */
import type { Activity } from "./internal/model/observation.ts"
import type { TaskId, WorkerId } from "./internal/model/ids.ts"
import type { Outcome, Receipt } from "./internal/model/outcome.ts"
import type { Reason } from "./TaskError.ts"

/**
 * @category models
 * @since 0.1.0
 */
export type PoolEvent = PoolEventOrigin & PoolFact

/**
 * Where and when an event happened.
 *
 * - `at`: the pool's clock, in milliseconds from an arbitrary origin. The clock is monotonic, and the same for all pools of a program
 *   and for its workers on the same machine.
 * - `pool`: the `name` of the pool.
 *
 * @category models
 * @since 0.1.0
 */
export interface PoolEventOrigin {
  readonly at: number
  readonly pool: string
}

/**
 * @category models
 * @since 0.1.0
 */
export type PoolFact =
  | {
      readonly _tag: "PoolStateChanged"
      readonly state: "starting" | "open" | "draining" | "closing" | "closed" | "failed"
    }
  /** Workers cannot be started any more; everything that waits fails with the reason. */
  | { readonly _tag: "PoolFailed"; readonly reason: Reason }
  /** How many workers the pool is to have now, and between which bounds. Leaving ones still finish their tasks. */
  | {
      readonly _tag: "PoolResized"
      readonly size: number
      readonly min: number
      readonly max: number
      readonly why: "resize" | "demand" | "idle"
    }
  /** `slot` is `undefined` for a spare. */
  | { readonly _tag: "WorkerStarting"; readonly worker: WorkerId; readonly slot: number | undefined }
  | { readonly _tag: "SpareTookPlace"; readonly worker: WorkerId; readonly slot: number }
  | { readonly _tag: "WorkerReady"; readonly worker: WorkerId; readonly tasks: ReadonlyArray<string> }
  /** `lingers`: it was asked to stop, and has not within the grace. Logged as a warning. */
  | {
      readonly _tag: "WorkerTerminating"
      readonly worker: WorkerId
      readonly why: "grace" | "closing" | "silent" | "memory" | "stopped" | "startTimeout" | "lingers"
    }
  /** It takes no more tasks, finishes those it runs, and ends. Another takes its place, but for `resize` and `idle`. */
  | {
      readonly _tag: "WorkerRetiring"
      readonly worker: WorkerId
      readonly why: "resize" | "idle" | "tasks" | "age" | "heap" | "rss" | "request"
    }
  /**
   * It has said nothing for so long, and holds tasks or is stopped; what it does, seen from outside. Told again when that
   * changes.
   */
  | {
      readonly _tag: "WorkerSilent"
      readonly worker: WorkerId
      readonly activity: Activity
      readonly millis: number
    }
  | { readonly _tag: "WorkerStuck"; readonly worker: WorkerId }
  /** Another one takes its place; `stuck`: how many workers there are now whose place another one has. */
  | {
      readonly _tag: "StuckWorkerReplaced"
      readonly worker: WorkerId
      readonly slot: number
      readonly stuck: number
    }
  /** The pool closes and leaves them behind: native code holds them, and the program cannot exit before it returns. */
  | { readonly _tag: "WorkersLeftBehind"; readonly workers: ReadonlyArray<WorkerId> }
  /** It was asked to stop, has said that its layer's scope is closed, and has ended well; or it was terminated. */
  | { readonly _tag: "WorkerStopped"; readonly worker: WorkerId }
  /** It ended by itself. One that was asked to stop, and failed on the way, is logged as an error too. */
  | {
      readonly _tag: "WorkerLost"
      readonly worker: WorkerId
      readonly exitCode: number | undefined
      readonly signal: string | undefined
      readonly outOfMemory: boolean
      readonly cause: unknown
      readonly running: ReadonlyArray<string>
    }
  | { readonly _tag: "SpawnFailed"; readonly worker: WorkerId; readonly reason: Reason }
  | {
      readonly _tag: "RestartScheduled"
      readonly slot: number
      readonly delay: number
      readonly failures: number
    }
  | { readonly _tag: "ProtocolViolation"; readonly worker: WorkerId; readonly detail: string }
  | { readonly _tag: "StrayMessage"; readonly worker: WorkerId; readonly preview: string }
  | { readonly _tag: "TaskSubmitted"; readonly id: TaskId; readonly task: string }
  | { readonly _tag: "TaskSent"; readonly id: TaskId; readonly task: string; readonly worker: WorkerId }
  | { readonly _tag: "TaskRequeued"; readonly id: TaskId; readonly task: string; readonly worker: WorkerId }
  /** An idempotent task was given up: each of these workers ended while it ran there. */
  | {
      readonly _tag: "TaskQuarantined"
      readonly id: TaskId
      readonly task: string
      readonly workers: ReadonlyArray<WorkerId>
    }
  | { readonly _tag: "TaskSettled"; readonly id: TaskId; readonly task: string; readonly outcome: Outcome }
  | { readonly _tag: "TaskInterrupted"; readonly receipt: Receipt }
  | { readonly _tag: "LateReply"; readonly id: TaskId | undefined; readonly worker: WorkerId }
  /**
   * Code of the program's own has thrown where the pool called it: a listener, an observer of a task or of a caller's fiber, or a
   * logger. Told once for each; the pool goes on, and has logged it.
   */
  | {
      readonly _tag: "CallbackFailed"
      readonly whose: "listener" | "observer" | "caller" | "logger" | "schedule"
      readonly cause: unknown
    }
