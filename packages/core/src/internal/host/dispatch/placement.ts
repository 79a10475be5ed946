/**
 * The choice of a worker for a task: pure functions over the seats of a pool.
 *
 * @since 0.1.0
 */
import { defaults } from "../../model/defaults.ts"
import type { HostTask } from "../tasks/HostTask.ts"
import { parentOf } from "../tasks/family.ts"
import type { HostWorker } from "../worker/HostWorker.ts"

export type SeatedWorkers = ReadonlyArray<{ readonly worker: HostWorker | undefined }>

/** The part of a task which the choice of a worker reads. A call not yet submitted has this part, too. */
export type Candidate = Pick<HostTask, "served" | "items"> & Partial<Pick<HostTask, "family">>

/** Returns whether a worker can start another pinned task at once. */
export const hasRoom = (worker: HostWorker, concurrency: number): boolean =>
  worker.serves && worker.occupied < concurrency

/** The estimate for a task of unknown length. Finite, since estimates are added to a backlog and subtracted again. */
const longMicros = 1e9

/** Returns the expected run time in whole microseconds: sums of these stay small integers, and exact. */
export const estimateOf = (task: Candidate): number =>
  Math.min(longMicros, Math.ceil(task.served.measure.estimate * (task.items ?? 1) * 1000))

const aheadMicros = defaults.aheadMillis * 1000
const chunkMicros = defaults.chunkMillis * 1000

/**
 * Returns the worker with the fewest unanswered tasks among those able to start another task. Else, for a task proven short,
 * returns the worker with the fewest tasks among those holding less than `aheadMillis` of work: so a worker never waits for a
 * round trip, and no task waits long behind another. `undefined`: the task must wait.
 */
export const choose = (
  seats: SeatedWorkers,
  task: Candidate,
  concurrency: number
): HostWorker | undefined => {
  // Chunks are sized by time, so a chunk may wait behind another: an idle worker can still take the waiting chunk over.
  const most = task.items === undefined ? aheadMicros : aheadMicros + 2 * chunkMicros
  // Never queue a nested task behind other work: its caller may be what that work waits for, and both would hang.
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
 * Puts half of the fullest worker's unstarted tasks back into the empty queue, for an idle worker. Returns `false` if no
 * worker is idle, or if no task could be taken back.
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

/** A worker without an answer for this long, while others work, is slower than estimated. */
const overdueMillis = 5

/** Takes back tasks waiting behind unexpectedly long ones, so that they do not wait while the queue moves on. */
export const recallOverdue = (seats: SeatedWorkers, now: number): void => {
  for (const { worker } of seats) {
    if (worker === undefined || !isOverdue(worker, now)) continue
    // Perhaps the host was late, not the worker: read the replies already received first.
    worker.drain()
    if (isOverdue(worker, now)) worker.recall()
  }
}

const isOverdue = (worker: HostWorker, now: number): boolean =>
  worker.ahead > 0 && worker.isPosted && now - worker.progressAt > overdueMillis
