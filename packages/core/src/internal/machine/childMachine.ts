/**
 * The life of a supervised child. The owner is `supervisor/SupervisedChild.ts`.
 *
 * @since 0.1.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `waiting`: queued for a start.
 * - `backingOff`: queued for a start after a delay.
 * - `starting`: the `start` Effect runs.
 * - `running`: `start` has succeeded; the `run` Effect runs.
 * - `ending`: the child ended by itself; finalizers run.
 * - `stopping`: the child was interrupted; the grace runs.
 * - `forcing`: the grace has passed, or there is none; the supervisor closes the child's scope by force.
 * - `stuck`: the child ignored the forced end too. Nobody waits any longer, and the child keeps its place, so it never
 *   runs twice at once.
 * - `stopped`: nothing of the child runs; the specification stays.
 * - `removed`: the specification is gone, too.
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
 * - `queue`: schedule another start; `delay`: schedule one after a delay.
 * - `start`: the child's turn to start has come; `started`: `start` has succeeded.
 * - `ended`: the Effect has ended; `gone`: the finalizers have ended, too.
 * - `stop`: end within the grace; `kill`: end at once.
 * - `graceExpired`, `terminateExpired`: timers fired.
 * - `remove`: forget the specification.
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
 * - `open`: make a new scope and a new fiber.
 * - `serve`: report the child as started.
 * - `interrupt`: interrupt the fiber; `close`: close the scope.
 * - `armGrace`, `armTerminate`, `disarm`: start and stop the timers.
 * - `decide`: let the supervisor decide what follows.
 * - `reportStopped`, `reportStuck`, `reportGone`: emit events.
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
    remove: { next: "removed", actions: [], why: "the supervisor gave up its start before the child's turn" }
  },
  backingOff: {
    queue: { next: "waiting", actions: [], why: "the delay passed, or the siblings' restart comes first" },
    stop: { next: "stopped", actions: [] },
    kill: { next: "stopped", actions: [] }
  },
  starting: {
    started: { next: "running", actions: ["serve"] },
    ended: { next: "ending", actions: ["armGrace", "close"], why: "the start failed" },
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
      why: "the child ended in the turn of the request: nothing is left to decide"
    },
    kill: { next: "forcing", actions: ["disarm", "armTerminate"] },
    graceExpired: {
      next: "stuck",
      actions: ["reportStuck", "decide"],
      why: "the finalizers hang: the scope is closing already, and nothing is left to force"
    }
  },
  stopping: {
    started: { next: "stopping", actions: [], why: "the start succeeded in the turn of the interruption" },
    ended: { next: "stopping", actions: ["close"] },
    gone: { next: "stopped", actions: ["disarm", "reportStopped"] },
    stop: { next: "stopping", actions: [], why: "one request serves all callers" },
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
    queue: { next: "stuck", actions: [], why: "a stuck child starts again once it is gone" },
    delay: { next: "stuck", actions: [], why: "a stuck child starts again once it is gone" },
    started: { next: "stuck", actions: [] },
    ended: { next: "stuck", actions: [] },
    gone: { next: "stopped", actions: ["reportGone"] },
    stop: { next: "stuck", actions: [] },
    kill: { next: "stuck", actions: [] }
  },
  stopped: {
    queue: { next: "waiting", actions: [] },
    delay: { next: "backingOff", actions: [] },
    start: { next: "starting", actions: ["open"], why: "started by hand" },
    stop: { next: "stopped", actions: [], why: "S115: stopping twice is stopping once" },
    kill: { next: "stopped", actions: [] },
    remove: { next: "removed", actions: [] }
  },
  removed: {
    queue: { next: "removed", actions: [], why: "the child was dropped during its siblings' restart" },
    stop: { next: "removed", actions: [] },
    kill: { next: "removed", actions: [] },
    remove: { next: "removed", actions: [] }
  }
}

export const step = makeStep("child", table)

/** Whether nothing of the child runs, or nobody waits for the rest. */
export const isDown = (state: ChildState): boolean =>
  state === "stopped" || state === "stuck" || state === "removed" || isPending(state)

/** Whether the child is going to be started later. */
export const isPending = (state: ChildState): boolean => state === "waiting" || state === "backingOff"

/** Whether any part of the child runs. */
export const isActive = (state: ChildState): boolean =>
  state !== "stopped" && state !== "removed" && !isPending(state)
