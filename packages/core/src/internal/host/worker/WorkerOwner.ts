/**
 * What a worker asks of its pool: the parts that it uses, and who hears what becomes of it.
 *
 * @since 0.1.0
 */
import type { LogData } from "../../../protocol/messages/Message.ts"
import type { SpawnFailed, WorkerLost } from "../../../TaskError.ts"
import type { PrintedLine, WorkerTransport } from "../../../WorkerTransport.ts"
import type { PoolSettings } from "../../model/options.ts"
import type { Admission } from "./NestedTasks.ts"
import type { HostTask } from "../tasks/HostTask.ts"
import type { EventBus } from "../../shared/EventBus.ts"
import type { PoolEvent } from "../../../PoolEvent.ts"
import type { TaskLifecycle } from "../tasks/TaskLifecycle.ts"
import type { ExitDetail } from "../../model/outcome.ts"
import type { ServedTasks } from "../dispatch/ServedTask.ts"
import type { Timers } from "../../shared/Timers.ts"
import type { ExitKind } from "./exitKind.ts"

/** What a worker asks of its pool. NestedTasks are synchronous. */
export interface WorkerOwner<Worker> {
  readonly settings: PoolSettings
  readonly transport: WorkerTransport["Service"]
  readonly timers: Timers
  readonly events: EventBus<PoolEvent>
  readonly lifecycle: TaskLifecycle
  readonly admission: Admission
  readonly servedTasks: ServedTasks
  readonly dispatcher: {
    /** Posts are held back until `uncork`, and work is handed out then. */
    readonly cork: () => void
    readonly uncork: () => void
    /** The worker has something to post; at once if it was idle, else with all else of this turn. */
    readonly schedule: (worker: Worker, wasIdle: boolean) => void
  }
  readonly onReady: (worker: Worker) => void
  readonly onLog: (worker: Worker, task: HostTask | undefined, log: LogData) => void
  readonly onPrint: (worker: Worker, line: PrintedLine) => void
  readonly onStartFailed: (worker: Worker, phase: SpawnFailed["phase"], detail: ExitDetail) => void
  /** It was asked to stop, and either failed on the way or was too slow: `failure` says how it ended. */
  readonly onBadStop: (worker: Worker, failure: WorkerLost | undefined) => void
  /** It has answered as many tasks as one worker may. */
  readonly onWorn: (worker: Worker) => void
  readonly onStuck: (worker: Worker) => void
  readonly onVacated: (worker: Worker, exitKind: ExitKind) => void
  /** One that had halted has exited, or takes too long to. */
  readonly onDeparted: (worker: Worker) => void
}
