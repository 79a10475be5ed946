/**
 * The one place where a task changes its state: every step, every settlement, every limit (G1).
 *
 * Receives events from the dispatcher, from workers (replies, exits) and from callers (interruption); hands
 * outcomes to `Entry.onSettled`. Every `settle` action ends in one `deliver`.
 *
 * @since 0.1.0
 */
import { isTypedArray } from "../model/typedArray.ts"
import * as Exit from "effect/Exit"
import * as CauseCodec from "../../protocol/CauseCodec.ts"
import type { Unclonable } from "../../protocol/Clonable.ts"
import type { CauseData } from "../../protocol/Message.ts"
import * as Packed from "../../protocol/Packed.ts"
import { Malformed, NotSerializable, type Reason, type TaskError } from "../../TaskError.ts"
import * as TaskMachine from "../machine/taskMachine.ts"
import { defaults } from "../model/defaults.ts"
import { isInstance } from "../model/foreign.ts"
import type { TaskId, WorkerId } from "../model/ids.ts"
import { argumentPath } from "../model/module.ts"
import type { PoolSettings } from "../model/options.ts"
import type { ExitDetail, Outcome, Receipt } from "../model/outcome.ts"
import { callSiteOf } from "./callSite.ts"
import type { Entry, Why } from "./Entry.ts"
import { EntrySteps, type EntryStepsOwner } from "./EntrySteps.ts"
import type { EventBus } from "./EventBus.ts"
import type { PoolEvent } from "../../PoolEvent.ts"
import * as Family from "./Family.ts"
import * as outcomes from "./outcomes.ts"
import { TaskQueue } from "./TaskQueue.ts"
import type { Timers } from "./Timers.ts"

export type Counts = { [K in Outcome | "submitted" | "late" | "requeued"]: number }

export class Ledger implements EntryStepsOwner {
  readonly queue: TaskQueue<Entry>
  /** Suspended callers, before the queue. */
  readonly waiting: TaskQueue<Entry>
  /** What tasks have called, and wait for. */
  readonly nested: TaskQueue<Entry>
  readonly lenders: Family.Lenders = new Set()
  readonly counts: Counts = {
    submitted: 0,
    succeeded: 0,
    failed: 0,
    died: 0,
    interrupted: 0,
    lost: 0,
    rejected: 0,
    late: 0,
    requeued: 0
  }
  /** Entries that are not settled yet, wherever they are. */
  unsettled = 0
  /** Once set, nothing goes back to the queue: the pool has failed, or its queue was refused. */
  takesNothingBack: Reason | undefined = undefined
  /** Once set, only what tasks have called goes back to the queue: the pool lets those that run finish. */
  takesNoRootsBack: Reason | undefined = undefined
  /** Called when a place in the queue or with a worker may have become free. */
  onFreed: () => void = () => {}
  /** Called when a worker has answered: workers are fine. */
  onServed: () => void = () => {}
  /** Called when no task is unsettled any more. */
  onIdle: () => void = () => {}

  private readonly timers: Timers
  private readonly events: EventBus<PoolEvent>
  private awaitingIdle: Array<() => void> = []
  private readonly steps = new EntrySteps(this)

  constructor(settings: PoolSettings, timers: Timers, events: EventBus<PoolEvent>) {
    this.timers = timers
    this.events = events
    this.queue = new TaskQueue(settings.order, defaults.ageing)
    this.waiting = new TaskQueue("fifo", defaults.ageing)
    this.nested = new TaskQueue("fifo", defaults.ageing)
  }

  // --------------------------------------------------------------------------
  // the task machine's actions
  // --------------------------------------------------------------------------

  /** Takes an event of an entry; one that the entry's own actions raise is taken when they are done. */
  step(entry: Entry, event: TaskMachine.TaskEvent): void {
    this.steps.step(entry, event)
  }

  /** Called by `EntrySteps` alone. */
  onThrown(observer: object, cause: unknown): void {
    this.events.threw("observer", observer, cause)
  }

  /** Called by `EntrySteps` alone. */
  perform(entry: Entry, action: TaskMachine.TaskAction): void {
    switch (action) {
      case "enqueue":
        return this.queue.push(entry)
      case "enqueueFront":
        this.counts.requeued++
        if (this.events.isObserved) {
          this.events.emit({
            _tag: "TaskRequeued",
            id: entry.id,
            task: entry.name,
            worker: entry.lastWorker ?? 0
          })
        }
        entry.disarm("run")
        return this.requeue(entry)
      case "remove":
        this.queue.remove(entry)
        this.waiting.remove(entry)
        this.nested.remove(entry)
        return
      case "armRun":
        return this.armRun(entry)
      case "ask":
        entry.holder?.ask(entry)
        return this.endChildren(entry, false)
      case "armGrace":
        return this.armGrace(entry)
      case "terminate":
        return entry.holder?.escalate()
      case "release":
        entry.disarm("grace")
        Family.release(this.lenders, entry)
        entry.holder?.release(entry)
        return this.endChildren(entry, true)
      case "settleReply": {
        const reply = entry.reply!
        // Most tasks end so: nothing is made for them that lives no longer than this call.
        if (entry.ending === undefined && reply._tag === "Success") {
          return this.settle(entry, reply, "succeeded", undefined)
        }
        return this.settleAs(entry, outcomes.fromReply(entry, reply, this.elapsed(entry)))
      }
      case "settleWithdrawn":
        return this.settleAs(entry, outcomes.fromWhy(entry, "unstarted", this.elapsed(entry)))
      case "settleForced":
        return this.settleAs(entry, outcomes.fromWhy(entry, "forced", this.elapsed(entry)))
      case "settleStuck":
        return this.settleAs(entry, outcomes.fromWhy(entry, "stuck", this.elapsed(entry)))
      case "settleLost":
      case "settleLostReply":
        return this.settleAs(entry, outcomes.fromLoss(entry, entry.ending!.loss!, this.elapsed(entry)))
      case "leave":
        entry.disarmAll()
        return this.deliver(entry, Exit.void, "interrupted", outcomes.abandoned(entry))
      case "countLate":
        return this.late(entry.lastWorker ?? 0, entry.id)
    }
  }

  private armRun(entry: Entry): void {
    const { runLimit } = entry.terms
    entry.arm(
      "run",
      this.timers.limit(runLimit, () => this.expire(entry, "run", runLimit))
    )
  }

  private armGrace(entry: Entry): void {
    // It waits for those that it called, which have a grace of their own; its clean-up comes after theirs. So its grace
    // begins when they have ended: one that began with theirs would be over with it.
    if (Family.childrenToEnd(entry, false).length > 0) return this.armGraceAfterChildren(entry)
    const expired = () => {
      if (entry.state !== "interrupting") return
      if (Family.childrenToEnd(entry, false).length === 0) this.step(entry, "graceExpired")
      else this.armGraceAfterChildren(entry)
    }
    entry.arm("grace", this.timers.limit(entry.terms.grace, expired))
  }

  private armGraceAfterChildren(entry: Entry): void {
    Family.afterChildren(entry, () => {
      if (entry.state === "interrupting") this.armGrace(entry)
    })
  }

  /** A recalled or orphaned entry goes where its number belongs. */
  private requeue(entry: Entry): void {
    const reason = this.refusalToTakeBack(entry)
    if (reason !== undefined) return this.end(entry, { _tag: "Refused", reason })
    if (entry.pin !== undefined) entry.pin.line.unshift(entry)
    else if (Family.parentOf(entry) !== undefined) this.nested.push(entry)
    else this.queue.push(entry)
  }

  /** Why an entry cannot go back to the queue; `undefined` when it can. */
  refusalToTakeBack(entry: Entry): Reason | undefined {
    return this.takesNothingBack ?? (Family.parentOf(entry) === undefined ? this.takesNoRootsBack : undefined)
  }

  onQuarantined(entry: Entry, exits: ReadonlyArray<ExitDetail>): void {
    const workers = exits.map((exit) => exit.worker)
    this.events.emit({ _tag: "TaskQuarantined", id: entry.id, task: entry.name, workers })
  }

  /** A message for a task that is settled, or from a frame that does not count any more. */
  late(worker: WorkerId, id: TaskId | undefined): void {
    this.counts.late++
    if (this.events.isObserved) this.events.emit({ _tag: "LateReply", id, worker })
  }

  now(): number {
    return this.timers.now()
  }

  private elapsed(entry: Entry): number {
    const since = entry.ending?.since
    return since === undefined ? 0 : this.now() - since
  }

  private settleAs(entry: Entry, { exit, outcome, receipt }: outcomes.Settlement): void {
    this.settle(entry, exit, outcome, receipt)
  }

  private settle(
    entry: Entry,
    exit: Exit.Exit<any, any>,
    outcome: Outcome,
    receipt: Receipt | undefined
  ): void {
    entry.disarmAll()
    // A handle may outlive the task by far: it must not keep what the task was given (S146).
    entry.payload = entry.transfer = undefined
    // Nothing that it had called outlives its outcome.
    if (!Family.hasChildren(entry)) return this.deliver(entry, exit, outcome, receipt)
    Family.afterChildren(entry, () => this.deliver(entry, exit, outcome, receipt))
  }

  private deliver(
    entry: Entry,
    exit: Exit.Exit<any, any>,
    outcome: Outcome,
    receipt: Receipt | undefined
  ): void {
    this.counts[outcome] += entry.items ?? 1
    this.unsettled--
    if (this.events.isObserved) {
      if (receipt !== undefined) this.events.emit({ _tag: "TaskInterrupted", receipt })
      this.events.emit({ _tag: "TaskSettled", id: entry.id, task: entry.name, outcome })
    }
    Family.leave(this.lenders, entry)
    try {
      entry.onSettled(exit, outcome, receipt)
    } catch (cause) {
      // An observer of the caller's fiber: it runs on this stack.
      this.events.threw("caller", entry.onSettled, cause)
    }
    if (this.unsettled === 0) this.becameIdle()
  }

  // --------------------------------------------------------------------------
  // interruption and limits
  // --------------------------------------------------------------------------

  /** Ends an entry for a reason; the first reason stands. What waits is withdrawn, what runs takes the ladder. */
  end(entry: Entry, why: Why): void {
    if (entry.state === "sent") entry.holder!.hear()
    if (entry.state === "settled") return
    entry.endFor(why, this.now())
    if (this.steps.defersEnd(entry, why)) return
    if (entry.state === "waiting" || entry.state === "queued") {
      if (entry.pin !== undefined) removeFrom(entry.pin.line, entry)
      this.step(entry, "withdraw")
    } else if (entry.state === "sent" && entry.holder!.revoke(entry)) {
      // Before its caller hears: it may submit again at once, and not to a silent worker.
      entry.holder!.suspect()
      this.step(entry, "withdraw")
    } else if (why._tag === "Caller" && entry.terms.onInterrupt === "abandon") this.step(entry, "abandon")
    else this.step(entry, "interrupt")
    this.onFreed()
  }

  /** Ends what a worker holds and has not started, for a reason; does nothing to what it has started. */
  refuseUnstarted(entry: Entry, why: Why): void {
    if (entry.state !== "sent" || entry.holder?.revoke(entry) !== true) return
    entry.endFor(why, this.now())
    this.step(entry, "withdraw")
  }

  /** What a task had called ends with it; while it cleans up, what its clean-up calls does not. */
  private endChildren(entry: Entry, hasEnded: boolean): void {
    if (entry.family === undefined) return
    for (const child of Family.childrenToEnd(entry, hasEnded)) this.end(child, { _tag: "Parent" })
  }

  /** A limit has passed on the host's clock, and replies that arrived in time have been heard. */
  expire(entry: Entry, limitOf: "queue" | "run" | "deadline", limit: number): void {
    if (entry.state === "settled") return
    const started = TaskMachine.isHeld(entry.state) && entry.holder?.claimOf(entry) !== "queued"
    if (limitOf === "queue" && started) return
    const phase =
      limitOf !== "deadline"
        ? limitOf
        : started
          ? "run"
          : TaskMachine.isHeld(entry.state)
            ? ("start" as const)
            : ("queue" as const)
    this.end(entry, { _tag: "Deadline", phase, limit })
  }

  // --------------------------------------------------------------------------
  // replies: what workers say
  // --------------------------------------------------------------------------

  onSucceeded(entry: Entry, value: unknown): void {
    this.onServed()
    entry.reply = this.decodeSuccess(entry, value)
    this.step(entry, "reply")
  }

  private decodeSuccess(entry: Entry, value: unknown): Exit.Exit<unknown, unknown> {
    try {
      const decode = entry.route.codec.host.decodeSuccess
      if (entry.items === undefined) return Exit.succeed(decode(value))
      const values = Array.isArray(value) || isTypedArray(value) ? value : undefined
      if (values?.length !== entry.items) {
        const detail = `expected ${entry.items} results`
        return outcomes.failEntry(entry, new Malformed({ side: "host", what: "success", path: "$", detail }))
      }
      return Exit.succeed(Packed.mapAll(values, decode))
    } catch (error) {
      return this.malformedExit(entry, error)
    }
  }

  private malformedExit(entry: Entry, error: unknown): Exit.Exit<never, TaskError> {
    return isInstance(error, Malformed) ? outcomes.failEntry(entry, error) : Exit.die(error)
  }

  onFailed(entry: Entry, data: CauseData): void {
    this.onServed()
    try {
      entry.reply = Exit.failCause(
        CauseCodec.decode(data, entry.name, entry.route.codec, callSiteOf(entry)())
      )
    } catch (error) {
      entry.reply = this.malformedExit(entry, error)
    }
    this.step(entry, "reply")
  }

  onRefused(entry: Entry, found: Unclonable): void {
    const { detail, path } = found
    const where = argumentPath(entry.definition.module, path)
    entry.reply = outcomes.failEntry(
      entry,
      new NotSerializable({ side: "host", what: "payload", path: where, detail })
    )
    this.step(entry, "reply")
    this.onFreed()
  }

  /** Calls back once no task is unsettled; at once if there is none. */
  whenIdle(callback: () => void): () => void {
    if (this.unsettled === 0) {
      callback()
      return () => {}
    }
    this.awaitingIdle.push(callback)
    return () => {
      this.awaitingIdle = this.awaitingIdle.filter((c) => c !== callback)
    }
  }

  private becameIdle(): void {
    this.onIdle()
    if (this.awaitingIdle.length === 0) return
    const callbacks = this.awaitingIdle
    this.awaitingIdle = []
    for (const callback of callbacks) this.events.guard("caller", callback)
  }
}

const removeFrom = (line: Array<Entry>, entry: Entry): void => {
  const at = line.indexOf(entry)
  if (at >= 0) line.splice(at, 1)
}
