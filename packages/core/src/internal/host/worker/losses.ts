/**
 * The consequences of a worker's end for the held tasks (G5, G6, G9).
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

/** The lost worker: gone, or impossible to end. */
interface Lost extends Holder {
  readonly held: () => Array<HostTask>
  readonly pinned: Array<HostTask>
  readonly exitDetail: ExitDetail
}

/**
 * Settles the tasks of a gone worker: unstarted tasks move on, started tasks are lost, and tasks told to end settle by their
 * reason. `hasCrashed`: the worker ended by its own doing, by an exit or a breach of the protocol.
 */
export const lose = (worker: Lost, lifecycle: TaskLifecycle, hasCrashed: boolean): void => {
  const tasks = worker.held()
  const running = startedNames(worker)
  const casualties = casualtiesOf(worker, lifecycle)
  for (const task of tasks) {
    // Settling a task runs its caller, which may have ended another task.
    if (task.holder !== worker) continue
    const claim = worker.claimOf(task)
    const phase = claim === "done" ? "reply" : claim === "queued" ? "queue" : "run"
    const event = exitEvent(task, claim, lifecycle)
    if (event !== "exitUnstarted") mark(task, worker)
    task.lose(quarantine(task, event, lifecycle) ?? lost(worker, phase, running, task), casualties)
    if (hasCrashed) task.crashed(worker.exitDetail)
    lifecycle.step(task, event)
  }
  losePinned(worker, running, lifecycle)
}

/** Refuses the pinned tasks of the lost worker. */
const losePinned = (worker: Lost, running: ReadonlyArray<string>, lifecycle: TaskLifecycle): void => {
  for (const task of worker.pinned.splice(0)) {
    task.endFor({ _tag: "Refused", reason: lost(worker, "queue", running) }, lifecycle.now())
    lifecycle.step(task, "withdraw")
  }
}

/** Settles the tasks of a worker which cannot be ended: their callers wait no longer. */
export const giveUp = (worker: Lost, lifecycle: TaskLifecycle): void => {
  const running = startedNames(worker)
  const casualties = casualtiesOf(worker, lifecycle)
  for (const task of worker.held()) {
    if (task.holder !== worker) continue
    task.lose(lost(worker, "run", running, task), casualties)
    lifecycle.step(
      task,
      task.state === "sent" || task.state === "running" ? "exitStarted" : "terminateExpired"
    )
  }
  losePinned(worker, running, lifecycle)
}

/** Returns the lost tasks which were not told to end. */
const casualtiesOf = (worker: Lost, lifecycle: TaskLifecycle): Array<Casualty> =>
  worker
    .held()
    .filter((task) => task.state === "sent" || task.state === "running")
    .filter((task) => exitEvent(task, worker.claimOf(task), lifecycle) === "exitStarted")
    .map((task) => ({ task: task.name, id: task.id }))

const exitEvent = (task: HostTask, claim: ClaimState, lifecycle: TaskLifecycle): TaskEvent => {
  // A moved payload is gone, and a pinned task has no other worker, unless a service starts again.
  const isMovable =
    task.transfer === undefined &&
    (task.pin === undefined || task.pin.takesBack?.(claim !== "queued") === true)
  if (claim === "queued" && isMovable) return "exitUnstarted"
  const runs = (task.ending?.exits?.length ?? 0) + 1
  // A pool which takes nothing back reruns nothing. A started task is lost then, not refused.
  const isTakenBack = isMovable && lifecycle.refusalToTakeBack(task) === undefined
  return mayRetry(task) && isTakenBack && runs < defaults.idempotentAttempts ? "exitRetry" : "exitStarted"
}

/** A streaming task whose caller has received an element is never run again: the caller would receive it twice. */
const mayRetry = (task: HostTask): boolean =>
  task.definition.policy.idempotent && (task.port === undefined || task.port.arrived === 0)

/** Notes another worker's end under the task. */
const mark = (task: HostTask, worker: Lost): void => {
  if (mayRetry(task)) task.outlived(worker.exitDetail)
}

/** Returns why an idempotent task is not run again; `undefined` if the task runs again, or was to end anyway. */
const quarantine = (task: HostTask, event: TaskEvent, lifecycle: TaskLifecycle): Quarantined | undefined => {
  const exits = task.ending?.exits
  const isGivenUp = event === "exitStarted" && (task.state === "sent" || task.state === "running")
  if (!isGivenUp || exits === undefined || exits.length < defaults.idempotentAttempts) return undefined
  lifecycle.onQuarantined(task, exits)
  return new Quarantined({ exits })
}

/** Returns the names of the started tasks. */
export const startedNames = (worker: Pick<Lost, "held" | "claimOf">): Array<string> =>
  worker
    .held()
    .filter((task) => worker.claimOf(task) !== "queued")
    .map((task) => task.name)

export const lost = (
  worker: Pick<Lost, "exitDetail">,
  phase: WorkerLost["phase"],
  running: ReadonlyArray<string>,
  task?: HostTask
): WorkerLost => {
  const elements = task?.port?.isStream === true ? { elements: task.port.arrived } : undefined
  return new WorkerLost(own({ ...worker.exitDetail, phase, running: [...running], ...elements }))
}

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
  // Each lost task gets its own copy.
  ...(cause !== undefined ? { cause: Defect.copyOf(cause) } : undefined)
})

// ----------------------------------------------------------------------------
// ends
// ----------------------------------------------------------------------------

/** Returns whether a worker ending in this state ends by itself, rather than by the pool's termination. */
export const isOwnDoing = (from: WorkerState, violated: boolean): boolean =>
  violated || from === "ready" || from === "stopping" || from === "stopped"

/** Returns whether a worker, asked to stop, has ended otherwise than by closing its scope and leaving. */
const isFailedStop = (from: WorkerState, { cause, exitCode = 0, signal }: WorkerExit): boolean =>
  from === "stopping" ||
  (from === "stopped" && (cause !== undefined || exitCode !== 0 || signal !== undefined))

/** Tells the end of a worker, and a failed stop (G9). */
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
