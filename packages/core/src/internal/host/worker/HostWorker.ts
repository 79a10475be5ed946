/**
 * A worker on the host, from spawn to exit: the tasks it holds, the messages sent, and its end.
 *
 * Receives tasks from the `Dispatcher`, hands frames to `WorkerTransport`. Replies come back through `onFrame` and reach the
 * `TaskLifecycle` as data. Upholds the invariants on its fields.
 *
 * @since 0.1.0
 */
import { defaults } from "../../model/defaults.ts"
import type { SlotIndex, WorkerId } from "../../model/ids.ts"
import type { ExitDetail } from "../../model/outcome.ts"
import { own } from "../../model/own.ts"
import type * as Claims from "../../../protocol/claims/Claims.ts"
import type { Frame } from "../../../protocol/frame/Frame.ts"
import { show } from "../../../protocol/values/Defect.ts"
import type { SpawnFailed } from "../../../TaskError.ts"
import type { WorkerConnection, WorkerExit } from "../../../WorkerTransport.ts"
import { oneAtATime } from "../../machine/transition.ts"
import * as Machine from "../../machine/workerMachine.ts"
import { WorkerEnds } from "../channels/WorkerEnds.ts"
import type { Posting } from "../dispatch/posting.ts"
import { NestedTasks } from "./NestedTasks.ts"
import type { HostTask, Holder } from "../tasks/HostTask.ts"
import { InFlight } from "./InFlight.ts"
import { FrameReader } from "./FrameReader.ts"
import * as losses from "./losses.ts"
import { replyVisitor } from "./workerInbound.ts"
import type { Termination } from "../signals.ts"
import type { Cancel } from "../../shared/Timers.ts"
import { endedOnPurpose, exitKindOf } from "./exitKind.ts"
import type { WorkerParts } from "./WorkerParts.ts"

/** A lone task expected to take less than this is answered before the host's thread could fall asleep. */
const soonMicros = 50

type Outside = Pick<WorkerConnection, "threadId" | "pid" | "memory" | "activity">

export class HostWorker implements Holder {
  readonly id: WorkerId
  /** The worker's seat, or its last seat after its end; `undefined` for a spare until seated. Written by `Seats`. */
  seat: SlotIndex | undefined = undefined
  private readonly owner: WorkerParts<HostWorker>

  /** Invariant: written by `take` alone. */
  state: Machine.WorkerState = "starting"
  private readonly step = oneAtATime((event: Machine.WorkerEvent) => this.take(event))
  names: ReadonlyArray<string> = []
  /** When the worker last replied, or was posted work after having none. */
  progressAt = 0
  settled = 0
  /** Set while the worker is to end as soon as it holds nothing. A leaving worker takes pinned tasks only. */
  leaving = false
  readonly pinned: Array<HostTask> = [] // tasks bound to this worker
  /** A reserved worker takes pinned tasks only. A `chosen` one is held once idle; a held one never leaves. Written by `Reservations`. */
  reserved: "no" | "chosen" | "held" = "no"
  /** Whether the dispatcher lists this worker among the workers to flush. Written by `Dispatcher`. */
  dirty = false

  private connection: WorkerConnection | undefined
  /** Whether a message that is lined up answers an operation of a channel that a handler waits for. */
  private hasAnswered = false
  private readonly inFlight: InFlight
  private readonly reader: FrameReader
  private readonly nestedTasks: NestedTasks
  private readonly ends: WorkerEnds
  private startTimer: Cancel | undefined
  private timer: Cancel | undefined
  /** Defined while co-runners have their grace before a termination; the worker takes no new tasks meanwhile. */
  private graceTimer: Cancel | undefined
  private startFailure: { readonly phase: SpawnFailed["phase"]; readonly cause?: unknown } | undefined
  private exit: WorkerExit = { outOfMemory: false, stderr: "" }

  constructor(owner: WorkerParts<HostWorker>, id: WorkerId) {
    this.owner = owner
    this.id = id
    this.inFlight = new InFlight({
      worker: id,
      concurrency: owner.settings.concurrency,
      sharedMemory: owner.transport.sharedMemory,
      post: (frame, transfer) => this.connection?.post(frame, transfer),
      onRefused: (task, found) => owner.lifecycle.onRefused(task, found),
      onReturnRefused: (call, found) => this.nestedTasks.refused(call, found)
    })
    const say = (call: number, push: (frame: Frame) => void) => {
      if (this.state !== "ready") return
      this.inFlight.sayOfCall(call, push)
      owner.dispatcher.schedule(this, false)
    }
    this.nestedTasks = new NestedTasks(owner, say, (call, task) => this.ends.called(call, task))
    this.ends = new WorkerEnds({
      channels: owner.channels,
      taskOf: (ref) => this.inFlight.taskOf(ref),
      say: (push) => say(0, push),
      onWaiting: (task, isWaiting) => owner.lifecycle.resting.wait(task, isWaiting),
      onAnswered: () => {
        this.hasAnswered = true
      }
    })
    this.reader = new FrameReader(id, this.visitor, this.ends)
  }

  /** Returns the held tasks in the order of sending. Invariant: each task's `holder` is this worker. */
  readonly held = (): Array<HostTask> => this.inFlight.tasks()

  get load(): number {
    return this.inFlight.size
  }

  /** Whether any held task has been posted; before the first post, the worker cannot be late. */
  get isPosted(): boolean {
    return this.inFlight.isPosted
  }

  /** The estimated work of the held tasks, in microseconds. */
  get backlog(): number {
    return this.inFlight.backlog
  }

  /** What the host can observe without the worker's cooperation. */
  get outside(): Outside {
    return this.connection ?? {}
  }

  /** Whether no more messages of the worker are to be expected: it has ended, or is stuck. */
  get isOver(): boolean {
    return this.state === "gone" || this.state === "halted" || this.state === "stuck"
  }

  /** Whether the worker can be sent another pinned task. */
  get serves(): boolean {
    return this.state === "ready" && this.graceTimer === undefined && !this.inFlight.isFull
  }

  get accepts(): boolean {
    if (this.leaving || this.reserved !== "no") return false
    return this.serves && this.settled + this.load < this.owner.settings.recycle.tasks
  }

  /** Whether the worker holds nothing, and nobody holds the worker. */
  get isIdle(): boolean {
    return this.load === 0 && this.pinned.length === 0 && this.reserved !== "held"
  }

  get occupied(): number {
    return this.inFlight.occupied
  }

  /**
   * Whether a task for a lent slot can be sent to this worker. A leaving worker still takes such tasks: the lender has
   * started there.
   */
  get mayBorrow(): boolean {
    return this.state === "ready" && this.graceTimer === undefined && this.inFlight.canBorrow
  }

  /** How many held tasks the worker cannot have started yet. */
  get ahead(): number {
    return Math.max(0, this.occupied - this.owner.settings.concurrency)
  }

  start(): void {
    const { owner } = this
    const { workers } = owner.signals
    workers.starting.tell(this)
    this.startTimer = owner.timers.limit(owner.settings.startTimeout, () => {
      if (this.state !== "starting") return
      this.startFailure ??= { phase: "ready" }
      workers.terminating.tell(this, "startTimeout")
      this.step("startExpired")
    })
    try {
      const start = this.inFlight.startOf(this.id, owner.settings, this.seat === undefined)
      this.connection = owner.transport.spawn(start, {
        onFrame: (frame) => this.onFrame(frame),
        onStray: (message) => workers.strayed.tell(this, show(message).slice(0, 80)),
        onPrint: (line) => workers.printed.tell(this, line),
        onHalted: (exit) => this.onEnd(exit, "halted"),
        onExit: (exit) => this.onEnd(exit, "exit")
      })
    } catch (cause) {
      this.startFailure = { phase: "spawn", cause }
      this.step("exit")
    }
  }

  /** Sends a task. Call only while `accepts`. */
  send(task: HostTask): void {
    // An idle worker's first task is posted at once, so that a lone task pays nothing for batching.
    const wasIdle = this.load === 0
    task.holder = this
    task.lastWorker = this.id
    task.attempts++
    if (!this.inFlight.add(task)) this.owner.dispatcher.schedule(this, wasIdle)
  }

  /** Returns when to post the messages lined up. */
  whenToPost(wasIdle: boolean, isCorked: boolean): Posting {
    return this.inFlight.whenToPost(wasIdle, isCorked)
  }

  /** Posts the messages lined up. */
  flush(): void {
    const { hasAnswered } = this
    this.hasAnswered = false
    const isFirst = this.inFlight.flush()
    if (isFirst) this.progressAt = this.owner.timers.now()
    const isSoon = hasAnswered ? this.occupied === 1 : isFirst && this.backlog < soonMicros && this.load === 1
    if (isSoon) this.connection?.expectSoon?.()
  }

  readonly revoke = (task: HostTask): boolean => this.inFlight.revoke(task)
  readonly claimOf = (task: HostTask): Claims.ClaimState => this.inFlight.claimOf(task)
  readonly ask = (task: HostTask): void => this.inFlight.ask(task)

  readonly tell: Holder["tell"] = (_, push, transfer) => {
    if (this.state !== "ready") return
    this.inFlight.sayOfTask(push, transfer)
    this.owner.dispatcher.schedule(this, false)
  }

  readonly move: Holder["move"] = (_, push, transfer) =>
    this.state !== "ready" || this.inFlight.postOfTask(push, transfer)

  release(task: HostTask): void {
    if (!this.inFlight.remove(task)) return
    task.holder = undefined
    if (this.state !== "ready") return
    if (this.graceTimer !== undefined) this.reconsider()
    else if (this.leaving) this.leave()
  }

  /** A resting task leaves its slot to any task: docs/decisions/0063. */
  readonly rest = (task: HostTask, isResting: boolean): void => {
    if (!this.inFlight.rest(task, isResting)) return
    // The worker starts them only in a slot of its own, and does not know of a child that rests elsewhere.
    if (this.inFlight.occupied >= this.owner.settings.concurrency) this.recall()
    this.owner.lifecycle.rests(task)
  }

  private get isSilent(): boolean {
    return this.owner.timers.now() - this.progressAt >= this.owner.settings.grace
  }

  // A worker is not silent while its frame is being read, so frames are never read out of order.
  readonly hear = (): void => (this.isSilent ? this.drain() : undefined)

  suspect(): void {
    if (this.isSilent && this.state === "ready" && !this.inFlight.hasStarted) this.terminate("silent")
  }

  readonly drain = (): void => this.connection?.drain()

  /** Ends the worker after the grace of a task. Co-runners get a grace of their own before they are lost with the worker (G5). */
  escalate(): void {
    if (this.state !== "ready") return
    this.recall()
    if (!this.inFlight.hasCoRunners) return this.terminate("grace")
    // Even in a pool with an infinite grace, this task's end must be bounded (G4).
    const patience = Math.min(this.owner.settings.grace, defaults.coRunnerGrace)
    this.graceTimer ??= this.owner.timers.limit(patience, () => this.terminate("grace"))
  }

  /** Decides again after the end of a task, while co-runners have their grace. */
  private reconsider(): void {
    const overdue = this.inFlight.hasOverdue
    if (overdue && this.inFlight.hasCoRunners) return
    this.graceTimer?.()
    this.graceTimer = undefined
    if (overdue) this.terminate("grace")
    else if (this.leaving) this.leave()
  }

  leave(): void {
    this.leaving = true
    if (this.state !== "ready" || this.isIdle) this.step("stop")
  }

  /** Takes tasks again, unless the worker has been asked to end already, or has answered its maximum of tasks. */
  stay(): void {
    if (this.state === "ready" && this.settled < this.owner.settings.recycle.tasks) this.leaving = false
  }

  terminate(why: Exclude<Termination, "startTimeout" | "lingers">): void {
    if (["starting", "ready", "stopping", "stopped"].includes(this.state)) {
      this.owner.signals.workers.terminating.tell(this, why)
    }
    this.step("terminate")
  }

  /** Puts up to `limit` unstarted tasks back into the queue. */
  recall(limit = Infinity): number {
    const taken = this.inFlight.takeBack(limit)
    for (const task of taken) this.owner.lifecycle.step(task, "recall")
    return taken.length
  }

  // --------------------------------------------------------------------------
  // from the worker
  // --------------------------------------------------------------------------

  private onFrame(value: unknown): void {
    // No message counts after a violation.
    if (this.state === "gone" || this.hasViolated) return
    const { owner } = this
    owner.dispatcher.cork()
    try {
      const outcome = this.reader.read(value, this.onProgress)
      if (outcome === "read") return
      if (outcome === "late") return owner.lifecycle.late(this.id, undefined)
      if (this.state === "starting") this.startFailure ??= { phase: "import", cause: outcome.cause }
      this.step("violation")
    } finally {
      owner.dispatcher.uncork()
    }
  }

  private readonly onProgress = (): number => (this.progressAt = this.owner.timers.now())

  private wear(): void {
    if (this.settled >= this.owner.settings.recycle.tasks) this.owner.signals.workers.worn.tell(this)
  }

  private readonly visitor = replyVisitor({
    calls: () => this.nestedTasks,
    taskOf: (ref) => this.inFlight.taskOf(ref),
    onSucceeded: (task, value) => {
      this.settled += task.items ?? 1
      this.owner.lifecycle.onSucceeded(task, value)
      this.wear()
    },
    onFailed: (task, cause) => {
      this.settled += task.items ?? 1
      this.owner.lifecycle.onFailed(task, cause)
      this.wear()
    },
    onMeasured: (served, count, millis) => this.owner.servedTasks.measureOf(served)?.add(millis, count),
    onStarted: (task) => this.owner.lifecycle.started(this.inFlight.started(task)),
    onEmitted: (task, elements) => {
      this.owner.lifecycle.onEmitted(task, elements)
    },
    onDemanded: (task, count) => this.owner.lifecycle.onDemanded(task, count),
    onProgressed: (task, done, total, note) => this.owner.lifecycle.onProgressed(task, done, total, note),
    onAbsent: (task) => {
      task.lose(losses.lost(this, "reply", []), [])
      this.owner.lifecycle.step(task, "absent")
    },
    onLate: () => this.owner.lifecycle.late(this.id, undefined),
    onLog: (task, log) => this.owner.signals.workers.logged.tell(this, task, log),
    onReady: (names) => {
      this.names = names
      this.step("ready")
    },
    onStartFailed: (phase, cause) => {
      this.startFailure = { phase, cause }
      this.step("startFailed")
    },
    onStopped: () => this.step("stopped")
  })

  private onEnd(exit: WorkerExit, event: "halted" | "exit"): void {
    this.exit = own(exit)
    this.inFlight.conclude(!this.hasViolated)
    this.owner.dispatcher.cork()
    try {
      this.step(event)
    } finally {
      this.owner.dispatcher.uncork()
    }
  }

  // --------------------------------------------------------------------------
  // the machine's actions
  // --------------------------------------------------------------------------

  private take(event: Machine.WorkerEvent): void {
    const from = this.state
    const cell = Machine.step(from, event)
    // Before the actions: the end of a worker settles its tasks, and the replacement depends on whether it had any.
    const hadTasks = this.load > 0
    this.state = cell.next
    for (const action of cell.actions) this.perform(action, from, hadTasks)
  }

  private perform(action: Machine.WorkerAction, from: Machine.WorkerState, hadTasks: boolean): void {
    const { owner } = this
    const { workers } = owner.signals
    switch (action) {
      case "serve":
        this.startTimer?.()
        this.onProgress()
        return workers.ready.tell(this)
      case "failStart": {
        this.startTimer?.()
        const { cause, phase } = this.startFailure ?? { phase: "import" as const, cause: this.exit.cause }
        return workers.startFailed.tell(this, phase, losses.describeExit(this, this.exit, cause))
      }
      case "recall":
        this.recall()
        return
      case "askStop":
        return this.inFlight.askStop()
      case "armStop":
        this.timer = owner.timers.limit(owner.settings.grace, () => this.step("stopExpired"))
        return
      case "terminate":
        this.timer?.()
        this.graceTimer?.()
        return this.connection?.terminate()
      case "armTerminate":
      case "armDepart":
        this.timer?.()
        // The worker may have ended at once.
        if (this.state === "gone") return
        this.timer = owner.timers.limit(owner.settings.terminateTimeout, () => this.step("terminateExpired"))
        return
      case "lose":
        // A channel's end is free again before its task is reported lost.
        this.ends.lose(this.exitDetail)
        return losses.lose(this, owner.lifecycle, losses.isOwnDoing(from, this.hasViolated))
      case "giveUp":
        this.ends.lose(this.exitDetail)
        return losses.giveUp(this, owner.lifecycle)
      case "reportStuck":
        return workers.stuck.tell(this)
      case "reportViolation":
        return workers.violated.tell(
          this,
          this.reader.violation?.detail ?? `unexpected message while ${from}`
        )
      case "reportLinger":
        workers.terminating.tell(this, "lingers")
        return workers.stopFailed.tell(this, undefined)
      case "reportExit":
        return losses.reportEnd(this, from, this.exit, this.hasViolated, workers)
      case "vacate": {
        this.startTimer?.()
        this.timer?.()
        this.graceTimer?.()
        const failed = this.startFailure !== undefined
        const meant = endedOnPurpose(from, this.hasViolated)
        return workers.gone.tell(this, exitKindOf(from, failed, meant, hadTasks))
      }
      case "depart":
        this.timer?.()
        return workers.departed.tell(this)
    }
  }

  private get hasViolated(): boolean {
    return this.reader.violation !== undefined
  }

  /** Describes the worker's end, as far as known. */
  get exitDetail(): ExitDetail {
    return losses.describeExit(this, this.exit, this.reader.breach ?? this.exit.cause)
  }
}
