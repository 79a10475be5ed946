/**
 * The parts of a pool used by each worker. Types only.
 *
 * @since 0.1.0
 */
import type { WorkerTransport } from "../../../WorkerTransport.ts"
import type { PoolSettings } from "../../model/options.ts"
import type { Timers } from "../../shared/Timers.ts"
import type { ServedTasks } from "../dispatch/ServedTask.ts"
import type { Channels } from "../channels/Channels.ts"
import type { Signals } from "../signals.ts"
import type { TaskLifecycle } from "../tasks/TaskLifecycle.ts"
import type { Admission } from "./NestedTasks.ts"

/** When a worker's messages are posted. */
export interface Postman<Worker> {
  /** Holds posts back until `uncork`, and hands work out then. */
  readonly cork: () => void
  readonly uncork: () => void
  /** Messages are lined up for the worker. `wasIdle`: the worker had no task before. */
  readonly schedule: (worker: Worker, wasIdle: boolean) => void
}

export interface WorkerParts<Worker> {
  readonly settings: PoolSettings
  readonly transport: WorkerTransport["Service"]
  readonly timers: Timers
  readonly signals: Signals<Worker>
  readonly lifecycle: TaskLifecycle
  readonly admission: Admission
  readonly servedTasks: ServedTasks
  readonly channels: Channels
  readonly dispatcher: Postman<Worker>
}
