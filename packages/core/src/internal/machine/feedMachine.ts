/**
 * The receiving end of a stream that crosses a boundary: elements arrive, a consumer takes them, and one end is told.
 * The owner is `shared/stream/Feed.ts`.
 *
 * @since 0.2.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `open`: elements may arrive.
 * - `draining`: the end is known, and the consumer has not taken every element that arrived before it.
 * - `ended`: the consumer was told the end, or finds it with its next pull.
 * - `stopped`: the consumer has left.
 */
export const states = ["open", "draining", "ended", "stopped"] as const

/**
 * - `arrive`: elements have come.
 * - `finish`: the producer has ended, in whatever way, or is lost.
 * - `empty`: the consumer asks, and no element is left.
 * - `stop`: the consumer leaves.
 */
export const events = ["arrive", "finish", "empty", "stop"] as const

export type FeedState = (typeof states)[number]
export type FeedEvent = (typeof events)[number]

/**
 * - `keep`: keep the elements for the consumer.
 * - `wake`: let a waiting consumer look again.
 * - `conclude`: tell the consumer the end.
 * - `drop`: forget the elements that are left.
 */
export type FeedAction = "keep" | "wake" | "conclude" | "drop"

export const table: Table<FeedState, FeedEvent, FeedAction> = {
  open: {
    arrive: { next: "open", actions: ["keep", "wake"] },
    finish: { next: "draining", actions: ["wake"] },
    empty: { next: "open", actions: [], why: "the consumer waits for the next element" },
    stop: { next: "stopped", actions: ["drop"] }
  },
  draining: {
    arrive: {
      next: "draining",
      actions: [],
      why: "the caller's own input failed before the producer was stopped"
    },
    finish: { next: "draining", actions: [], why: "the first end stands" },
    empty: { next: "ended", actions: ["conclude"] },
    stop: { next: "stopped", actions: ["drop"] }
  },
  ended: {
    arrive: { next: "ended", actions: [] },
    finish: { next: "ended", actions: [], why: "the first end stands" },
    empty: { next: "ended", actions: ["conclude"], why: "a consumer may ask again" },
    stop: { next: "stopped", actions: [] }
  },
  stopped: {
    arrive: { next: "stopped", actions: [], why: "sent before the producer heard of the stop" },
    finish: { next: "stopped", actions: [] },
    stop: { next: "stopped", actions: [] }
  }
}

export const step = makeStep("feed", table)
