/**
 * The facts of a pool: everything that one part of the engine tells the others without knowing who acts on it.
 *
 * The order of the subscribers is the order in which `pool/PoolEngine.ts` makes the parts. `pool/poolEvents.ts` comes first:
 * it turns facts into `PoolEvent`s, so a listener hears of a fact before its consequences.
 *
 * @since 0.1.0
 */
import type { LogData } from "../../protocol/messages/Message.ts"
import type { Reason, SpawnFailed, WorkerLost } from "../../TaskError.ts"
import type { PrintedLine, WorkerExit } from "../../WorkerTransport.ts"
import type { PoolState } from "../machine/poolMachine.ts"
import type { TaskId, WorkerId } from "../model/ids.ts"
import type { Activity } from "../model/observation.ts"
import type { ExitDetail, Outcome, Receipt } from "../model/outcome.ts"
import { Signal } from "../shared/Signal.ts"
import type { HostTask } from "./tasks/HostTask.ts"
import type { ExitKind } from "./worker/exitKind.ts"

/** Why a worker is retired: for the pool's size, for its own sake, or on request. */
export type Retirement = "resize" | "idle" | "tasks" | "age" | "heap" | "rss" | "request"

export type Termination = "grace" | "closing" | "silent" | "memory" | "stopped" | "startTimeout" | "lingers"

/** Facts about the pool as a whole. */
export class PoolSignals {
  readonly stateChanged = new Signal<[state: PoolState]>()
  /** Workers cannot be started any more. */
  readonly failed = new Signal<[reason: Reason]>()
  readonly resized = new Signal<[size: number, min: number, max: number, why: "resize" | "demand" | "idle"]>()
  /** No task is unsettled any more. */
  readonly becameIdle = new Signal()
  /** A task waits, and no worker can take it. */
  readonly queueStarved = new Signal()
  /** `refused`: so many tasks were refused for want of a place in the queue. */
  readonly queueGrew = new Signal<[refused: number]>()
  /** A batch of replies was read, and all that follows from them is done. */
  readonly batchEnded = new Signal()
  /** The pool closes while native code holds these workers. */
  readonly leftBehind = new Signal<[workers: ReadonlyArray<WorkerId>]>()
}

/** Facts about tasks. */
export class TaskSignals {
  readonly submitted = new Signal<[task: HostTask]>()
  readonly sent = new Signal<[task: HostTask, worker: WorkerId]>()
  readonly started = new Signal<[task: HostTask]>()
  readonly requeued = new Signal<[task: HostTask]>()
  readonly quarantined = new Signal<[task: HostTask, exits: ReadonlyArray<ExitDetail>]>()
  /** Told before the caller hears. */
  readonly settled = new Signal<[task: HostTask, outcome: Outcome, receipt: Receipt | undefined]>()
  /** A message arrived for a task that is settled, or in a frame that no longer counts. */
  readonly late = new Signal<[worker: WorkerId, id: TaskId | undefined]>()
  /** A place in the queue or with a worker may have become free. */
  readonly placeFreed = new Signal()
  /** A worker has answered a task. */
  readonly answered = new Signal()
}

/** Facts about workers. `Worker`: the host's object for one. */
export class WorkerSignals<Worker> {
  readonly starting = new Signal<[worker: Worker]>()
  readonly ready = new Signal<[worker: Worker]>()
  readonly startFailed = new Signal<[worker: Worker, phase: SpawnFailed["phase"], detail: ExitDetail]>()
  /** The fleet has counted a start that failed. */
  readonly spawnFailed = new Signal<[worker: Worker, reason: SpawnFailed]>()
  readonly restartScheduled = new Signal<[seat: number, delay: number, failures: number]>()
  readonly spareSeated = new Signal<[worker: Worker, seat: number]>()
  readonly silent = new Signal<[worker: Worker, activity: Activity, millis: number]>()
  /** It has answered as many tasks as one worker may. */
  readonly worn = new Signal<[worker: Worker]>()
  readonly retiring = new Signal<[worker: Worker, why: Retirement]>()
  readonly terminating = new Signal<[worker: Worker, why: Termination]>()
  readonly stuck = new Signal<[worker: Worker]>()
  /** `stuck`: how many stuck workers there are now whose seat another one has. */
  readonly stuckReplaced = new Signal<[worker: Worker, seat: number, stuck: number]>()
  /** Its process or thread is over, or has halted. `isWell`: as the pool wanted. */
  readonly ended = new Signal<[worker: Worker, exit: WorkerExit, isWell: boolean]>()
  /** It was asked to stop, and failed on the way (`failure` says how it ended) or was too slow. */
  readonly stopFailed = new Signal<[worker: Worker, failure: WorkerLost | undefined]>()
  /** Its seat is free. */
  readonly gone = new Signal<[worker: Worker, kind: ExitKind]>()
  /** A worker that had halted has exited, or takes too long to. */
  readonly departed = new Signal<[worker: Worker]>()
  readonly violated = new Signal<[worker: Worker, detail: string]>()
  readonly strayed = new Signal<[worker: Worker, preview: string]>()
  readonly logged = new Signal<[worker: Worker, task: HostTask | undefined, log: LogData]>()
  readonly printed = new Signal<[worker: Worker, line: PrintedLine]>()
}

export interface Signals<Worker> {
  readonly pool: PoolSignals
  readonly tasks: TaskSignals
  readonly workers: WorkerSignals<Worker>
}

export const make = <Worker>(): Signals<Worker> => ({
  pool: new PoolSignals(),
  tasks: new TaskSignals(),
  workers: new WorkerSignals()
})
