/**
 * One submission on the host: what it carries, where it is, and whom it answers.
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
import type { Extra } from "../../../protocol/messages/Message.ts"
import type { Reason } from "../../../TaskError.ts"
import type { TaskState } from "../../machine/taskMachine.ts"
import type { ServedTask, CallLimits } from "../dispatch/ServedTask.ts"
import type { Queueable } from "../admission/TaskQueue.ts"
import type { Cancel } from "../../shared/Timers.ts"

/** Why a task ends other than by itself. The first one stands. */
export type Why =
  | { readonly _tag: "Caller" }
  /** Another part of the same `forEach` has failed. */
  | { readonly _tag: "Sibling" }
  /** The task that had called it has ended, or is to end. */
  | { readonly _tag: "Parent" }
  | { readonly _tag: "Handle" }
  /** `reason`: why it was aborted. */
  | { readonly _tag: "Signal"; readonly reason: DefectData | undefined }
  | { readonly _tag: "PoolClosing" }
  | { readonly _tag: "Deadline"; readonly limit: number; readonly phase: "queue" | "start" | "run" }
  /** It never ran, for this reason. */
  | { readonly _tag: "Refused"; readonly reason: Reason }

/** The worker that holds a task, as far as the task's owner needs it. */
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
  /** A task was taken back that it had not started: perhaps it never will start anything. */
  readonly suspect: () => void
  /** Handles replies that have arrived but were not yet delivered, if it seems to be silent. */
  readonly hear: () => void
}

/** Hears how the task ended. `receipt` is there when the task was interrupted. */
export type OnSettled = (exit: Exit<any, any>, outcome: Outcome, receipt: Receipt | undefined) => void

/** The limits that are armed; each ends harmlessly. */
export interface Limits {
  queue?: Cancel | undefined
  deadline?: Cancel | undefined
  run?: Cancel | undefined
  grace?: Cancel | undefined
  unlisten?: (() => void) | undefined
}

/** How a task ends other than by its own reply. */
export interface Ending {
  why?: Why | undefined
  /** When it was told to end, in the engine's milliseconds. */
  since?: number | undefined
  /** What its worker's end means for it, between the exit and `settleLost`. */
  loss?: Reason | undefined
  casualties?: ReadonlyArray<Casualty> | undefined
  /** How its worker ended, if it ended by itself while the task was to end. */
  crash?: ExitDetail | undefined
  /** How the workers ended that ended while it ran there. */
  exits?: ReadonlyArray<ExitDetail> | undefined
}

/** Of a task that calls tasks, or that a task has called. */
export interface Family {
  readonly parent: HostTask | undefined
  /** 0 for a task that was called from the host. */
  readonly depth: number
  /** Whether the parent's interruption ends it at once. */
  readonly interruptible: boolean
  /** What it has called. Invariant: none of them is settled, for their caller at least. */
  readonly children: Set<HostTask>
  /** Those that its handler waits for. Invariant: a part of `children`, empty while no worker holds it. */
  readonly awaited: Set<HostTask>
  /** Who runs in its slot. Invariant: its `lender` is this task. Written by `family`. */
  borrower: HostTask | undefined
  /** Whose slot it runs in. Written by `family`. */
  lender: HostTask | undefined
  /** Its own end waits until the last child is settled. Written by `family`. */
  deferred: (() => void) | undefined
}

/**
 * Small on purpose: a flooded pool holds thousands, and what survives a collection is copied. What few tasks need
 * stands in objects of its own (`limits`, `ending`), what all calls share in `served` and `callLimits`.
 */
export class HostTask implements Queueable {
  readonly id: TaskId
  readonly served: ServedTask
  readonly callLimits: CallLimits
  /** Encoded. With `items`, the list of encoded payloads. */
  payload: unknown
  transfer: Array<Movable> | undefined
  readonly extra: Extra | undefined
  /** How many payloads travel as one; `undefined` for a single task. */
  readonly items: number | undefined
  readonly fiber: Fiber<unknown, unknown>
  // Replaced once, when an interrupted caller starts to wait for the acknowledgement instead of the outcome.
  onSettled: OnSettled

  /** Written by `TaskSteps`. */
  state: TaskState = "queued"
  /** Whether the actions of a step are being performed. Written by `TaskSteps`. A list of such tasks costs more. */
  isInStep = false
  /** Invariant: defined exactly while a worker holds the task. Written by `HostWorker`. */
  holder: Holder | undefined = undefined
  /** The worker that the task was last sent to, for receipts and errors after `holder` is gone. Written by `HostWorker`. */
  lastWorker: WorkerId | undefined = undefined
  /** The only worker that may run the task: the line is that worker's own. */
  pin: { readonly line: Array<HostTask> } | undefined = undefined
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
  /** Defined for a task that calls tasks, or that a task has called. Written by `family`. */
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
    onSettled: OnSettled
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

  /** Why it ends other than by itself. */
  get why(): Why | undefined {
    return this.ending?.why
  }

  /** Tells it to end; the first reason stands. */
  endFor(why: Why, now: number): void {
    const ending = (this.ending ??= {})
    ending.why ??= why
    ending.since ??= now
  }

  /** Its worker is gone, or cannot be ended. */
  lose(loss: Reason, casualties: ReadonlyArray<Casualty>): void {
    const ending = (this.ending ??= {})
    ending.loss = loss
    ending.casualties = casualties
  }

  /** Its worker has ended by itself while the task was to end: the receipt must not say that the pool ended the worker (G3). */
  crashed(exit: ExitDetail): void {
    if (this.ending?.why !== undefined) this.ending.crash = exit
  }

  /** A worker has ended while the task ran there. */
  outlived(exit: ExitDetail): void {
    const ending = (this.ending ??= {})
    ending.exits = [...(ending.exits ?? []), exit]
  }

  /** From now on somebody else hears how the task ends. */
  answer(onSettled: OnSettled): void {
    this.onSettled = onSettled
  }

  /** Binds the task to one worker, before it is submitted. */
  bind(pin: HostTask["pin"]): void {
    this.pin = pin
  }

  /** A handle may outlive the task by far: it must not keep what the task was given (S146). */
  forgetPayload(): void {
    this.payload = this.transfer = undefined
  }

  /** Arms a limit in place of the one before. */
  arm(name: keyof Limits, cancel: Cancel): void {
    const limits = (this.limits ??= {})
    limits[name]?.()
    limits[name] = cancel
  }

  disarm(name: keyof Limits): void {
    this.limits?.[name]?.()
  }

  /** Ends every limit; the outcome has been decided. */
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
