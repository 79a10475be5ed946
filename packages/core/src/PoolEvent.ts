/**
 * `PoolEvent`: everything observable about a pool, as one tagged union.
 *
 * Metrics, logs and dashboards derive from these events. Events are plain data and cost nothing while nobody listens.
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
  /** Workers cannot be started any more; all waiting callers fail with the reason. */
  | { readonly _tag: "PoolFailed"; readonly reason: Reason }
  /** The new target number of workers, and its bounds. Retiring workers still finish their tasks. */
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
  /**
   * `lingers`: the worker was asked to stop, and has not stopped within the grace. Logged as a warning. `kill`: see
   * `DedicatedWorker`.
   */
  | {
      readonly _tag: "WorkerTerminating"
      readonly worker: WorkerId
      readonly why:
        | "grace"
        | "closing"
        | "silent"
        | "memory"
        | "stopped"
        | "startTimeout"
        | "lingers"
        | "kill"
    }
  /**
   * The worker takes no more tasks, finishes its running tasks, and ends. A new worker takes the seat, except for
   * `resize` and `idle`. `returned`: the worker was reserved, and its scope has closed.
   */
  | {
      readonly _tag: "WorkerRetiring"
      readonly worker: WorkerId
      readonly why: "resize" | "idle" | "tasks" | "age" | "heap" | "rss" | "request" | "returned"
    }
  /** The worker runs the calls of one reservation from now on: see `TaskPool.reserve`. */
  | { readonly _tag: "WorkerReserved"; readonly worker: WorkerId }
  /** `returned`: the scope has closed. `lost`: the worker has ended, or is stuck. */
  | { readonly _tag: "ReservationEnded"; readonly worker: WorkerId; readonly how: "returned" | "lost" }
  /**
   * The worker has been silent for `millis`, and holds tasks or is stopped; `activity` is observed from outside.
   * Emitted again when the activity changes.
   */
  | {
      readonly _tag: "WorkerSilent"
      readonly worker: WorkerId
      readonly activity: Activity
      readonly millis: number
    }
  | { readonly _tag: "WorkerStuck"; readonly worker: WorkerId }
  /** Another worker takes the seat; `stuck` counts the stuck workers replaced so far and not ended yet. */
  | {
      readonly _tag: "StuckWorkerReplaced"
      readonly worker: WorkerId
      readonly slot: number
      readonly stuck: number
    }
  /**
   * The pool closes and leaves these workers behind. They are in native code, and the program cannot exit before that
   * code returns.
   */
  | { readonly _tag: "WorkersLeftBehind"; readonly workers: ReadonlyArray<WorkerId> }
  /**
   * The worker was asked to stop, reported its layer's scope as closed, and ended well; or the worker was terminated.
   */
  | { readonly _tag: "WorkerStopped"; readonly worker: WorkerId }
  /** The worker ended by itself. A worker that failed while stopping on request is also logged as an error. */
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
  /** An idempotent task was given up: each of these workers ended while running it. */
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
   * The program's own code has thrown in a callback: a listener, an observer of a task or of a caller's fiber, or a
   * logger. Emitted once for each; the pool goes on, and has logged the exception.
   */
  | {
      readonly _tag: "CallbackFailed"
      readonly whose: "listener" | "observer" | "caller" | "logger" | "schedule"
      readonly cause: unknown
    }
