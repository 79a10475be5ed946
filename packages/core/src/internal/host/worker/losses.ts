/**
 * What a worker's end means for the tasks it held (G5, G6, G9).
 *
 * @since 0.1.0
 */
import * as Defect from "../../../protocol/values/Defect.ts"
import type { ClaimState } from "../../../protocol/claims/Claims.ts"
import { Quarantined, WorkerLost } from "../../../TaskError.ts"
import type { WorkerConnection, WorkerExit } from "../../../WorkerTransport.ts"
import type { TaskEvent } from "../../machine/taskMachine.ts"
import type { WorkerState } from "../../machine/workerMachine.ts"
import { defaults } from "../../model/defaults.ts"
import type { WorkerId } from "../../model/ids.ts"
import type { Casualty, ExitDetail } from "../../model/outcome.ts"
import { own } from "../../model/own.ts"
import type { HostTask, Holder } from "../tasks/HostTask.ts"
import type { TaskLifecycle } from "../tasks/TaskLifecycle.ts"
import { endedOnPurpose } from "./exitKind.ts"
import type { WorkerSignals } from "../signals.ts"

/** The worker that is gone, or that cannot be ended. */
interface Lost extends Holder {
  readonly held: () => Array<HostTask>
  readonly pinned: Array<HostTask>
  readonly exitDetail: ExitDetail
  /** Whether it ended by its own doing: it exited, or broke the protocol. */
  readonly hasCrashed: boolean
}

/** The worker is gone: what had not started moves on, what had is lost, what was to end is told so. */
export const lose = (worker: Lost, lifecycle: TaskLifecycle): void => {
  const tasks = worker.held()
  const running = startedNames(worker)
  const casualties = casualtiesOf(worker, lifecycle)
  for (const task of tasks) {
    // Settling one runs its caller, who may have ended another.
    if (task.holder !== worker) continue
    const claim = worker.claimOf(task)
    const phase = claim === "done" ? "reply" : claim === "queued" ? "queue" : "run"
    const event = exitEvent(task, claim, lifecycle)
    if (event !== "exitUnstarted") mark(task, worker)
    task.lose(quarantine(task, event, lifecycle) ?? lost(worker, phase, running), casualties)
    if (worker.hasCrashed) task.crashed(worker.exitDetail)
    lifecycle.step(task, event)
  }
  losePinned(worker, running, lifecycle)
}

/** What only this worker might have run will never run. */
const losePinned = (worker: Lost, running: ReadonlyArray<string>, lifecycle: TaskLifecycle): void => {
  for (const task of worker.pinned.splice(0)) {
    task.endFor({ _tag: "Refused", reason: lost(worker, "queue", running) }, lifecycle.now())
    lifecycle.step(task, "withdraw")
  }
}

/** The worker cannot be ended: nobody waits for it any longer. */
export const giveUp = (worker: Lost, lifecycle: TaskLifecycle): void => {
  const running = startedNames(worker)
  const casualties = casualtiesOf(worker, lifecycle)
  for (const task of worker.held()) {
    if (task.holder !== worker) continue
    task.lose(lost(worker, "run", running), casualties)
    lifecycle.step(
      task,
      task.state === "sent" || task.state === "running" ? "exitStarted" : "terminateExpired"
    )
  }
  losePinned(worker, running, lifecycle)
}

/** Those that are lost although nobody had asked them to end. */
const casualtiesOf = (worker: Lost, lifecycle: TaskLifecycle): Array<Casualty> =>
  worker
    .held()
    .filter((e) => e.state === "sent" || e.state === "running")
    .filter((e) => exitEvent(e, worker.claimOf(e), lifecycle) === "exitStarted")
    .map((e) => ({ task: e.name, id: e.id }))

const exitEvent = (task: HostTask, claim: ClaimState, lifecycle: TaskLifecycle): TaskEvent => {
  // What was moved is gone, and what is bound to a worker has no other.
  const isMovable = task.transfer === undefined && task.pin === undefined
  if (claim === "queued" && isMovable) return "exitUnstarted"
  const runs = (task.ending?.exits?.length ?? 0) + 1
  // A pool that takes nothing back runs nothing again, and what had started was not refused.
  const isTakenBack = isMovable && lifecycle.refusalToTakeBack(task) === undefined
  return mayRetry(task) && isTakenBack && runs < defaults.idempotentAttempts ? "exitRetry" : "exitStarted"
}

const mayRetry = (task: HostTask): boolean => task.definition.policy.idempotent

/** Another worker has ended while the task ran there. */
const mark = (task: HostTask, worker: Lost): void => {
  if (mayRetry(task)) task.outlived(worker.exitDetail)
}

/** Why a task is not run once more although it may be; `undefined` for one that is, or that was to end anyway. */
const quarantine = (task: HostTask, event: TaskEvent, lifecycle: TaskLifecycle): Quarantined | undefined => {
  const exits = task.ending?.exits
  const isGivenUp = event === "exitStarted" && (task.state === "sent" || task.state === "running")
  if (!isGivenUp || exits === undefined || exits.length < defaults.idempotentAttempts) return undefined
  lifecycle.onQuarantined(task, exits)
  return new Quarantined({ exits })
}

/** The names of the tasks that had started. */
export const startedNames = (worker: Pick<Lost, "held" | "claimOf">): Array<string> =>
  worker
    .held()
    .filter((task) => worker.claimOf(task) !== "queued")
    .map((task) => task.name)

export const lost = (
  worker: Pick<Lost, "exitDetail">,
  phase: WorkerLost["phase"],
  running: ReadonlyArray<string>
): WorkerLost => new WorkerLost(own({ ...worker.exitDetail, phase, running: [...running] }))

export const describeExit = (
  worker: { readonly id: WorkerId; readonly outside: Pick<WorkerConnection, "threadId" | "pid"> },
  exit: WorkerExit,
  cause: unknown
): ExitDetail => ({
  worker: worker.id,
  outOfMemory: exit.outOfMemory,
  stderr: exit.stderr,
  ...(worker.outside.threadId !== undefined ? { threadId: worker.outside.threadId } : undefined),
  ...(worker.outside.pid !== undefined ? { pid: worker.outside.pid } : undefined),
  ...(exit.exitCode !== undefined ? { exitCode: exit.exitCode } : undefined),
  ...(exit.signal !== undefined ? { signal: exit.signal } : undefined),
  // Each victim has its own.
  ...(cause !== undefined ? { cause: Defect.copyOf(cause) } : undefined)
})

// ----------------------------------------------------------------------------
// ends
// ----------------------------------------------------------------------------

/** Whether a worker in this state that ends does so by itself, and not because the pool has terminated it. */
export const isOwnDoing = (from: WorkerState, violated: boolean): boolean =>
  violated || from === "ready" || from === "stopping" || from === "stopped"

/** Whether a worker that was asked to stop has ended otherwise than by closing its scope and leaving. */
const isFailedStop = (from: WorkerState, { cause, exitCode = 0, signal }: WorkerExit): boolean =>
  from === "stopping" ||
  (from === "stopped" && (cause !== undefined || exitCode !== 0 || signal !== undefined))

/** Tells of a worker's end, and of a stop that failed (G9). */
export const reportEnd = <Worker extends Lost>(
  worker: Worker,
  from: WorkerState,
  exit: WorkerExit,
  violated: boolean,
  signals: WorkerSignals<Worker>
): void => {
  const isFailed = isFailedStop(from, exit)
  signals.ended.tell(worker, exit, endedOnPurpose(from, violated) && !isFailed)
  if (isFailed) signals.stopFailed.tell(worker, lost(worker, "stop", []))
}
