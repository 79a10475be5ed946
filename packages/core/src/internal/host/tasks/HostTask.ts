/**
 * A submitted task on the host: its data, its state, and its caller.
 *
 * Receives its events from the engine alone (`TaskSteps.step`); holds no logic of its own.
 *
 * @since 0.1.0
 */
import type { Movable } from "../../model/movable.ts"
import type { Exit } from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import type { TaskDefinition } from "../../model/definition.ts"
import type { TaskId, WorkerId } from "../../model/ids.ts"
import type { Casualty, ExitDetail, Outcome, Receipt } from "../../model/outcome.ts"
import type { ClaimRef, ClaimState } from "../../../protocol/claims/Claims.ts"
import type { DefectData } from "../../../protocol/values/Defect.ts"
import type { Extra, Frame } from "../../../protocol/messages/Message.ts"
import type { Reason } from "../../../TaskError.ts"
import type { TaskState } from "../../machine/taskMachine.ts"
import type { ServedTask, CallLimits } from "../dispatch/ServedTask.ts"
import type { Queueable } from "../admission/TaskQueue.ts"
import type { TaskPort } from "../../shared/stream/StreamCaller.ts"
import type { Cancel } from "../../shared/Timers.ts"

/** Why a task ends other than by itself. The first reason stands. */
export type Why =
  | { readonly _tag: "Caller" }
  /** Another part of the same `forEach` has failed. */
  | { readonly _tag: "Sibling" }
  /** The calling task has ended, or was told to end. */
  | { readonly _tag: "Parent" }
  | { readonly _tag: "Handle" }
  /** `reason`: why the signal was aborted. */
  | { readonly _tag: "Signal"; readonly reason: DefectData | undefined }
  | { readonly _tag: "PoolClosing" }
  | { readonly _tag: "Deadline"; readonly limit: number; readonly phase: "queue" | "start" | "run" }
  /** The task never ran, for this reason. */
  | { readonly _tag: "Refused"; readonly reason: Reason }

/** The worker which holds a task, as seen by the task's owner. */
export interface Holder {
  readonly id: WorkerId
  /** Takes the task back if its handler has not started. */
  readonly revoke: (task: HostTask) => boolean
  readonly claimOf: (task: HostTask) => ClaimState
  /** Asks the worker to interrupt the handler. */
  readonly ask: (task: HostTask) => void
  /** Ends the worker, after a grace for co-runners. */
  readonly escalate: () => void
  /** Frees the task's place and claim. */
  readonly release: (task: HostTask) => void
  /** The task rests, and occupies no slot; or it goes on. */
  readonly rest: (task: HostTask, isResting: boolean) => void
  /** Notes that an unstarted task was taken back. Terminates the worker if the worker is silent and has started nothing. */
  readonly suspect: () => void
  /** Sends a message about the task, unless the worker is about to end. */
  readonly tell: (task: HostTask, push: (frame: Frame) => void, transfer?: ReadonlyArray<Movable>) => void
  /** Sends a message that moves objects, as `tell` does. Returns `false` if the message cannot be cloned: nothing has moved. */
  readonly move: (task: HostTask, push: (frame: Frame) => void, transfer: ReadonlyArray<Movable>) => boolean
  /** If the worker seems silent, delivers replies which have arrived but are still unread. */
  readonly hear: () => void
}

/** Binds tasks to one worker, or to one service. */
export interface Pin {
  /** The queue of the worker, or of the service. */
  readonly line: Array<HostTask>
  /** Returns why the worker takes no more tasks; `undefined` while it does. */
  readonly refusal?: () => Reason | undefined
  /** A task is about to be submitted. */
  readonly bound?: (task: HostTask) => void
  /** A task has joined the line. */
  readonly admitted?: (task: HostTask) => void
  /** The outcome of a task is decided, and about to be delivered. */
  readonly settled?: (task: HostTask) => void
  /** Returns whether the line takes a task back from a dead worker. `isStarted`: the handler had started, and may run again. */
  readonly takesBack?: (isStarted: boolean) => boolean
  /** The tasks start at once and occupy no slot: the pin itself bounds how many run. */
  readonly needsNoSlot?: boolean
}

/** Receives the task's outcome. `receipt` is defined when the task was interrupted. */
export type OnSettled = (exit: Exit<any, any>, outcome: Outcome, receipt: Receipt | undefined) => void

/** The armed limits of a task. Ending a limit twice is harmless. */
export class Limits {
  // Fields of its own: an object literal would inherit what a program has put on `Object.prototype`.
  queue: Cancel | undefined = undefined
  deadline: Cancel | undefined = undefined
  run: Cancel | undefined = undefined
  grace: Cancel | undefined = undefined
  unlisten: (() => void) | undefined = undefined
}

/** Why and how a task ends other than by its own reply. */
export class Ending {
  why: Why | undefined = undefined
  /** When the task was told to end, in the engine's milliseconds. */
  since: number | undefined = undefined
  /** The error which the loss of the worker means for this task, between the worker's exit and `settleLost`. */
  loss: Reason | undefined = undefined
  casualties: ReadonlyArray<Casualty> | undefined = undefined
  /** How the worker ended, if the worker ended by itself after the task was told to end. */
  crash: ExitDetail | undefined = undefined
  /** The exits of the workers which ended while the task was running there. */
  exits: ReadonlyArray<ExitDetail> | undefined = undefined
}

/** A task's relations to its caller and its children. Only a calling or a called task has a family. */
export interface Family {
  readonly parent: HostTask | undefined
  /** 0 for a task called from the host. */
  readonly depth: number
  /** Whether interrupting the parent ends this task at once. */
  readonly interruptible: boolean
  /** The tasks called by this task. Invariant: the outcome of none of them has been delivered. */
  readonly children: Set<HostTask>
  /** The children for which the handler waits. Invariant: a subset of `children`; empty while no worker holds the task. */
  readonly awaited: Set<HostTask>
  /** The task which runs in this task's slot. Invariant: the borrower's `lender` is this task. Written by `family`. */
  borrower: HostTask | undefined
  /** The task whose slot this task borrows. Written by `family`. */
  lender: HostTask | undefined
  /** The postponed end of this task: called once the last child is settled. Written by `family`. */
  deferred: (() => void) | undefined
}

/**
 * Kept small: a flooded pool holds thousands of tasks, and each garbage collection copies the survivors. Rarely used data
 * stands in separate objects (`limits`, `ending`). Data common to all calls stands in `served` and `callLimits`.
 */
export class HostTask implements Queueable {
  readonly id: TaskId
  readonly served: ServedTask
  readonly callLimits: CallLimits
  /** The encoded payload. With `items`, the list of encoded payloads. */
  payload: unknown
  transfer: Array<Movable> | undefined
  readonly extra: Extra | undefined
  /** How many payloads travel together; `undefined` for a single task. */
  readonly items: number | undefined
  readonly fiber: Fiber<unknown, unknown>
  /** Hears the elements and the progress of the task; `undefined` for a caller that waits for the outcome alone. */
  readonly port: TaskPort | undefined
  // Replaced once, when an interrupted caller begins to wait for the acknowledgement instead of the outcome.
  onSettled: OnSettled

  /** Written by `TaskSteps`. */
  state: TaskState = "queued"
  /** Whether the actions of a step are being performed. Written by `TaskSteps`. A flag costs less than a list of such tasks. */
  isInStep = false
  /** Invariant: defined exactly while a worker holds the task. Written by `HostWorker`. */
  holder: Holder | undefined = undefined
  /** The worker to which the task was last sent, for receipts and errors after `holder` is cleared. Written by `HostWorker`. */
  lastWorker: WorkerId | undefined = undefined
  pin: Pin | undefined = undefined
  /** The index of the claim while a worker holds the task. Written by `InFlight`. */
  index = 0
  /** The ticket of the claim. Written by `InFlight`. */
  ticket = 0
  /** The name of the task in frames. Written by `InFlight`. */
  ref: ClaimRef = 0
  /** The expected run time when the task was sent, in microseconds. Written by `Dispatcher`. */
  estimate = 0
  /** How often the task was sent. Written by `HostWorker`. */
  attempts = 0
  /** The reply, between its arrival and `settleReply`. Written by `TaskLifecycle`. */
  reply: Exit<any, any> | undefined = undefined
  limits: Limits | undefined = undefined
  ending: Ending | undefined = undefined
  /** Defined for a calling or a called task. Written by `family`. */
  family: Family | undefined = undefined
  /** Listeners to the state. Written by `handle`. */
  observers: Set<(state: TaskState) => void> | undefined = undefined

  line: Queueable["line"] = undefined
  before: Queueable | undefined = undefined
  after: Queueable | undefined = undefined

  constructor(
    id: TaskId,
    served: ServedTask,
    callLimits: CallLimits,
    payload: unknown,
    transfer: Array<Movable> | undefined,
    extra: Extra | undefined,
    items: number | undefined,
    fiber: Fiber<unknown, unknown>,
    onSettled: OnSettled,
    port?: TaskPort
  ) {
    this.id = id
    this.served = served
    this.callLimits = callLimits
    this.payload = payload
    this.transfer = transfer
    this.extra = extra
    this.items = items
    this.fiber = fiber
    this.onSettled = onSettled
    this.port = port
  }

  get sequence(): number {
    return this.id
  }

  get priority(): number {
    return this.callLimits.priority
  }

  get name(): string {
    return this.served.definition.name
  }

  get definition(): TaskDefinition {
    return this.served.definition
  }

  /** Why the task ends other than by itself. */
  get why(): Why | undefined {
    return this.ending?.why
  }

  /** Tells the task to end; the first reason stands. */
  endFor(why: Why, now: number): void {
    const ending = (this.ending ??= new Ending())
    ending.why ??= why
    ending.since ??= now
  }

  /** Records the loss of the worker: the worker is gone, or cannot be ended. */
  lose(loss: Reason, casualties: ReadonlyArray<Casualty>): void {
    const ending = (this.ending ??= new Ending())
    ending.loss = loss
    ending.casualties = casualties
  }

  /**
   * Records a worker which ended by itself after the task was told to end: the receipt must not say that the pool ended the
   * worker (G3).
   */
  crashed(exit: ExitDetail): void {
    if (this.ending?.why !== undefined) this.ending.crash = exit
  }

  /** Records a worker which ended while the task was running there. */
  outlived(exit: ExitDetail): void {
    const ending = (this.ending ??= new Ending())
    ending.exits = [...(ending.exits ?? []), exit]
  }

  /** Replaces the receiver of the outcome. */
  answer(onSettled: OnSettled): void {
    this.onSettled = onSettled
  }

  /** Binds the task to one worker, before it is submitted. */
  bind(pin: Pin): void {
    this.pin = pin
    pin.bound?.(this)
  }

  /** Drops the payload: a handle may long outlive the task, and must not retain the payload (S146). */
  forgetPayload(): void {
    this.payload = this.transfer = undefined
  }

  /** Arms a limit in place of the previous limit of this name. */
  arm(name: keyof Limits, cancel: Cancel): void {
    const limits = (this.limits ??= new Limits())
    limits[name]?.()
    limits[name] = cancel
  }

  disarm(name: keyof Limits): void {
    this.limits?.[name]?.()
  }

  /** Ends every limit, since the outcome has been decided. */
  disarmAll(): void {
    const { limits } = this
    if (limits === undefined) return
    limits.queue?.()
    limits.deadline?.()
    limits.run?.()
    limits.grace?.()
    limits.unlisten?.()
    this.limits = undefined
  }
}
