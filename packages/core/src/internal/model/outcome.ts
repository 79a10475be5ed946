/**
 * How tasks end, and what an interruption did to them. Types only.
 *
 * @since 0.1.0
 */
import type { TaskId, WorkerId } from "./ids.ts"

/**
 * How a task ended. `lost`: the worker ended first. `rejected`: the task never ran (queue full, shed, pool closed, bad
 * payload, deadline in the queue).
 */
export type Outcome = "succeeded" | "failed" | "died" | "interrupted" | "lost" | "rejected"

/** All but `settled` stand in the order of a task's life. */
export type TaskStatus = "waiting" | "queued" | "sent" | "running" | "interrupting" | "abandoned" | "settled"

/** A task lost because the worker of another, interrupted task had to be terminated. */
export interface Casualty {
  readonly task: string
  readonly id: TaskId
}

/**
 * What an interruption did (G3).
 *
 * - `clean`: the handler's finalizers ran, or the task had ended by itself meanwhile.
 * - `unstarted`: the task had not started; no worker was involved.
 * - `forced`: the grace passed, and the worker was terminated.
 * - `crashed`: the worker ended by itself within the grace, or broke the protocol; `exit` has the details.
 * - `stuck`: the worker did not end within `terminateTimeout` either; see `stuck` in the options of the pool.
 * - `abandoned`: nobody waited (`onInterrupt: "abandon"`).
 *
 * `millis` is how long the interruption took; `casualties` are the co-runners lost with the worker.
 */
export type Receipt = EndedByPool | EndedByCrash

interface EndedByPool extends ReceiptDetail {
  readonly _tag: "clean" | "unstarted" | "forced" | "stuck" | "abandoned"
}

interface EndedByCrash extends ReceiptDetail {
  readonly _tag: "crashed"
  /** Exit code or signal, the uncaught exception, the end of standard error, as far as the platform tells (G9). */
  readonly exit: ExitDetail
}

interface ReceiptDetail {
  readonly task: string
  readonly id: TaskId
  readonly worker: WorkerId | undefined
  readonly millis: number
  readonly casualties: ReadonlyArray<Casualty>
}

/** Details of a worker's exit, for receipts, `WorkerLost`, `SpawnFailed` and `Quarantined`. */
export interface ExitDetail {
  readonly worker: WorkerId
  readonly outOfMemory: boolean
  readonly stderr: string
  readonly threadId?: number
  readonly pid?: number
  readonly exitCode?: number
  readonly signal?: string
  readonly cause?: unknown
}
