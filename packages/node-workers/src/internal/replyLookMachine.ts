/**
 * Whether the host looks for what a thread says, or sleeps until it is woken. The owner is `ReplyLook.ts`.
 *
 * @since 0.1.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `asleep`: nothing lone is under way.
 * - `waiting`: a lone task is under way, and its reply comes through the event loop.
 * - `looking`: a lone task is under way, and each turn of the event loop looks for its reply.
 * - `watching`: the thread is about to end, and the event loop does not sleep meanwhile.
 */
export const states = ["asleep", "waiting", "looking", "watching"] as const

/**
 * - `lone`: a task was posted to a thread that had none.
 * - `likely`: the same, where a look has a chance.
 * - `post`: something else was posted.
 * - `hear`: the thread has said something.
 * - `late`: the time for a look is over.
 * - `watch`: the thread was terminated.
 * - `end`: there is no thread any more.
 */
export const events = ["lone", "likely", "post", "hear", "late", "watch", "end"] as const

export type LookState = (typeof states)[number]
export type LookEvent = (typeof events)[number]

/**
 * - `turn`: takes turns until it no longer looks.
 * - `count`: one more lone task in a row was answered.
 * - `forget`: tasks do not come one by one.
 */
export type LookAction = "turn" | "count" | "forget"

/** An absent cell is a defect: only a look is late. */
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
    lone: { next: "waiting", actions: [], why: "the one before was taken back" },
    likely: { next: "looking", actions: ["turn"] },
    post: { next: "asleep", actions: ["forget"] },
    hear: { next: "asleep", actions: ["count"] },
    watch: { next: "watching", actions: ["turn"] },
    end: { next: "asleep", actions: [] }
  },
  looking: {
    lone: { next: "waiting", actions: [] },
    likely: { next: "looking", actions: [] },
    post: { next: "asleep", actions: ["forget"], why: "whoever sends several does not wait for each" },
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

/** Whether turns are taken. */
export const isAwake = (state: LookState): boolean => state === "looking" || state === "watching"
