/**
 * The life of one end of a pipe, on the side where the end is. The owner is `shared/channels/pipeEnd.ts`.
 *
 * @since 0.2.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `open`: both directions go on.
 * - `mine`: this side sends no more. `theirs`: the other side sends no more.
 * - `closed`: both directions have ended in order. `lost`: the other side is gone without a word.
 * - `moved`: the end is elsewhere.
 */
export const states = ["open", "mine", "theirs", "closed", "lost", "moved"] as const

/**
 * - `end`: nothing more can be sent, in order: this side has ended, or the other side receives no more.
 * - `peerEnd`: nothing more comes, in order.
 * - `lose`: the other side is lost.
 * - `move`: the end has left inside a value.
 */
export const events = ["end", "peerEnd", "lose", "move"] as const

export type LinkState = (typeof states)[number]
export type LinkEvent = (typeof events)[number]

/** - `tell`: tell whoever waits for the end of both directions (G15). */
export type LinkAction = "tell"

export const table: Table<LinkState, LinkEvent, LinkAction> = {
  open: {
    end: { next: "mine", actions: [] },
    peerEnd: { next: "theirs", actions: [] },
    lose: { next: "lost", actions: ["tell"] },
    move: { next: "moved", actions: ["tell"] }
  },
  mine: {
    end: { next: "mine", actions: [], why: "this side has ended, and the other side receives no more" },
    peerEnd: { next: "closed", actions: ["tell"] },
    lose: { next: "lost", actions: ["tell"] },
    move: { next: "moved", actions: ["tell"] }
  },
  theirs: {
    end: { next: "closed", actions: ["tell"] },
    peerEnd: { next: "theirs", actions: [] },
    lose: { next: "lost", actions: ["tell"] },
    move: { next: "moved", actions: ["tell"] }
  },
  closed: {
    end: { next: "closed", actions: [] },
    peerEnd: { next: "closed", actions: [] },
    lose: { next: "closed", actions: [], why: "the end was told: exactly one is" },
    move: { next: "moved", actions: [] }
  },
  lost: {
    end: { next: "lost", actions: [], why: "the other direction ended in order before" },
    peerEnd: { next: "lost", actions: [] },
    lose: { next: "lost", actions: [], why: "each direction tells" },
    move: { next: "moved", actions: [] }
  },
  moved: {
    end: { next: "moved", actions: [] },
    peerEnd: { next: "moved", actions: [] },
    lose: { next: "moved", actions: [] },
    move: { next: "moved", actions: [], why: "each direction tells" }
  }
}

export const step = makeStep("link", table)
