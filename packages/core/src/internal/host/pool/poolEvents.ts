/**
 * Turns the facts of a pool into `PoolEvent`s, each with the time, the pool, and the task or worker concerned.
 *
 * Hears of facts only while a user's listener is subscribed.
 *
 * @since 0.1.0
 */
import type { PoolEvent, PoolFact } from "../../../PoolEvent.ts"
import type { ExitDetail } from "../../model/outcome.ts"
import type { Signal } from "../../shared/Signal.ts"
import type { Timers } from "../../shared/Timers.ts"
import type { Signals } from "../signals.ts"
import type { WorkerExit } from "../../../WorkerTransport.ts"
import { startedNames } from "../worker/losses.ts"
import type { HostWorker } from "../worker/HostWorker.ts"

/** When and where an event happened. */
export interface Origin {
  readonly pool: string
  readonly timers: Pick<Timers, "now">
}

/** Adds the origin to an event. */
export const stamp = ({ pool, timers }: Origin, fact: PoolFact): PoolEvent => ({
  at: timers.now(),
  pool,
  ...fact
})

/**
 * Emits an event for each fact, from now until the returned function is called. Leads the subscribers of every signal: a listener
 * hears of a fact before its consequences.
 */
export const publish = (
  { pool, tasks, workers }: Signals<HostWorker>,
  emit: (event: PoolEvent) => void,
  origin: Origin
): (() => void) => {
  const ends: Array<() => void> = []
  const tell = (fact: PoolFact): void => emit(stamp(origin, fact))
  const on = <Fact extends ReadonlyArray<any>>(
    signal: Signal<Fact>,
    eventOf: (...fact: Fact) => PoolFact
  ): void => void ends.push(signal.lead((...fact) => tell(eventOf(...fact))))

  on(pool.stateChanged, (state) => ({ _tag: "PoolStateChanged", state }))
  on(pool.failed, (reason) => ({ _tag: "PoolFailed", reason }))
  on(pool.resized, (size, min, max, why) => ({ _tag: "PoolResized", size, min, max, why }))
  on(pool.leftBehind, (left) => ({ _tag: "WorkersLeftBehind", workers: left }))

  on(tasks.submitted, ({ id, name }) => ({ _tag: "TaskSubmitted", id, task: name }))
  on(tasks.sent, ({ id, name }, worker) => ({ _tag: "TaskSent", id, task: name, worker }))
  on(tasks.requeued, ({ id, lastWorker, name }) => ({
    _tag: "TaskRequeued",
    id,
    task: name,
    worker: lastWorker ?? 0
  }))
  on(tasks.quarantined, ({ id, name }, exits: ReadonlyArray<ExitDetail>): PoolFact => ({
    _tag: "TaskQuarantined",
    id,
    task: name,
    workers: exits.map((exit) => exit.worker)
  }))
  ends.push(
    tasks.settled.lead(({ id, name }, outcome, receipt) => {
      if (receipt !== undefined) tell({ _tag: "TaskInterrupted", receipt })
      tell({ _tag: "TaskSettled", id, task: name, outcome })
    })
  )
  on(tasks.late, (worker, id) => ({ _tag: "LateReply", id, worker }))

  on(workers.starting, ({ id, seat }) => ({ _tag: "WorkerStarting", worker: id, slot: seat }))
  on(workers.ready, ({ id, names }) => ({ _tag: "WorkerReady", worker: id, tasks: names }))
  on(workers.spawnFailed, ({ id }, reason) => ({ _tag: "SpawnFailed", worker: id, reason }))
  on(workers.restartScheduled, (slot, delay, failures) => ({
    _tag: "RestartScheduled",
    slot,
    delay,
    failures
  }))
  on(workers.spareSeated, ({ id }, slot) => ({ _tag: "SpareTookPlace", worker: id, slot }))
  on(workers.silent, ({ id }, activity, millis) => ({ _tag: "WorkerSilent", worker: id, activity, millis }))
  on(workers.retiring, ({ id }, why) => ({ _tag: "WorkerRetiring", worker: id, why }))
  on(workers.reserved, ({ id }) => ({ _tag: "WorkerReserved", worker: id }))
  on(workers.reservationEnded, ({ id }, how) => ({ _tag: "ReservationEnded", worker: id, how }))
  on(workers.terminating, ({ id }, why) => ({ _tag: "WorkerTerminating", worker: id, why }))
  on(workers.stuck, ({ id }) => ({ _tag: "WorkerStuck", worker: id }))
  on(workers.stuckReplaced, ({ id }, slot, stuck) => ({
    _tag: "StuckWorkerReplaced",
    worker: id,
    slot,
    stuck
  }))
  on(workers.ended, (worker: HostWorker, exit: WorkerExit, isWell: boolean): PoolFact =>
    isWell
      ? { _tag: "WorkerStopped", worker: worker.id }
      : {
          _tag: "WorkerLost",
          worker: worker.id,
          exitCode: exit.exitCode,
          signal: exit.signal,
          outOfMemory: exit.outOfMemory,
          cause: exit.cause,
          running: startedNames(worker)
        }
  )
  on(workers.violated, ({ id }, detail) => ({ _tag: "ProtocolViolation", worker: id, detail }))
  on(workers.strayed, ({ id }, preview) => ({ _tag: "StrayMessage", worker: id, preview }))
  return () => {
    for (const end of ends) end()
  }
}
