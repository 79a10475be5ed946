/**
 * The life of a reservation: one worker of a pool for a scope. The owner is `host/fleet/Reservations.ts`.
 *
 * @since 0.2.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `waiting`: no worker is idle yet.
 * - `held`: the worker runs the calls of the reservation, and nothing else.
 * - `returning`: the scope closes; the calls end.
 * - `returned`: the worker belongs to the pool again, or leaves with the pool.
 * - `lost`: the worker has ended, or is stuck.
 * - `refused`: no worker was reserved.
 */
export const states = ["waiting", "held", "returning", "returned", "lost", "refused"] as const

/**
 * - `grant`: an idle worker was found.
 * - `refuse`: the wait took too long, or the pool reserves no worker any more.
 * - `giveBack`: the scope closes, or the wait was interrupted.
 * - `emptied`: the last call has ended.
 * - `close`: the pool ends its workers.
 * - `lose`: the worker has ended, or is stuck.
 */
export const events = ["grant", "refuse", "giveBack", "emptied", "close", "lose"] as const

export type ReservationState = (typeof states)[number]
export type ReservationEvent = (typeof events)[number]

/**
 * - `tellHeld`, `tellRefused`: resume the caller who waits.
 * - `forget`: leave the line of waiting reservations.
 * - `endCalls`: interrupt the open calls.
 * - `release`: give the worker back to the pool, recycled or not; `letGo`: to a pool that ends its workers.
 * - `tellLost`: the worker is nobody's any more.
 */
export type ReservationAction =
  | "tellHeld"
  | "tellRefused"
  | "forget"
  | "endCalls"
  | "release"
  | "letGo"
  | "tellLost"

export const table: Table<ReservationState, ReservationEvent, ReservationAction> = {
  waiting: {
    grant: { next: "held", actions: ["forget", "tellHeld"] },
    refuse: { next: "refused", actions: ["forget", "tellRefused"] },
    giveBack: { next: "returned", actions: ["forget"], why: "the wait was interrupted" }
  },
  held: {
    giveBack: { next: "returning", actions: ["endCalls"] },
    emptied: { next: "held", actions: [] },
    close: { next: "returned", actions: ["letGo"], why: "G2: the pool ends the calls, then its workers" },
    lose: { next: "lost", actions: ["tellLost"] }
  },
  returning: {
    giveBack: { next: "returning", actions: [] },
    emptied: { next: "returned", actions: ["release"], why: "G3: nothing of the reservation runs any more" },
    close: { next: "returned", actions: ["letGo"] },
    lose: { next: "lost", actions: ["tellLost"] }
  },
  returned: {
    giveBack: {
      next: "returned",
      actions: ["endCalls"],
      why: "the pool closed first, and may still end calls"
    },
    emptied: { next: "returned", actions: [] },
    close: { next: "returned", actions: [] }
  },
  lost: {
    giveBack: {
      next: "lost",
      actions: ["endCalls"],
      why: "a call whose worker is gone may still wait for the end of the tasks that it called"
    },
    emptied: { next: "lost", actions: [] },
    close: { next: "lost", actions: [] }
  },
  refused: {
    giveBack: { next: "refused", actions: [] }
  }
}

export const step = makeStep("reservation", table)
