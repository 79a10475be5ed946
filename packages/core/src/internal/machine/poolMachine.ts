/**
 * The life of a pool. The owner is `host/pool/PoolEngine.ts`; the numbered shutdown is in `host/pool/shutdown.ts`.
 *
 * @since 0.1.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `starting`: no worker has been ready yet.
 * - `open`: the pool takes tasks.
 * - `draining`: the pool takes no new tasks. By policy it finishes all its tasks, or only the started ones.
 * - `closing`: remaining tasks are interrupted, and workers are stopped.
 * - `closed`: every worker is gone, or reported as stuck.
 * - `failed`: workers cannot be started; the pool refuses tasks with the reason.
 */
export const states = ["starting", "open", "draining", "closing", "closed", "failed"] as const

/**
 * - `workerReady`: a worker is ready; the first one opens the pool.
 * - `exhausted`: starts failed more often than the restart budget allows; in `starting`, the first failed start
 *   suffices.
 * - `closeDraining`, `closeFinishing`, `closeInterrupting`: the scope closes, by policy.
 * - `drained`, `drainExpired`: how draining ended.
 * - `workersGone`: every worker has exited or is stuck.
 */
export const events = [
  "workerReady",
  "exhausted",
  "closeDraining",
  "closeFinishing",
  "closeInterrupting",
  "drained",
  "drainExpired",
  "workersGone"
] as const

export type PoolState = (typeof states)[number]
export type PoolEvent = (typeof events)[number]

/**
 * - `open`: make the pool usable.
 * - `fail`: fail all waiting callers with the reason; later submissions fail likewise.
 * - `refuseWaiting`: fail suspended callers with `PoolClosed`.
 * - `armDrain`: end the draining when no task is left, at the latest after `drainTimeout`.
 * - `refuseQueued`: fail queued tasks and nested calls with `PoolClosed`.
 * - `refuseUnstarted`: fail every unstarted task with `PoolClosed`, unless a started task waits for its result.
 * - `interruptHeld`: send the tasks in flight through the interrupt ladder.
 * - `stopWorkers`: ask all workers to stop, in parallel.
 * - `release`: end timers and listeners.
 */
export type PoolAction =
  | "open"
  | "fail"
  | "refuseWaiting"
  | "armDrain"
  | "refuseQueued"
  | "refuseUnstarted"
  | "interruptHeld"
  | "stopWorkers"
  | "release"

export const table: Table<PoolState, PoolEvent, PoolAction> = {
  starting: {
    workerReady: { next: "open", actions: ["open"] },
    exhausted: { next: "failed", actions: ["fail"] },
    closeDraining: {
      next: "closing",
      actions: ["refuseWaiting", "refuseQueued", "interruptHeld", "stopWorkers"]
    },
    closeFinishing: {
      next: "closing",
      actions: ["refuseWaiting", "refuseQueued", "interruptHeld", "stopWorkers"]
    },
    closeInterrupting: {
      next: "closing",
      actions: ["refuseWaiting", "refuseQueued", "interruptHeld", "stopWorkers"]
    }
  },
  open: {
    workerReady: { next: "open", actions: [] },
    exhausted: { next: "failed", actions: ["fail"] },
    closeDraining: { next: "draining", actions: ["refuseWaiting", "armDrain"] },
    closeFinishing: { next: "draining", actions: ["refuseWaiting", "refuseUnstarted", "armDrain"] },
    closeInterrupting: {
      next: "closing",
      actions: ["refuseWaiting", "refuseQueued", "interruptHeld", "stopWorkers"]
    }
  },
  draining: {
    workerReady: { next: "draining", actions: [] },
    exhausted: {
      next: "closing",
      actions: ["fail", "interruptHeld", "stopWorkers"],
      why: "queued tasks can no longer run"
    },
    closeDraining: { next: "draining", actions: [] },
    closeFinishing: { next: "draining", actions: [] },
    closeInterrupting: { next: "closing", actions: ["refuseQueued", "interruptHeld", "stopWorkers"] },
    drained: {
      next: "closing",
      actions: ["interruptHeld", "stopWorkers"],
      why: "abandoned handlers may still run (S048)"
    },
    drainExpired: { next: "closing", actions: ["refuseQueued", "interruptHeld", "stopWorkers"], why: "S089" }
  },
  closing: {
    workerReady: { next: "closing", actions: [], why: "a worker became ready while being ended" },
    exhausted: { next: "closing", actions: [] },
    closeDraining: { next: "closing", actions: [], why: "S092: closing twice is closing once" },
    closeFinishing: { next: "closing", actions: [] },
    closeInterrupting: { next: "closing", actions: [] },
    drained: { next: "closing", actions: [] },
    drainExpired: { next: "closing", actions: [] },
    workersGone: { next: "closed", actions: ["release"] }
  },
  closed: {
    closeDraining: { next: "closed", actions: [] },
    closeFinishing: { next: "closed", actions: [] },
    closeInterrupting: { next: "closed", actions: [] },
    workersGone: { next: "closed", actions: [] }
  },
  failed: {
    workerReady: { next: "failed", actions: [], why: "too late: callers have been told" },
    exhausted: { next: "failed", actions: [] },
    closeDraining: { next: "closing", actions: ["interruptHeld", "stopWorkers"] },
    closeFinishing: { next: "closing", actions: ["interruptHeld", "stopWorkers"] },
    closeInterrupting: { next: "closing", actions: ["interruptHeld", "stopWorkers"] }
  }
}

export const step = makeStep("pool", table)
