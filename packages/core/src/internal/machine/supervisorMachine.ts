/**
 * The life of a supervisor. The owner is `supervisor/SupervisorEngine.ts`.
 *
 * @since 0.1.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `starting`: children are started, one after the other.
 * - `running`: all have started.
 * - `stopping`: asked to stop, or ended by a significant child; children end in reverse order.
 * - `failing`: the supervisor gives up; children end in reverse order.
 * - `stopped`, `failed`: no child runs, apart from stuck ones.
 */
export const states = ["starting", "running", "stopping", "failing", "stopped", "failed"] as const

/**
 * - `ready`: the last child has started.
 * - `childEnded`: a child ended by itself, or failed to start in a restart.
 * - `startFailed`: a child failed its first start.
 * - `exceeded`: the restart budget or the back-off schedule is used up.
 * - `stop`: requested by a caller or by auto-shutdown.
 * - `childrenDown`: every child is down or stuck.
 */
export const events = ["ready", "childEnded", "startFailed", "exceeded", "stop", "childrenDown"] as const

export type SupervisorState = (typeof states)[number]
export type SupervisorEvent = (typeof events)[number]

/**
 * - `decideDeferred`: decide on the children that ended during the start.
 * - `defer`: postpone the decision; `decide`: decide now.
 * - `stopChildren`: end restarts under way, then the children, in reverse order.
 * - `settle`: tell every waiting caller how the supervisor ended.
 */
export type SupervisorAction = "decideDeferred" | "defer" | "decide" | "stopChildren" | "settle"

export const table: Table<SupervisorState, SupervisorEvent, SupervisorAction> = {
  starting: {
    ready: { next: "running", actions: ["decideDeferred"] },
    childEnded: { next: "starting", actions: ["defer"], why: "as in OTP: all children start first" },
    startFailed: { next: "failing", actions: ["stopChildren"] },
    stop: { next: "stopping", actions: ["stopChildren"] }
  },
  running: {
    childEnded: { next: "running", actions: ["decide"] },
    exceeded: { next: "failing", actions: ["stopChildren"] },
    stop: { next: "stopping", actions: ["stopChildren"] }
  },
  stopping: {
    ready: { next: "stopping", actions: [] },
    childEnded: { next: "stopping", actions: [], why: "the child ended just before its turn to be stopped" },
    startFailed: { next: "stopping", actions: [] },
    stop: { next: "stopping", actions: [], why: "one stop serves all callers" },
    childrenDown: { next: "stopped", actions: ["settle"] }
  },
  failing: {
    ready: { next: "failing", actions: [] },
    childEnded: { next: "failing", actions: [] },
    startFailed: { next: "failing", actions: [] },
    stop: { next: "failing", actions: [] },
    childrenDown: { next: "failed", actions: ["settle"] }
  },
  stopped: {
    childEnded: { next: "stopped", actions: [] },
    stop: { next: "stopped", actions: [] }
  },
  failed: {
    childEnded: { next: "failed", actions: [] },
    stop: { next: "failed", actions: [] }
  }
}

export const step = makeStep("supervisor", table)
