/**
 * The life of a channel at its broker. The owner is `host/channels/Broker.ts`.
 *
 * @since 0.2.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `open`: elements are sent and taken.
 * - `draining`: nothing more is sent; what was sent is still taken.
 * - `over`: nothing is left to take, or nobody may take it.
 */
export const states = ["open", "draining", "over"] as const

/**
 * - `end`: a sender ends the channel, in order or with an error.
 * - `lose`: a worker that used the channel is gone, and the others must not go on.
 * - `drained`: everything sent was taken, and no more can arrive.
 * - `close`: the scope of the channel is closed, or the only receiver has left.
 */
export const events = ["end", "lose", "drained", "close"] as const

export type ChannelState = (typeof states)[number]
export type ChannelEvent = (typeof events)[number]

/**
 * - `refuse`: tell the senders; call credit back.
 * - `turnAway`: fail the sends that wait for room.
 * - `finish`: tell the receivers.
 * - `drop`: forget what nobody may take any more, and every operation that waits.
 */
export type ChannelAction = "refuse" | "turnAway" | "finish" | "drop"

export const table: Table<ChannelState, ChannelEvent, ChannelAction> = {
  open: {
    end: { next: "draining", actions: ["refuse"] },
    lose: {
      next: "draining",
      actions: ["refuse", "turnAway"],
      why: "G15: what had arrived is received first; perhaps nobody is left to make room"
    },
    close: { next: "over", actions: ["refuse", "drop", "finish"] }
  },
  draining: {
    end: { next: "draining", actions: [], why: "the first end stands" },
    lose: {
      next: "draining",
      actions: ["turnAway"],
      why: "the end is known; perhaps nobody is left to make room"
    },
    drained: { next: "over", actions: ["finish"] },
    close: { next: "over", actions: ["drop", "finish"] }
  },
  over: {
    end: { next: "over", actions: [] },
    lose: { next: "over", actions: [], why: "the worker had not read of the end" },
    close: { next: "over", actions: [] }
  }
}

export const step = makeStep("channel", table)
