/**
 * Where a thread waits for its next frame: at its doorbell or in its event loop. The owner is `spinThenPark.ts`.
 *
 * @since 0.1.0
 */
import { IllegalTransition, makeStep, type Table } from "@heddle/core/StateTable"
import { link, type Link, type Linked } from "./linkedTable.ts"

/**
 * - `busy`: tasks run in this thread.
 * - `overtaken`: tasks run, because a frame came before a turn that was scheduled.
 * - `scheduled`: nothing runs, and the next turn of the event loop spins.
 * - `spinning`: nothing runs, and this turn of the event loop spins at the doorbell, then parks there.
 * - `idle`: nothing runs, and the next frame comes through the event loop.
 */
export const states = ["busy", "overtaken", "scheduled", "spinning", "idle"] as const

/**
 * - `frame`: a frame was taken, from the event loop or at the doorbell.
 * - `quiet`: the runner has nothing to do, and no lone frame is likely soon.
 * - `likely`: the same, where a lone frame is likely soon.
 * - `turn`: the scheduled turn has begun.
 * - `occupied`: something else is open in this thread and needs the event loop.
 * - `silent`: the turn has passed without a frame, and another turn may spin.
 * - `spent`: the last turn that may spin has passed without a frame.
 */
export const events = ["frame", "quiet", "likely", "turn", "occupied", "silent", "spent"] as const

export type SpinState = (typeof states)[number]
export type SpinEvent = (typeof events)[number]

/** - `schedule`: asks for a turn of the event loop. */
export type SpinAction = "schedule"

/** A turn comes only after it was scheduled, and only a spinning turn ends. No callback runs while it spins. */
export const table: Table<SpinState, SpinEvent, SpinAction> = {
  busy: {
    frame: { next: "busy", actions: [] },
    quiet: { next: "idle", actions: [] },
    likely: { next: "scheduled", actions: ["schedule"] }
  },
  overtaken: {
    frame: { next: "overtaken", actions: [] },
    quiet: { next: "scheduled", actions: [], why: "the turn comes anyway" },
    likely: { next: "scheduled", actions: [] },
    turn: { next: "busy", actions: [], why: "a turn does not spin while a task runs" }
  },
  scheduled: {
    frame: { next: "overtaken", actions: [] },
    quiet: { next: "scheduled", actions: [] },
    likely: { next: "scheduled", actions: [] },
    turn: { next: "spinning", actions: [] }
  },
  spinning: {
    frame: { next: "busy", actions: [] },
    occupied: { next: "idle", actions: [] },
    silent: { next: "scheduled", actions: ["schedule"] },
    spent: { next: "idle", actions: [], why: "an idle thread uses no processor time" }
  },
  idle: {
    frame: { next: "busy", actions: [] },
    quiet: { next: "idle", actions: [] },
    likely: { next: "scheduled", actions: ["schedule"] }
  }
}

export const step = makeStep("spin", table)

export type SpinLink = Link<SpinState, SpinEvent, SpinAction>
export type SpinNode = Linked<SpinState, SpinEvent, SpinAction>

/** The same table, linked. */
export const linked = link(states, events, table)

/** Throws the error of a missing cell. */
export const illegal = ({ state }: SpinNode, { event }: SpinLink): never => {
  throw new IllegalTransition("spin", state, event)
}
