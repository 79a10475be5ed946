/**
 * Changes the state of tasks, here alone: every step, every settlement, every limit (G1).
 *
 * Receives events from the dispatcher, from workers (replies, exits) and from callers (interruption); hands outcomes to
 * `HostTask.onSettled`. Every `settle` action ends in a single `deliver`.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import type { Unclonable } from "../../../protocol/values/Clonable.ts"
import { type CauseData, Violation } from "../../../protocol/messages/Message.ts"
import type { Reason } from "../../../TaskError.ts"
import * as TaskMachine from "../../machine/taskMachine.ts"
import { defaults } from "../../model/defaults.ts"
import type { TaskId, WorkerId } from "../../model/ids.ts"
import type { PoolSettings } from "../../model/options.ts"
import type { ExitDetail, Outcome, Receipt } from "../../model/outcome.ts"
import * as decodeReply from "./decodeReply.ts"
import type { HostTask, Why } from "./HostTask.ts"
import { Resting } from "./Resting.ts"
import { TaskSteps, type TaskStepsOwner } from "./TaskSteps.ts"
import type { EventBus } from "../../shared/EventBus.ts"
import type { Signals } from "../signals.ts"
import * as Family from "./family.ts"
import * as outcomes from "./outcomes.ts"
import { TaskQueue } from "../admission/TaskQueue.ts"
import type { Timers } from "../../shared/Timers.ts"

export type Counts = { [K in Outcome | "submitted" | "late" | "requeued"]: number }

/** Calls code of users on the stack of the engine. */
export type Guard = Pick<EventBus<never>, "guard" | "threw">

export class TaskLifecycle implements TaskStepsOwner {
  readonly queue: TaskQueue<HostTask>
  /** Suspended callers, before the queue. */
  readonly waiting: TaskQueue<HostTask>
  /** Queued nested tasks, for which their callers wait. */
  readonly nested: TaskQueue<HostTask>
  readonly lenders: Family.Lenders = new Set()
  readonly resting = new Resting()
  private readonly tally: Counts = {
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
  private open = 0
  /** Whether `becameIdle` was told since the last admission. */
  private isIdle = true
  /** Once set, nothing goes back to the queue: the pool has failed, or its queue was refused. */
  private nothingBack: Reason | undefined = undefined
  /** Once set, only nested tasks go back to the queue: the pool lets running tasks finish. */
  private noRootsBack: Reason | undefined = undefined

  private readonly timers: Timers
  private readonly signals: Pick<Signals<unknown>, "pool" | "tasks">
  private readonly guard: Guard
  private awaitingIdle: Array<() => void> = []
  private readonly steps = new TaskSteps(this)

  /** `guard`: calls code of users, and reports thrown errors. */
  constructor(
    settings: PoolSettings,
    timers: Timers,
    signals: Pick<Signals<unknown>, "pool" | "tasks">,
    guard: Guard
  ) {
    this.timers = timers
    this.signals = signals
    this.guard = guard
    this.queue = new TaskQueue(settings.order, defaults.ageing)
    this.waiting = new TaskQueue("fifo", defaults.ageing)
    this.nested = new TaskQueue("fifo", defaults.ageing)
  }

  /** How many tasks and items have had each outcome so far. */
  get counts(): Readonly<Counts> {
    return this.tally
  }

  /** How many tasks are not settled yet, wherever they are. */
  get unsettled(): number {
    return this.open
  }

  // --------------------------------------------------------------------------
  // the task machine's actions
  // --------------------------------------------------------------------------

  /** Takes an event of a task. An event raised by the task's own actions is taken after these actions. */
  step(task: HostTask, event: TaskMachine.TaskEvent): void {
    this.steps.step(task, event)
  }

  /** Called by `TaskSteps` alone. */
  onThrown(observer: object, cause: unknown): void {
    this.guard.threw("observer", observer, cause)
  }

  /** Called by `TaskSteps` alone. */
  perform(task: HostTask, action: TaskMachine.TaskAction): void {
    switch (action) {
      case "enqueue":
        return this.queue.push(task)
      case "enqueueFront":
        this.tally.requeued++
        this.signals.tasks.requeued.tell(task)
        task.disarm("run")
        return this.requeue(task)
      case "remove":
        this.queue.remove(task)
        this.waiting.remove(task)
        this.nested.remove(task)
        return
      case "armRun":
        return this.armRun(task)
      case "ask":
        task.holder?.ask(task)
        return this.endChildren(task, false)
      case "armGrace":
        return this.armGrace(task)
      case "terminate":
        return task.holder?.escalate()
      case "release":
        task.disarm("grace")
        Family.release(this.lenders, task)
        this.resting.forget(task)
        task.holder?.release(task)
        return this.endChildren(task, true)
      case "settleReply": {
        const reply = task.reply!
        // Most tasks end here, so this path allocates no short-lived objects.
        if (task.ending === undefined && reply._tag === "Success") {
          return this.settle(task, reply, "succeeded", undefined)
        }
        return this.settleAs(task, outcomes.fromReply(task, reply, this.elapsed(task)))
      }
      case "settleWithdrawn":
        return this.settleAs(task, outcomes.fromWhy(task, "unstarted", this.elapsed(task)))
      case "settleForced":
        return this.settleAs(task, outcomes.fromWhy(task, "forced", this.elapsed(task)))
      case "settleStuck":
        return this.settleAs(task, outcomes.fromWhy(task, "stuck", this.elapsed(task)))
      case "settleLost":
      case "settleLostReply":
        return this.settleAs(task, outcomes.fromLoss(task, task.ending!.loss!, this.elapsed(task)))
      case "leave":
        task.disarmAll()
        return this.deliver(task, Exit.void, "interrupted", outcomes.abandoned(task))
      case "countLate":
        return this.late(task.lastWorker ?? 0, task.id)
    }
  }

  private armRun(task: HostTask): void {
    const { runLimit } = task.callLimits
    task.arm(
      "run",
      this.timers.limit(runLimit, () => this.expire(task, "run", runLimit))
    )
  }

  private armGrace(task: HostTask): void {
    // A task cleans up after its children, whose own grace runs first. So the task's grace begins when the children have
    // ended: if both began together, the task would have no grace left.
    if (Family.childrenToEnd(task, false).length > 0) return this.armGraceAfterChildren(task)
    const expired = () => {
      if (task.state !== "interrupting") return
      if (Family.childrenToEnd(task, false).length === 0) this.step(task, "graceExpired")
      else this.armGraceAfterChildren(task)
    }
    task.arm("grace", this.timers.limit(task.callLimits.grace, expired))
  }

  private armGraceAfterChildren(task: HostTask): void {
    Family.afterChildren(task, () => {
      if (task.state === "interrupting") this.armGrace(task)
    })
  }

  /** The task rests: its slot is free for others, and so is a slot that it has borrowed. */
  rests(task: HostTask): void {
    Family.giveBack(this.lenders, task)
    this.signals.tasks.placeFreed.tell()
  }

  /** The handler of the child's parent now waits for the child. */
  awaits(child: HostTask): void {
    Family.awaitChild(this.lenders, child)
    this.resting.update(Family.parentOf(child))
  }

  /** Counts an admitted task, before the task is placed. */
  admit(task: HostTask): void {
    this.tally.submitted += task.items ?? 1
    this.open++
    this.isIdle = false
    this.signals.tasks.submitted.tell(task)
  }

  /** Counts submissions refused before they became a task: they were never open. */
  refused(outcome: "interrupted" | "lost" | "rejected", items: number | undefined): void {
    this.tally.submitted += items ?? 1
    this.tally[outcome] += items ?? 1
  }

  /** Lets a new task wait before the queue. */
  suspend(task: HostTask): void {
    this.steps.suspend(task)
    this.waiting.push(task)
  }

  /** From now on nothing goes back to the queue. The first reason stands. */
  takeNothingBack(reason: Reason): void {
    this.nothingBack ??= reason
  }

  /** From now on only nested tasks go back to the queue. */
  takeNoRootsBack(reason: Reason): void {
    this.noRootsBack = reason
  }

  /** Puts a recalled or orphaned task back by its sequence number. */
  private requeue(task: HostTask): void {
    const reason = this.refusalToTakeBack(task)
    if (reason !== undefined) return this.end(task, { _tag: "Refused", reason })
    if (task.pin !== undefined) insert(task.pin.line, task)
    else if (Family.parentOf(task) !== undefined) this.nested.push(task)
    else this.queue.push(task)
  }

  /** Returns why a task cannot go back to the queue; `undefined` when the task can. */
  refusalToTakeBack(task: HostTask): Reason | undefined {
    return this.nothingBack ?? (Family.parentOf(task) === undefined ? this.noRootsBack : undefined)
  }

  onQuarantined(task: HostTask, exits: ReadonlyArray<ExitDetail>): void {
    this.signals.tasks.quarantined.tell(task, exits)
  }

  /** Counts a message for a settled task, or from a frame which no longer counts. */
  late(worker: WorkerId, id: TaskId | undefined): void {
    this.tally.late++
    this.signals.tasks.late.tell(worker, id)
  }

  now(): number {
    return this.timers.now()
  }

  private elapsed(task: HostTask): number {
    const since = task.ending?.since
    return since === undefined ? 0 : this.now() - since
  }

  private settleAs(task: HostTask, { exit, outcome, receipt }: outcomes.Settlement): void {
    this.settle(task, exit, outcome, receipt)
  }

  private settle(
    task: HostTask,
    exit: Exit.Exit<any, any>,
    outcome: Outcome,
    receipt: Receipt | undefined
  ): void {
    task.disarmAll()
    task.forgetPayload()
    // No nested task outlives the outcome of its caller.
    if (!Family.hasChildren(task)) return this.deliver(task, exit, outcome, receipt)
    Family.afterChildren(task, () => this.deliver(task, exit, outcome, receipt))
  }

  private deliver(
    task: HostTask,
    exit: Exit.Exit<any, any>,
    outcome: Outcome,
    receipt: Receipt | undefined
  ): void {
    this.tally[outcome] += task.items ?? 1
    this.open--
    this.signals.tasks.settled.tell(task, outcome, receipt)
    task.pin?.settled?.(task)
    const endParent = Family.leave(this.lenders, task)
    this.resting.update(Family.parentOf(task))
    try {
      task.onSettled(exit, outcome, receipt)
    } catch (cause) {
      // An observer of the caller's fiber has thrown on this stack.
      this.guard.threw("caller", task.onSettled, cause)
    }
    endParent?.()
    // The caller and the parent may have settled further tasks meanwhile, and the last of these has told.
    if (this.open === 0 && !this.isIdle) this.becameIdle()
  }

  // --------------------------------------------------------------------------
  // interruption and limits
  // --------------------------------------------------------------------------

  /** Ends a task for a reason; the first reason stands. A waiting task is withdrawn, a running task takes the ladder. */
  end(task: HostTask, why: Why): void {
    if (task.state === "sent") task.holder!.hear()
    if (task.state === "settled") return
    task.endFor(why, this.now())
    if (this.steps.defersEnd(task, why)) return
    if (task.state === "waiting" || task.state === "queued") {
      if (task.pin !== undefined) removeFrom(task.pin.line, task)
      this.step(task, "withdraw")
    } else if (task.state === "sent" && task.holder!.revoke(task)) {
      // Suspect the worker before the caller resumes: the caller may submit again at once, and a silent worker must not get
      // the new task.
      task.holder!.suspect()
      this.step(task, "withdraw")
    } else if (why._tag === "Caller" && task.callLimits.onInterrupt === "abandon") this.step(task, "abandon")
    else this.step(task, "interrupt")
    this.signals.tasks.placeFreed.tell()
  }

  /** Ends a held task which the worker has not started; does nothing to a started task. */
  refuseUnstarted(task: HostTask, why: Why): void {
    if (task.state !== "sent" || task.holder?.revoke(task) !== true) return
    task.endFor(why, this.now())
    this.step(task, "withdraw")
  }

  /** Ends the nested tasks of an ended task. While the task cleans up, the calls of its clean-up go on. */
  private endChildren(task: HostTask, hasEnded: boolean): void {
    if (task.family === undefined) return
    for (const child of Family.childrenToEnd(task, hasEnded)) this.end(child, { _tag: "Parent" })
  }

  /** Ends a task whose limit has passed on the host's clock. Replies received in time have been read by now. */
  expire(task: HostTask, limitOf: "queue" | "run" | "deadline", limit: number): void {
    if (task.state === "settled") return
    const started = TaskMachine.isHeld(task.state) && task.holder?.claimOf(task) !== "queued"
    if (limitOf === "queue" && started) return
    const phase =
      limitOf !== "deadline"
        ? limitOf
        : started
          ? "run"
          : TaskMachine.isHeld(task.state)
            ? ("start" as const)
            : ("queue" as const)
    this.end(task, { _tag: "Deadline", phase, limit })
  }

  // --------------------------------------------------------------------------
  // replies from workers
  // --------------------------------------------------------------------------

  started(task: HostTask): void {
    this.step(task, "start")
    this.signals.tasks.started.tell(task)
  }

  onSucceeded(task: HostTask, value: unknown): void {
    this.signals.tasks.answered.tell()
    this.reply(task, decodeReply.succeeded(task, value))
  }

  onFailed(task: HostTask, data: CauseData): void {
    this.signals.tasks.answered.tell()
    this.reply(task, decodeReply.failed(task, data))
  }

  onRefused(task: HostTask, found: Unclonable): void {
    this.reply(task, decodeReply.refused(task, found))
    this.signals.tasks.placeFreed.tell()
  }

  /** Hands elements of a streaming task to its caller. Elements beyond the credit are a breach by the worker (G14). */
  onEmitted(task: HostTask, elements: ArrayLike<unknown>): void {
    if (task.port?.isStream !== true) throw new Violation("a task that does not stream has emitted elements")
    if (!task.port.emitted(elements))
      throw new Violation("a task has emitted more elements than it had credit for")
  }

  onDemanded(task: HostTask, count: number): void {
    if (task.port?.demanded(count) !== true) throw new Violation("a task without inputs demands some")
  }

  onProgressed(task: HostTask, done: number, total: number | undefined, note: string | undefined): void {
    const { port } = task
    if (port?.isWatched === true) this.guard.guard("observer", () => port.progressed(done, total, note))
  }

  private reply(task: HostTask, exit: Exit.Exit<unknown, unknown>): void {
    task.reply = exit
    this.step(task, "reply")
  }

  /** Calls back once no task is unsettled; at once if none is now. */
  whenIdle(callback: () => void): () => void {
    if (this.open === 0) {
      callback()
      return () => {}
    }
    this.awaitingIdle.push(callback)
    return () => {
      this.awaitingIdle = this.awaitingIdle.filter((c) => c !== callback)
    }
  }

  private becameIdle(): void {
    this.isIdle = true
    this.signals.pool.becameIdle.tell()
    if (this.awaitingIdle.length === 0) return
    const callbacks = this.awaitingIdle
    this.awaitingIdle = []
    for (const callback of callbacks) this.guard.guard("caller", callback)
  }
}

/** Puts a task back where it was: lines are in the order of submission. */
const insert = (line: Array<HostTask>, task: HostTask): void => {
  const at = line.findIndex(({ id }) => id > task.id)
  line.splice(at < 0 ? line.length : at, 0, task)
}

const removeFrom = (line: Array<HostTask>, task: HostTask): void => {
  const at = line.indexOf(task)
  if (at >= 0) line.splice(at, 1)
}
