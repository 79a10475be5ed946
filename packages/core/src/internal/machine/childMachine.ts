/**
 * The life of a supervised child. The owner is `supervisor/SupervisedChild.ts`.
 *
 * @since 0.1.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `waiting`: to be started when its turn comes.
 * - `backingOff`: to be started after a delay.
 * - `starting`: its `start` runs.
 * - `running`: it has started; its `run` runs.
 * - `ending`: it ended of itself; its finalizers run.
 * - `stopping`: it was interrupted; its grace runs.
 * - `forcing`: its grace passed, or it has none; its scope is closed under it.
 * - `stuck`: it ignored that too; nobody waits for it, and it keeps its place (never twice at once).
 * - `stopped`: nothing of it runs; its specification stays.
 * - `removed`: its specification is gone, too.
 */
export const states = [
  "waiting",
  "backingOff",
  "starting",
  "running",
  "ending",
  "stopping",
  "forcing",
  "stuck",
  "stopped",
  "removed"
] as const

/**
 * - `queue`: it is to run again; `delay`: after a while.
 * - `start`: its turn has come; `started`: its `start` succeeded.
 * - `ended`: its Effect has ended; `gone`: so have its finalizers.
 * - `stop`: it is to end within its grace; `kill`: at once.
 * - `graceExpired`, `terminateExpired`: limits that passed.
 * - `remove`: its specification goes.
 */
export const events = [
  "queue",
  "delay",
  "start",
  "started",
  "ended",
  "gone",
  "stop",
  "kill",
  "graceExpired",
  "terminateExpired",
  "remove"
] as const

export type ChildState = (typeof states)[number]
export type ChildEvent = (typeof events)[number]

/**
 * - `open`: a new scope, a new fiber.
 * - `serve`: it counts as started.
 * - `interrupt`: its fiber; `close`: its scope.
 * - `armGrace`, `armTerminate`, `disarm`: its limits.
 * - `decide`: its supervisor decides what follows.
 * - `reportStopped`, `reportStuck`, `reportGone`: events.
 */
export type ChildAction =
  | "open"
  | "serve"
  | "interrupt"
  | "close"
  | "armGrace"
  | "armTerminate"
  | "disarm"
  | "decide"
  | "reportStopped"
  | "reportStuck"
  | "reportGone"

export const table: Table<ChildState, ChildEvent, ChildAction> = {
  waiting: {
    queue: { next: "waiting", actions: [] },
    start: { next: "starting", actions: ["open"] },
    stop: { next: "stopped", actions: [] },
    kill: { next: "stopped", actions: [] },
    remove: { next: "removed", actions: [], why: "the start of its supervisor was given up before its turn" }
  },
  backingOff: {
    queue: { next: "waiting", actions: [], why: "the delay passed, or its siblings' restart comes first" },
    stop: { next: "stopped", actions: [] },
    kill: { next: "stopped", actions: [] }
  },
  starting: {
    started: { next: "running", actions: ["serve"] },
    ended: { next: "ending", actions: ["armGrace", "close"], why: "it failed to start" },
    stop: { next: "stopping", actions: ["armGrace", "interrupt"] },
    kill: { next: "forcing", actions: ["armTerminate", "interrupt", "close"] }
  },
  running: {
    ended: { next: "ending", actions: ["armGrace", "close"] },
    stop: { next: "stopping", actions: ["armGrace", "interrupt"] },
    kill: { next: "forcing", actions: ["armTerminate", "interrupt", "close"] }
  },
  ending: {
    gone: {
      next: "stopped",
      actions: ["disarm", "decide"],
      why: "a finalizer's failure is part of the reason"
    },
    stop: {
      next: "stopping",
      actions: [],
      why: "it ended in the turn of the request: nothing is left to decide"
    },
    kill: { next: "forcing", actions: ["disarm", "armTerminate"] },
    graceExpired: {
      next: "stuck",
      actions: ["reportStuck", "decide"],
      why: "its finalizers hang: its scope is closing already, there is nothing left to force"
    }
  },
  stopping: {
    started: { next: "stopping", actions: [], why: "its start succeeded in the turn of the interruption" },
    ended: { next: "stopping", actions: ["close"] },
    gone: { next: "stopped", actions: ["disarm", "reportStopped"] },
    stop: { next: "stopping", actions: [], why: "one request serves all who ask" },
    kill: { next: "forcing", actions: ["disarm", "armTerminate", "close"] },
    graceExpired: { next: "forcing", actions: ["armTerminate", "close"] }
  },
  forcing: {
    started: { next: "forcing", actions: [] },
    ended: { next: "forcing", actions: [] },
    gone: { next: "stopped", actions: ["disarm", "reportStopped"] },
    stop: { next: "forcing", actions: [] },
    kill: { next: "forcing", actions: [] },
    terminateExpired: { next: "stuck", actions: ["reportStuck"] }
  },
  stuck: {
    queue: { next: "stuck", actions: [], why: "it starts again once it is gone" },
    delay: { next: "stuck", actions: [], why: "it starts again once it is gone" },
    started: { next: "stuck", actions: [] },
    ended: { next: "stuck", actions: [] },
    gone: { next: "stopped", actions: ["reportGone"] },
    stop: { next: "stuck", actions: [] },
    kill: { next: "stuck", actions: [] }
  },
  stopped: {
    queue: { next: "waiting", actions: [] },
    delay: { next: "backingOff", actions: [] },
    start: { next: "starting", actions: ["open"], why: "asked for by hand" },
    stop: { next: "stopped", actions: [], why: "S115: stopping twice is stopping once" },
    kill: { next: "stopped", actions: [] },
    remove: { next: "removed", actions: [] }
  },
  removed: {
    queue: { next: "removed", actions: [], why: "it was dropped while its siblings restart" },
    stop: { next: "removed", actions: [] },
    kill: { next: "removed", actions: [] },
    remove: { next: "removed", actions: [] }
  }
}

export const step = makeStep("child", table)

/** Nothing of it runs, or nobody waits for what does. */
export const isDown = (state: ChildState): boolean =>
  state === "stopped" || state === "stuck" || state === "removed" || isPending(state)

/** It is to be started, later. */
export const isPending = (state: ChildState): boolean => state === "waiting" || state === "backingOff"

/** Something of it runs. */
export const isActive = (state: ChildState): boolean =>
  state !== "stopped" && state !== "removed" && !isPending(state)
