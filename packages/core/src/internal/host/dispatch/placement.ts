/**
 * Which worker gets a task: pure functions over the seats of a pool.
 *
 * @since 0.1.0
 */
import { defaults } from "../../model/defaults.ts"
import type { HostTask } from "../tasks/HostTask.ts"
import { parentOf } from "../tasks/family.ts"
import type { HostWorker } from "../worker/HostWorker.ts"

export type SeatedWorkers = ReadonlyArray<{ readonly worker: HostWorker | undefined }>

/** A task, or a task that is to become one, as far as the choice of a worker depends on it. */
export type Candidate = Pick<HostTask, "served" | "items"> & Partial<Pick<HostTask, "family">>

/** Whether a worker can start at once one more of what only it may run. */
export const hasRoom = (worker: HostWorker, concurrency: number): boolean =>
  worker.serves && worker.occupied < concurrency

/** What is not known counts as long, yet finite: a backlog is a sum from which it is taken off again. */
const longMicros = 1e9

/** What a task is expected to take, in whole microseconds: sums of them stay small integers, and exact. */
export const estimateOf = (task: Candidate): number =>
  Math.min(longMicros, Math.ceil(task.served.measure.estimate * (task.items ?? 1) * 1000))

const aheadMicros = defaults.aheadMillis * 1000
const chunkMicros = defaults.chunkMillis * 1000

/**
 * The worker with the fewest unanswered tasks that can start one more; else, for a task proven short, the one
 * with the fewest that holds less than `aheadMillis` of work, so that it never waits for a round trip and nothing
 * waits long behind it. `undefined`: the task must wait.
 */
export const choose = (
  seats: SeatedWorkers,
  task: Candidate,
  concurrency: number
): HostWorker | undefined => {
  // A chunk was sized to its time, so that one of them may wait behind another: it is taken back for an idle worker.
  const most = task.items === undefined ? aheadMicros : aheadMicros + 2 * chunkMicros
  // Behind a task that waits for another, which is ahead of one that waits for this one: such circles cannot be.
  const room = parentOf(task) === undefined ? most - estimateOf(task) : -1
  let best: HostWorker | undefined
  let ahead: HostWorker | undefined
  for (let i = 0; i < seats.length; i++) {
    const worker = seats[i]!.worker
    if (worker === undefined || !worker.accepts) continue
    if (worker.load === 0) return worker
    if (best === undefined || worker.occupied < best.occupied) best = worker
    if (worker.backlog <= room && (ahead === undefined || worker.load < ahead.load)) ahead = worker
  }
  return best === undefined || best.occupied < concurrency ? best : ahead
}

/**
 * Called with an empty queue: half of what the fullest worker has not started goes back to the queue, for an idle
 * one. `false` when there is nobody to relieve, or nobody to help.
 */
export const rebalance = (seats: SeatedWorkers): boolean => {
  let idle = false
  let fullest: HostWorker | undefined
  for (const { worker } of seats) {
    if (worker === undefined || worker.state !== "ready") continue
    if (worker.load === 0 && worker.accepts) idle = true
    else if (worker.ahead > 0 && (fullest === undefined || worker.ahead > fullest.ahead)) fullest = worker
  }
  return idle && fullest !== undefined && fullest.recall(Math.ceil(fullest.ahead / 2)) > 0
}

/** A worker that has not answered for this long while others work is not as quick as was estimated. */
const overdueMillis = 5

/** Takes back what waits behind tasks that turned out long, so that it does not wait while the queue moves on. */
export const recallOverdue = (seats: SeatedWorkers, now: number): void => {
  for (const { worker } of seats) {
    if (worker === undefined || !isOverdue(worker, now)) continue
    // Perhaps it was this thread that had no time: what has arrived counts first.
    worker.drain()
    if (isOverdue(worker, now)) worker.recall()
  }
}

const isOverdue = (worker: HostWorker, now: number): boolean =>
  worker.ahead > 0 && worker.isPosted && now - worker.progressAt > overdueMillis
