/**
 * One submission on the host: what it carries, where it is, and whom it answers.
 *
 * Receives its events from the engine alone (`Engine.step`); holds no logic of its own.
 *
 * @since 0.1.0
 */
import type { Movable } from "../model/movable.ts"
import type { Exit } from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import type { TaskDefinition } from "../model/definition.ts"
import type { TaskId, WorkerId } from "../model/ids.ts"
import type { Measure } from "../model/measure.ts"
import type { Casualty, Outcome, Receipt } from "../model/outcome.ts"
import type { ClaimState } from "../../protocol/Claims.ts"
import type { TaskCodec } from "../../protocol/Codec.ts"
import type { Extra } from "../../protocol/Message.ts"
import type { Reason } from "../../TaskError.ts"
import type { TaskState } from "../machine/taskMachine.ts"
import type { Queueable } from "./TaskQueue.ts"
import type { Cancel } from "./Timers.ts"

/** Why a task ends other than by itself. The first one stands. */
export type Why =
  | { readonly _tag: "Caller" }
  /** Another part of the same `forEach` has failed. */
  | { readonly _tag: "Sibling" }
  | { readonly _tag: "Handle" }
  | { readonly _tag: "Signal" }
  | { readonly _tag: "PoolClosing" }
  | { readonly _tag: "Deadline"; readonly limit: number; readonly phase: "queue" | "start" | "run" }
  /** It never ran, for this reason. */
  | { readonly _tag: "Refused"; readonly reason: Reason }

/** The worker that holds an entry, as far as the entry's owner needs it. */
export interface Holder {
  readonly id: WorkerId
  /** Takes the entry back if its handler has not started. */
  readonly revoke: (entry: Entry) => boolean
  readonly claimOf: (entry: Entry) => ClaimState
  /** Asks the worker to interrupt the handler. */
  readonly ask: (entry: Entry) => void
  /** Ends the worker, after a grace for co-runners. */
  readonly escalate: () => void
  /** Frees the entry's place and claim. */
  readonly release: (entry: Entry) => void
  /** An entry was taken back that it had not started: perhaps it never will start anything. */
  readonly suspect: () => void
  /** Handles replies that have arrived but were not yet delivered. */
  readonly drain: () => void
}

/** What a caller gets. `receipt` is there when the task was interrupted. */
export interface Settlement {
  readonly exit: Exit<any, any>
  readonly outcome: Outcome
  readonly receipt: Receipt | undefined
}

export interface EntryInit {
  readonly id: TaskId
  readonly definition: TaskDefinition
  readonly codec: TaskCodec
  readonly measure: Measure
  /** Encoded. With `items`, the list of encoded payloads. */
  readonly payload: unknown
  readonly transfer: Array<Movable> | undefined
  readonly extra: Extra | undefined
  /** How many payloads travel as one; `undefined` for a single task. */
  readonly items: number | undefined
  readonly priority: number
  readonly grace: number
  readonly runLimit: number
  readonly onInterrupt: "wait" | "abandon"
  readonly fiber: Fiber<unknown, unknown>
  readonly onSettled: (settlement: Settlement) => void
}

export class Entry implements Queueable {
  readonly id: TaskId
  readonly definition: TaskDefinition
  readonly codec: TaskCodec
  readonly measure: Measure
  payload: unknown
  transfer: Array<Movable> | undefined
  readonly extra: Extra | undefined
  readonly items: number | undefined
  readonly priority: number
  readonly grace: number
  readonly runLimit: number
  readonly onInterrupt: "wait" | "abandon"
  readonly fiber: Fiber<unknown, unknown>
  // Replaced once, when an interrupted caller starts to wait for the acknowledgement instead of the outcome.
  onSettled: (settlement: Settlement) => void

  /** Invariant: written by `Engine.step` alone. */
  state: TaskState = "queued"
  why: Why | undefined = undefined
  /** Invariant: defined exactly while a worker holds it. */
  holder: Holder | undefined = undefined
  /** The worker it last was sent to, for receipts and errors after `holder` is gone. */
  lastWorker: WorkerId | undefined = undefined
  /** The only worker that may run it: its place in line is that worker's own. */
  pin: { readonly line: Array<Entry> } | undefined = undefined
  index = 0
  ticket = 0
  /** What it was expected to take when it was sent, in milliseconds. */
  estimate = 0
  attempts = 0
  interruptedAt: number | undefined = undefined
  casualties: ReadonlyArray<Casualty> = []
  /** The reply, between its arrival and `settleReply`. */
  reply: Exit<any, any> | undefined = undefined
  /** The loss, between the worker's exit and `settleLost`. */
  loss: Reason | undefined = undefined
  queueTimer: Cancel | undefined = undefined
  deadlineTimer: Cancel | undefined = undefined
  runTimer: Cancel | undefined = undefined
  graceTimer: Cancel | undefined = undefined
  unlisten: (() => void) | undefined = undefined
  observers: Set<(state: TaskState) => void> | undefined = undefined

  line: Queueable["line"] = undefined
  before: Queueable | undefined = undefined
  after: Queueable | undefined = undefined

  constructor(init: EntryInit) {
    this.id = init.id
    this.definition = init.definition
    this.codec = init.codec
    this.measure = init.measure
    this.payload = init.payload
    this.transfer = init.transfer
    this.extra = init.extra
    this.items = init.items
    this.priority = init.priority
    this.grace = init.grace
    this.runLimit = init.runLimit
    this.onInterrupt = init.onInterrupt
    this.fiber = init.fiber
    this.onSettled = init.onSettled
  }

  get sequence(): number {
    return this.id
  }

  get name(): string {
    return this.definition.name
  }

  /** Ends every limit; the outcome has been decided. */
  disarm(): void {
    this.queueTimer?.()
    this.deadlineTimer?.()
    this.runTimer?.()
    this.graceTimer?.()
    this.unlisten?.()
    this.queueTimer = this.deadlineTimer = this.runTimer = this.graceTimer = this.unlisten = undefined
  }
}
