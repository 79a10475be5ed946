/**
 * The facts of a pool, as typed signals. A part of the engine tells a fact without knowing the subscribers.
 *
 * Subscribers run in the order in which `pool/PoolEngine.ts` makes the parts. `pool/poolEvents.ts` leads them while a listener is
 * subscribed, and turns
 * facts into `PoolEvent`s, so a listener hears of a fact before its consequences.
 *
 * @since 0.1.0
 */
import type { LogData } from "../../protocol/messages/Message.ts"
import type { PoolFact } from "../../PoolEvent.ts"
import type { Reason, SpawnFailed, WorkerLost } from "../../TaskError.ts"
import type { PrintedLine, WorkerExit } from "../../WorkerTransport.ts"
import type { PoolState } from "../machine/poolMachine.ts"
import type { TaskId, WorkerId } from "../model/ids.ts"
import type { Activity } from "../model/observation.ts"
import type { ExitDetail, Outcome, Receipt } from "../model/outcome.ts"
import { Signal } from "../shared/Signal.ts"
import type { HostTask } from "./tasks/HostTask.ts"
import type { ExitKind } from "./worker/exitKind.ts"

type WhyOf<Tag extends PoolFact["_tag"]> = Extract<
  PoolFact,
  { readonly _tag: Tag; readonly why: string }
>["why"]

/** Why a worker is retired: for the pool's size, for a limit of the worker, or on request. */
export type Retirement = WhyOf<"WorkerRetiring">

/** Why a worker is terminated. */
export type Termination = WhyOf<"WorkerTerminating">

/** Facts about the pool as a whole. */
export class PoolSignals {
  readonly stateChanged = new Signal<[state: PoolState]>()
  /** Workers cannot be started any more. */
  readonly failed = new Signal<[reason: Reason]>()
  readonly resized = new Signal<[size: number, min: number, max: number, why: WhyOf<"PoolResized">]>()
  /** No task is unsettled any more. */
  readonly becameIdle = new Signal()
  /** No worker can take a task, which waits. `refused`: how many tasks are refused for want of a place, and do not wait. */
  readonly queueStarved = new Signal<[refused: number]>()
  /** Tasks are about to be handed out. Whoever wants an idle worker takes one first. */
  readonly handingOut = new Signal()
  /** A batch of replies was read, and all consequences are done. */
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
  /** Told before the caller gets the outcome. */
  readonly settled = new Signal<[task: HostTask, outcome: Outcome, receipt: Receipt | undefined]>()
  /** A message arrived for a settled task, or in a frame which no longer counts. */
  readonly late = new Signal<[worker: WorkerId, id: TaskId | undefined]>()
  /** A place in the queue or a slot of a worker may have become free. */
  readonly placeFreed = new Signal()
  /** A worker has answered a task. */
  readonly answered = new Signal()
}

/** Facts about workers. `Worker`: the host's object for a worker. */
export class WorkerSignals<Worker> {
  readonly starting = new Signal<[worker: Worker]>()
  readonly ready = new Signal<[worker: Worker]>()
  readonly startFailed = new Signal<[worker: Worker, phase: SpawnFailed["phase"], detail: ExitDetail]>()
  /** The fleet has counted a failed start. */
  readonly spawnFailed = new Signal<[worker: Worker, reason: SpawnFailed]>()
  readonly restartScheduled = new Signal<[seat: number, delay: number, failures: number]>()
  readonly spareSeated = new Signal<[worker: Worker, seat: number]>()
  readonly silent = new Signal<[worker: Worker, activity: Activity, millis: number]>()
  /** The worker has answered as many tasks as a single worker may. */
  readonly worn = new Signal<[worker: Worker]>()
  readonly retiring = new Signal<[worker: Worker, why: Retirement]>()
  readonly reserved = new Signal<[worker: Worker]>()
  readonly reservationEnded = new Signal<[worker: Worker, how: "returned" | "lost"]>()
  readonly terminating = new Signal<[worker: Worker, why: Termination]>()
  readonly stuck = new Signal<[worker: Worker]>()
  /** `stuck`: how many stuck workers have lost their seat to a replacement by now. */
  readonly stuckReplaced = new Signal<[worker: Worker, seat: number, stuck: number]>()
  /** The worker's process or thread has ended, or has halted. `isWell`: the end was as the pool wanted. */
  readonly ended = new Signal<[worker: Worker, exit: WorkerExit, isWell: boolean]>()
  /** The worker was asked to stop, but failed (`failure` says how the worker ended) or was too slow. */
  readonly stopFailed = new Signal<[worker: Worker, failure: WorkerLost | undefined]>()
  /** The worker's seat is free. */
  readonly gone = new Signal<[worker: Worker, kind: ExitKind]>()
  /** A halted worker has exited, or takes too long to exit. */
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
