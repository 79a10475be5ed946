/**
 * The life of a connection after its handshake, as one of its two sides sees it. The owner is `Connection.ts`.
 *
 * @since 0.2.0
 */
import { makeStep, type Table } from "@heddle/core/StateTable"

/**
 * - `open`: both sides may send.
 * - `ended`: this side sends no more, the other side may.
 * - `heard`: the other side sends no more, this side may.
 * - `closed`: both sides have said their last word, or one of them has closed the whole connection.
 * - `lost`: the socket has died, or the other side broke the protocol, before the last words were said.
 */
export const states = ["open", "ended", "heard", "closed", "lost"] as const

/**
 * - `end`: the program ends this side.
 * - `shut`: the scope of this side closes.
 * - `peerEnd`: the other side sends no more.
 * - `peerClose`: the other side sends no more, and receives no more.
 * - `drop`: the socket has ended, failed or closed.
 * - `violate`: the other side broke the protocol.
 */
export const events = ["end", "shut", "peerEnd", "peerClose", "drop", "violate"] as const

export type ConnectionState = (typeof states)[number]
export type ConnectionEvent = (typeof events)[number]

/**
 * - `sendEnd`, `sendClose`: post the last frame of this side, behind all others.
 * - `stopSending`, `stopReceiving`: each later send or receive fails, with the reason that the event gives.
 * - `hangUp`: writes out what was posted, then closes the socket; by force if that takes too long.
 * - `destroy`: closes the socket at once.
 * - `settleClosed`, `settleLost`: tells the program how the connection ended (G15).
 */
export const actions = [
  "sendEnd",
  "sendClose",
  "stopSending",
  "stopReceiving",
  "hangUp",
  "destroy",
  "settleClosed",
  "settleLost"
] as const

export type ConnectionAction = (typeof actions)[number]

const lose: ReadonlyArray<ConnectionAction> = ["stopSending", "stopReceiving", "destroy", "settleLost"]

export const table: Table<ConnectionState, ConnectionEvent, ConnectionAction> = {
  open: {
    end: { next: "ended", actions: ["sendEnd", "stopSending"] },
    shut: {
      next: "closed",
      actions: ["sendClose", "stopSending", "stopReceiving", "hangUp", "settleClosed"]
    },
    peerEnd: { next: "heard", actions: ["stopReceiving"] },
    peerClose: { next: "closed", actions: ["stopSending", "stopReceiving", "hangUp", "settleClosed"] },
    drop: { next: "lost", actions: lose },
    violate: { next: "lost", actions: lose }
  },
  ended: {
    end: { next: "ended", actions: [], why: "ended twice" },
    shut: { next: "closed", actions: ["sendClose", "stopReceiving", "hangUp", "settleClosed"] },
    peerEnd: { next: "closed", actions: ["stopReceiving", "hangUp", "settleClosed"] },
    peerClose: { next: "closed", actions: ["stopReceiving", "hangUp", "settleClosed"] },
    drop: { next: "lost", actions: ["stopReceiving", "destroy", "settleLost"] },
    violate: { next: "lost", actions: ["stopReceiving", "destroy", "settleLost"] }
  },
  heard: {
    end: { next: "closed", actions: ["sendEnd", "stopSending", "hangUp", "settleClosed"] },
    shut: { next: "closed", actions: ["sendClose", "stopSending", "hangUp", "settleClosed"] },
    peerEnd: {
      next: "lost",
      actions: ["stopSending", "destroy", "settleLost"],
      why: "said twice: a violation"
    },
    peerClose: { next: "closed", actions: ["stopSending", "hangUp", "settleClosed"] },
    drop: {
      next: "lost",
      actions: ["stopSending", "destroy", "settleLost"],
      why: "the other side did not say that it receives no more: what this side sent may be gone"
    },
    violate: { next: "lost", actions: ["stopSending", "destroy", "settleLost"] }
  },
  closed: {
    end: { next: "closed", actions: [] },
    shut: { next: "closed", actions: [] },
    peerEnd: { next: "closed", actions: [], why: "crossed with this side's last frame" },
    peerClose: { next: "closed", actions: [], why: "crossed with this side's last frame" },
    drop: { next: "closed", actions: [], why: "the socket closes after the last words" },
    violate: { next: "closed", actions: [] }
  },
  lost: {
    end: { next: "lost", actions: [] },
    shut: { next: "lost", actions: [] },
    peerEnd: { next: "lost", actions: [] },
    peerClose: { next: "lost", actions: [] },
    drop: { next: "lost", actions: [], why: "the socket closes after it was destroyed" },
    violate: { next: "lost", actions: [] }
  }
}

export const step = makeStep("connection", table)

/** Whether frames of the other side still mean something. Later ones are read and dropped. */
export const isListening = (state: ConnectionState): boolean => state !== "closed" && state !== "lost"
