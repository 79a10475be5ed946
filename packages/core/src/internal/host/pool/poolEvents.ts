/**
 * Turns the facts of a pool into `PoolEvent`s, each with the time, the pool, and the task or worker concerned.
 *
 * Subscribes to every signal, and builds an event only while a listener is subscribed.
 *
 * @since 0.1.0
 */
import type { PoolEvent, PoolFact } from "../../../PoolEvent.ts"
import type { ExitDetail } from "../../model/outcome.ts"
import type { EventBus } from "../../shared/EventBus.ts"
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

/** Subscribes before all other parts: see `signals.ts`. */
export const publish = (
  { pool, tasks, workers }: Signals<HostWorker>,
  events: EventBus<PoolEvent>,
  origin: Origin
): void => {
  const tell = (event: PoolFact): void => events.emit(stamp(origin, event))
  /** Builds an event only while a listener is subscribed. */
  const as =
    <Fact extends ReadonlyArray<any>>(eventOf: (...fact: Fact) => PoolFact) =>
    (a?: Fact[0], b?: Fact[1], c?: Fact[2], d?: Fact[3]): void => {
      if (events.isObserved) tell((eventOf as (...fact: ReadonlyArray<unknown>) => PoolFact)(a, b, c, d))
    }

  pool.stateChanged.subscribe(as((state) => ({ _tag: "PoolStateChanged", state })))
  pool.failed.subscribe(as((reason) => ({ _tag: "PoolFailed", reason })))
  pool.resized.subscribe(as((size, min, max, why) => ({ _tag: "PoolResized", size, min, max, why })))
  pool.leftBehind.subscribe(as((left) => ({ _tag: "WorkersLeftBehind", workers: left })))

  tasks.submitted.subscribe(as(({ id, name }) => ({ _tag: "TaskSubmitted", id, task: name })))
  tasks.sent.subscribe(as(({ id, name }, worker) => ({ _tag: "TaskSent", id, task: name, worker })))
  tasks.requeued.subscribe(
    as(({ id, lastWorker, name }) => ({ _tag: "TaskRequeued", id, task: name, worker: lastWorker ?? 0 }))
  )
  tasks.quarantined.subscribe(
    as(({ id, name }, exits: ReadonlyArray<ExitDetail>): PoolFact => ({
      _tag: "TaskQuarantined",
      id,
      task: name,
      workers: exits.map((exit) => exit.worker)
    }))
  )
  tasks.settled.subscribe((task, outcome, receipt) => {
    if (!events.isObserved) return
    if (receipt !== undefined) tell({ _tag: "TaskInterrupted", receipt })
    tell({ _tag: "TaskSettled", id: task.id, task: task.name, outcome })
  })
  tasks.late.subscribe(as((worker, id) => ({ _tag: "LateReply", id, worker })))

  workers.starting.subscribe(as(({ id, seat }) => ({ _tag: "WorkerStarting", worker: id, slot: seat })))
  workers.ready.subscribe(as(({ id, names }) => ({ _tag: "WorkerReady", worker: id, tasks: names })))
  workers.spawnFailed.subscribe(as(({ id }, reason) => ({ _tag: "SpawnFailed", worker: id, reason })))
  workers.restartScheduled.subscribe(
    as((slot, delay, failures) => ({ _tag: "RestartScheduled", slot, delay, failures }))
  )
  workers.spareSeated.subscribe(as(({ id }, slot) => ({ _tag: "SpareTookPlace", worker: id, slot })))
  workers.silent.subscribe(
    as(({ id }, activity, millis) => ({ _tag: "WorkerSilent", worker: id, activity, millis }))
  )
  workers.retiring.subscribe(as(({ id }, why) => ({ _tag: "WorkerRetiring", worker: id, why })))
  workers.terminating.subscribe(as(({ id }, why) => ({ _tag: "WorkerTerminating", worker: id, why })))
  workers.stuck.subscribe(as(({ id }) => ({ _tag: "WorkerStuck", worker: id })))
  workers.stuckReplaced.subscribe(
    as(({ id }, slot, stuck) => ({ _tag: "StuckWorkerReplaced", worker: id, slot, stuck }))
  )
  workers.ended.subscribe(
    as((worker: HostWorker, exit: WorkerExit, isWell: boolean): PoolFact =>
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
  )
  workers.violated.subscribe(as(({ id }, detail) => ({ _tag: "ProtocolViolation", worker: id, detail })))
  workers.strayed.subscribe(as(({ id }, preview) => ({ _tag: "StrayMessage", worker: id, preview })))
}
