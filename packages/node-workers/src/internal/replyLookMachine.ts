/**
 * Whether the host polls for the reply of a thread, or sleeps until a message wakes it. The owner is `ReplyLook.ts`.
 *
 * @since 0.1.0
 */
import { makeStep, type Table } from "@heddle/core/StateTable"

/**
 * - `asleep`: no lone task is under way.
 * - `waiting`: a lone task is under way, and its reply comes through the event loop.
 * - `looking`: a lone task is under way, and each turn of the event loop polls for its reply.
 * - `watching`: the thread is about to end, and the event loop does not sleep meanwhile.
 */
export const states = ["asleep", "waiting", "looking", "watching"] as const

/**
 * - `lone`: a task was posted to a thread that had none.
 * - `likely`: the same, where a reply is likely within the time of a look.
 * - `post`: another frame was posted.
 * - `hear`: the thread has sent a frame.
 * - `late`: the time for a look is over.
 * - `watch`: the thread was terminated.
 * - `end`: the thread is gone.
 */
export const events = ["lone", "likely", "post", "hear", "late", "watch", "end"] as const

export type LookState = (typeof states)[number]
export type LookEvent = (typeof events)[number]

/**
 * - `turn`: asks for turns of the event loop until the state is no longer awake.
 * - `count`: one more lone task in a row was answered.
 * - `forget`: tasks do not come one by one.
 */
export type LookAction = "turn" | "count" | "forget"

/** Only a look or a watch is late. */
export const table: Table<LookState, LookEvent, LookAction> = {
  asleep: {
    lone: { next: "waiting", actions: [] },
    likely: { next: "looking", actions: ["turn"] },
    post: { next: "asleep", actions: [] },
    hear: { next: "asleep", actions: [] },
    watch: { next: "watching", actions: ["turn"] },
    end: { next: "asleep", actions: [] }
  },
  waiting: {
    lone: { next: "waiting", actions: [], why: "the task before was recalled" },
    likely: { next: "looking", actions: ["turn"] },
    post: { next: "asleep", actions: ["forget"] },
    hear: { next: "asleep", actions: ["count"] },
    watch: { next: "watching", actions: ["turn"] },
    end: { next: "asleep", actions: [] }
  },
  looking: {
    lone: { next: "waiting", actions: [] },
    likely: { next: "looking", actions: [] },
    post: {
      next: "asleep",
      actions: ["forget"],
      why: "a caller that sends several tasks does not wait for each"
    },
    hear: { next: "asleep", actions: ["count"] },
    late: { next: "waiting", actions: [] },
    watch: { next: "watching", actions: [] },
    end: { next: "asleep", actions: [] }
  },
  watching: {
    lone: { next: "watching", actions: [] },
    likely: { next: "watching", actions: [] },
    post: { next: "watching", actions: [] },
    hear: { next: "watching", actions: [] },
    late: { next: "asleep", actions: [] },
    watch: { next: "watching", actions: [] },
    end: { next: "asleep", actions: [] }
  }
}

export const step = makeStep("look", table)

/** Whether the event loop is kept awake. */
export const isAwake = (state: LookState): boolean => state === "looking" || state === "watching"
