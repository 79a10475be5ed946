/**
 * The life of one worker as the host sees it, from spawn to exit. The owner is `host/worker/HostWorker.ts`.
 *
 * @since 0.1.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `starting`: spawned; it builds its handlers. `online` is not readiness.
 * - `ready`: it has said that it serves.
 * - `stopping`: asked to close its scope and to end.
 * - `stopped`: it has said that its scope is closed; its exit follows.
 * - `terminating`: being ended by force.
 * - `stuck`: termination took longer than `terminateTimeout`; its place is another's, or stays leased (G4).
 * - `halted`: it runs no code any more, and its place is free; the platform has not let go of it yet.
 * - `gone`: it has exited; nothing of it is left.
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
 * - `ready`, `startFailed`, `stopped`: what it says.
 * - `startExpired`, `stopExpired`, `terminateExpired`: limits that passed.
 * - `stop`, `terminate`: what the pool wants.
 * - `violation`: it broke the protocol.
 * - `halted`: the platform says that it runs no code any more; only after `terminate`, and not every platform says it.
 * - `exit`: the platform says that it is gone.
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
 * - `serve`: it may get tasks.
 * - `failStart`: its start counts as failed, with the reason that the owner noted.
 * - `askStop`, `armStop`: the polite way; `terminate`, `armTerminate`: the other.
 * - `recall`: take back what it has not started.
 * - `lose`: settle or requeue what it held; `giveUp`: the same while it is stuck.
 * - `reportStuck`, `reportViolation`, `reportExit`, `reportLinger` (it has not stopped within the grace): events.
 * - `vacate`: its place is free.
 * - `armDepart`, `depart`: nobody waits for it any longer, at the latest after `terminateTimeout`.
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
      why: "it has no scope to close yet"
    },
    terminate: { next: "terminating", actions: ["terminate", "armTerminate"] },
    violation: {
      next: "terminating",
      actions: ["reportViolation", "failStart", "terminate", "armTerminate"]
    },
    stopped: { next: "starting", actions: ["reportViolation"], why: "nobody asked; its exit will tell" },
    exit: { next: "gone", actions: ["failStart", "vacate"], why: "S023: it exited without becoming ready" }
  },
  ready: {
    ready: { next: "ready", actions: ["reportViolation"], why: "S023: a second report is no harm" },
    startFailed: {
      next: "terminating",
      actions: ["reportViolation", "recall", "terminate", "armTerminate"],
      why: "it said both"
    },
    startExpired: { next: "ready", actions: [], why: "the timer fired in the turn of the report" },
    stop: { next: "stopping", actions: ["recall", "askStop", "armStop"] },
    terminate: { next: "terminating", actions: ["recall", "terminate", "armTerminate"] },
    violation: { next: "terminating", actions: ["reportViolation", "recall", "terminate", "armTerminate"] },
    stopped: {
      next: "terminating",
      actions: ["reportViolation", "recall", "terminate", "armTerminate"],
      why: "nobody asked"
    },
    exit: { next: "gone", actions: ["reportExit", "lose", "vacate"] }
  },
  stopping: {
    ready: { next: "stopping", actions: ["reportViolation"] },
    startFailed: { next: "stopping", actions: ["reportViolation"] },
    stop: { next: "stopping", actions: [] },
    stopped: { next: "stopped", actions: [], why: "its exit follows" },
    stopExpired: { next: "terminating", actions: ["reportLinger", "terminate", "armTerminate"] },
    terminate: { next: "terminating", actions: ["terminate", "armTerminate"] },
    violation: { next: "terminating", actions: ["reportViolation", "terminate", "armTerminate"] },
    exit: {
      next: "gone",
      actions: ["reportExit", "lose", "vacate"],
      why: "it never said that its scope had closed: something in there has failed"
    }
  },
  stopped: {
    ready: { next: "stopped", actions: ["reportViolation"] },
    startFailed: { next: "stopped", actions: ["reportViolation"] },
    stop: { next: "stopped", actions: [] },
    stopped: { next: "stopped", actions: ["reportViolation"], why: "it says so once" },
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
    terminate: { next: "terminating", actions: [], why: "one termination serves all who ask" },
    terminateExpired: { next: "stuck", actions: ["reportStuck", "giveUp"] },
    violation: { next: "terminating", actions: [] },
    halted: {
      next: "halted",
      actions: ["reportExit", "lose", "vacate", "armDepart"],
      why: "G3: nothing of what it ran goes on; what is left is the platform's own tidying up"
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
