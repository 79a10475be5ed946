/**
 * What a worker's end means for the tasks it held (G5, G6, G9).
 *
 * @since 0.1.0
 */
import * as Defect from "../../protocol/Defect.ts"
import type { ClaimState } from "../../protocol/Claims.ts"
import type { PoolEvent } from "../../PoolEvent.ts"
import { Quarantined, WorkerLost } from "../../TaskError.ts"
import type { WorkerConnection, WorkerExit } from "../../WorkerTransport.ts"
import type { TaskEvent } from "../machine/taskMachine.ts"
import type { WorkerState } from "../machine/workerMachine.ts"
import { defaults } from "../model/defaults.ts"
import type { WorkerId } from "../model/ids.ts"
import type { Casualty, ExitDetail } from "../model/outcome.ts"
import { own } from "../model/own.ts"
import type { Entry, Holder } from "./Entry.ts"
import type { Ledger } from "./Ledger.ts"
import { endedOnPurpose } from "./vacancy.ts"
import type { WorkerOwner } from "./WorkerOwner.ts"

/** The worker that is gone, or that cannot be ended. */
interface Lost extends Holder {
  readonly held: () => Array<Entry>
  readonly pinned: Array<Entry>
  readonly exitDetail: ExitDetail
  /** Whether it ended by its own doing: it exited, or broke the protocol. */
  readonly hasCrashed: boolean
}

/** The worker is gone: what had not started moves on, what had is lost, what was to end is told so. */
export const lose = (worker: Lost, ledger: Ledger): void => {
  const entries = worker.held()
  const running = startedNames(worker)
  const casualties = casualtiesOf(worker, ledger)
  for (const entry of entries) {
    // Settling one runs its caller, who may have ended another.
    if (entry.holder !== worker) continue
    const claim = worker.claimOf(entry)
    const phase = claim === "done" ? "reply" : claim === "queued" ? "queue" : "run"
    const event = exitEvent(entry, claim, ledger)
    if (event !== "exitUnstarted") mark(entry, worker)
    entry.lose(quarantine(entry, event, ledger) ?? lost(worker, phase, running), casualties)
    // What was to end has a receipt, and that must not say that the pool ended this worker (G3).
    if (worker.hasCrashed && entry.ending?.why !== undefined) entry.ending.crash = worker.exitDetail
    ledger.step(entry, event)
  }
  losePinned(worker, running, ledger)
}

/** What only this worker might have run will never run. */
const losePinned = (worker: Lost, running: ReadonlyArray<string>, ledger: Ledger): void => {
  for (const entry of worker.pinned.splice(0)) {
    entry.endFor({ _tag: "Refused", reason: lost(worker, "queue", running) }, ledger.now())
    ledger.step(entry, "withdraw")
  }
}

/** The worker cannot be ended: nobody waits for it any longer. */
export const giveUp = (worker: Lost, ledger: Ledger): void => {
  const running = startedNames(worker)
  const casualties = casualtiesOf(worker, ledger)
  for (const entry of worker.held()) {
    if (entry.holder !== worker) continue
    entry.lose(lost(worker, "run", running), casualties)
    ledger.step(
      entry,
      entry.state === "sent" || entry.state === "running" ? "exitStarted" : "terminateExpired"
    )
  }
  losePinned(worker, running, ledger)
}

/** Those that are lost although nobody had asked them to end. */
const casualtiesOf = (worker: Lost, ledger: Ledger): Array<Casualty> =>
  worker
    .held()
    .filter((e) => e.state === "sent" || e.state === "running")
    .filter((e) => exitEvent(e, worker.claimOf(e), ledger) === "exitStarted")
    .map((e) => ({ task: e.name, id: e.id }))

const exitEvent = (entry: Entry, claim: ClaimState, ledger: Ledger): TaskEvent => {
  // What was moved is gone, and what is bound to a worker has no other.
  const isMovable = entry.transfer === undefined && entry.pin === undefined
  if (claim === "queued" && isMovable) return "exitUnstarted"
  const runs = (entry.ending?.exits?.length ?? 0) + 1
  // A pool that takes nothing back runs nothing again, and what had started was not refused.
  const isTakenBack = isMovable && ledger.refusalToTakeBack(entry) === undefined
  return mayRetry(entry) && isTakenBack && runs < defaults.idempotentAttempts ? "exitRetry" : "exitStarted"
}

const mayRetry = (entry: Entry): boolean => entry.definition.policy.idempotent

/** Another worker has ended while the entry ran there. */
const mark = (entry: Entry, worker: Lost): void => {
  if (!mayRetry(entry)) return
  const ending = (entry.ending ??= {})
  ending.exits = [...(ending.exits ?? []), worker.exitDetail]
}

/** Why an entry is not run once more although it may be; `undefined` for one that is, or that was to end anyway. */
const quarantine = (entry: Entry, event: TaskEvent, ledger: Ledger): Quarantined | undefined => {
  const exits = entry.ending?.exits
  const isGivenUp = event === "exitStarted" && (entry.state === "sent" || entry.state === "running")
  if (!isGivenUp || exits === undefined || exits.length < defaults.idempotentAttempts) return undefined
  ledger.onQuarantined(entry, exits)
  return new Quarantined({ exits })
}

/** The names of the tasks that had started. */
export const startedNames = (worker: Pick<Lost, "held" | "claimOf">): Array<string> =>
  worker
    .held()
    .filter((entry) => worker.claimOf(entry) !== "queued")
    .map((entry) => entry.name)

/** What the pool's listeners are told. */
const lostEvent = (worker: Pick<Lost, "id" | "held" | "claimOf">, exit: WorkerExit): PoolEvent => ({
  _tag: "WorkerLost",
  worker: worker.id,
  exitCode: exit.exitCode,
  signal: exit.signal,
  outOfMemory: exit.outOfMemory,
  cause: exit.cause,
  running: startedNames(worker)
})

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

/** Tells the pool's listeners of a worker's end, and the pool if that worker was to stop and has failed to (G9). */
export const reportEnd = <Worker extends Lost>(
  worker: Worker,
  from: WorkerState,
  exit: WorkerExit,
  violated: boolean,
  owner: Pick<WorkerOwner<Worker>, "events" | "onBadStop">
): void => {
  const isFailed = isFailedStop(from, exit)
  const stopped = { _tag: "WorkerStopped", worker: worker.id } as const
  const isWell = endedOnPurpose(from, violated) && !isFailed
  owner.events.emit(isWell ? stopped : lostEvent(worker, exit))
  if (isFailed) owner.onBadStop(worker, lost(worker, "stop", []))
}
