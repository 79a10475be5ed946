/**
 * The life of one worker as the host observes it, from spawn to exit. The owner is `host/worker/HostWorker.ts`.
 *
 * @since 0.1.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `starting`: spawned and building its handlers. The platform's `online` event does not count as ready.
 * - `ready`: the worker has reported that it serves tasks.
 * - `stopping`: the worker was asked to close its scope and to end.
 * - `stopped`: the worker has reported that its scope is closed; the exit follows.
 * - `terminating`: being ended by force.
 * - `stuck`: termination took longer than `terminateTimeout`. The seat goes to a replacement, or stays leased (G4).
 * - `halted`: the worker runs no code any more, and the seat is free; the platform has not released the thread or
 *   process yet.
 * - `gone`: the worker has exited.
 */
export const states = [
  "starting",
  "ready",
  "stopping",
  "stopped",
  "terminating",
  "stuck",
  "halted",
  "gone"
] as const

/**
 * - `ready`, `startFailed`, `stopped`: reports of the worker.
 * - `startExpired`, `stopExpired`, `terminateExpired`: timers of the host.
 * - `stop`, `terminate`: requests of the pool.
 * - `violation`: the worker broke the protocol.
 * - `halted`: the platform reports that the worker runs no code any more. Comes only after `terminate`, and not from
 *   every platform.
 * - `exit`: the platform reports the end of the thread or process.
 */
export const events = [
  "ready",
  "startFailed",
  "startExpired",
  "stop",
  "stopped",
  "stopExpired",
  "terminate",
  "terminateExpired",
  "violation",
  "halted",
  "exit"
] as const

export type WorkerState = (typeof states)[number]
export type WorkerEvent = (typeof events)[number]

/**
 * - `serve`: make the worker available for tasks.
 * - `failStart`: count the start as failed, with the reason noted by the owner.
 * - `askStop`, `armStop`: ask the worker to stop, within a grace; `terminate`, `armTerminate`: end the worker by force.
 * - `recall`: take back the tasks not started yet.
 * - `lose`: settle or requeue the tasks in flight; `giveUp`: the same for a stuck worker.
 * - `reportStuck`, `reportViolation`, `reportExit`, `reportLinger`: emit events. `reportLinger`: the worker has not
 *   stopped within the grace.
 * - `vacate`: free the seat.
 * - `armDepart`, `depart`: stop waiting for the exit, at the latest after `terminateTimeout`.
 */
export type WorkerAction =
  | "serve"
  | "failStart"
  | "askStop"
  | "armStop"
  | "recall"
  | "terminate"
  | "armTerminate"
  | "lose"
  | "giveUp"
  | "reportStuck"
  | "reportViolation"
  | "reportExit"
  | "reportLinger"
  | "vacate"
  | "armDepart"
  | "depart"

export const table: Table<WorkerState, WorkerEvent, WorkerAction> = {
  starting: {
    ready: { next: "ready", actions: ["serve"] },
    startFailed: { next: "terminating", actions: ["failStart", "terminate", "armTerminate"] },
    startExpired: { next: "terminating", actions: ["failStart", "terminate", "armTerminate"] },
    stop: {
      next: "terminating",
      actions: ["terminate", "armTerminate"],
      why: "a starting worker has no scope to close"
    },
    terminate: { next: "terminating", actions: ["terminate", "armTerminate"] },
    violation: {
      next: "terminating",
      actions: ["reportViolation", "failStart", "terminate", "armTerminate"]
    },
    stopped: {
      next: "starting",
      actions: ["reportViolation"],
      why: "nobody asked the worker to stop; the exit decides"
    },
    exit: { next: "gone", actions: ["failStart", "vacate"], why: "S023: it exited without becoming ready" }
  },
  ready: {
    ready: { next: "ready", actions: ["reportViolation"], why: "S023: a second report is no harm" },
    startFailed: {
      next: "terminating",
      actions: ["reportViolation", "recall", "terminate", "armTerminate"],
      why: "the worker has reported both ready and failed"
    },
    startExpired: { next: "ready", actions: [], why: "the timer fired in the turn of the report" },
    stop: { next: "stopping", actions: ["recall", "askStop", "armStop"] },
    terminate: { next: "terminating", actions: ["recall", "terminate", "armTerminate"] },
    violation: { next: "terminating", actions: ["reportViolation", "recall", "terminate", "armTerminate"] },
    stopped: {
      next: "terminating",
      actions: ["reportViolation", "recall", "terminate", "armTerminate"],
      why: "nobody asked the worker to stop"
    },
    exit: { next: "gone", actions: ["reportExit", "lose", "vacate"] }
  },
  stopping: {
    ready: { next: "stopping", actions: ["reportViolation"] },
    startFailed: { next: "stopping", actions: ["reportViolation"] },
    stop: { next: "stopping", actions: [] },
    stopped: { next: "stopped", actions: [], why: "the exit follows" },
    stopExpired: { next: "terminating", actions: ["reportLinger", "terminate", "armTerminate"] },
    terminate: { next: "terminating", actions: ["terminate", "armTerminate"] },
    violation: { next: "terminating", actions: ["reportViolation", "terminate", "armTerminate"] },
    exit: {
      next: "gone",
      actions: ["reportExit", "lose", "vacate"],
      why: "the worker exited without reporting a closed scope: the shutdown has failed inside"
    }
  },
  stopped: {
    ready: { next: "stopped", actions: ["reportViolation"] },
    startFailed: { next: "stopped", actions: ["reportViolation"] },
    stop: { next: "stopped", actions: [] },
    stopped: { next: "stopped", actions: ["reportViolation"], why: "a second report breaks the protocol" },
    stopExpired: {
      next: "terminating",
      actions: ["terminate", "armTerminate"],
      why: "only the platform still tidies up"
    },
    terminate: { next: "terminating", actions: ["terminate", "armTerminate"] },
    violation: { next: "terminating", actions: ["reportViolation", "terminate", "armTerminate"] },
    exit: { next: "gone", actions: ["reportExit", "lose", "vacate"] }
  },
  terminating: {
    ready: { next: "terminating", actions: [], why: "S020: a late report is ignored" },
    startFailed: { next: "terminating", actions: [] },
    startExpired: { next: "terminating", actions: [] },
    stop: { next: "terminating", actions: [] },
    stopped: { next: "terminating", actions: [] },
    stopExpired: { next: "terminating", actions: [] },
    terminate: { next: "terminating", actions: [], why: "one termination serves all callers" },
    terminateExpired: { next: "stuck", actions: ["reportStuck", "giveUp"] },
    violation: { next: "terminating", actions: [] },
    halted: {
      next: "halted",
      actions: ["reportExit", "lose", "vacate", "armDepart"],
      why: "G3: none of the worker's code runs any more; only the platform still tidies up"
    },
    exit: { next: "gone", actions: ["reportExit", "lose", "vacate"] }
  },
  stuck: {
    ready: { next: "stuck", actions: [] },
    startFailed: { next: "stuck", actions: [] },
    startExpired: { next: "stuck", actions: [] },
    stop: { next: "stuck", actions: [] },
    stopped: { next: "stuck", actions: [] },
    stopExpired: { next: "stuck", actions: [] },
    terminate: { next: "stuck", actions: [] },
    violation: { next: "stuck", actions: [] },
    halted: { next: "halted", actions: ["reportExit", "vacate", "armDepart"] },
    exit: {
      next: "gone",
      actions: ["reportExit", "vacate"],
      why: "S055: the native call ended; the mark is cleared"
    }
  },
  halted: {
    ready: { next: "halted", actions: [] },
    startFailed: { next: "halted", actions: [] },
    startExpired: { next: "halted", actions: [] },
    stop: { next: "halted", actions: [] },
    stopped: { next: "halted", actions: [] },
    stopExpired: { next: "halted", actions: [] },
    terminate: { next: "halted", actions: [] },
    terminateExpired: { next: "halted", actions: ["depart"], why: "G4: closing does not wait for ever" },
    violation: { next: "halted", actions: [] },
    exit: { next: "gone", actions: ["depart"] }
  },
  gone: {
    ready: { next: "gone", actions: [] },
    startFailed: { next: "gone", actions: [] },
    startExpired: { next: "gone", actions: [] },
    stop: { next: "gone", actions: [] },
    stopped: { next: "gone", actions: [] },
    stopExpired: { next: "gone", actions: [] },
    terminate: { next: "gone", actions: [] },
    terminateExpired: { next: "gone", actions: [] },
    violation: { next: "gone", actions: [] }
  }
}

export const step = makeStep("worker", table)
