/**
 * The life of a thread as its host sees it. The owner is `Thread.ts`.
 *
 * @since 0.1.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `running`: it may answer.
 * - `ending`: it was terminated, or is about to exit, and the pool does not know yet.
 * - `asked`: the pool wants its end.
 * - `closed`: its port has closed without the pool's asking.
 * - `halted`: the pool has asked and its port has closed: none of its code runs any more, V8 only frees its heap.
 * - `gone`: no port, stream or listener of it is left, and its listener hears nothing more.
 */
export const states = ["running", "ending", "asked", "closed", "halted", "gone"] as const

/**
 * - `ask`: the pool wants its end.
 * - `end`: it has thrown, or its transport is closing.
 * - `close`: its port has closed.
 * - `exit`: there is no thread any more.
 */
export const events = ["ask", "end", "close", "exit"] as const

export type ThreadState = (typeof states)[number]
export type ThreadEvent = (typeof events)[number]

/**
 * - `terminate`: ends it by force.
 * - `watch`: the host does not sleep for a while: whoever waits for the place waits for the port to close, soon.
 * - `reportHalted`: tells the listener that it runs nothing more.
 * - `conclude`: lets go of all that is left of it, and tells the listener of its exit.
 */
export type ThreadAction = "terminate" | "watch" | "reportHalted" | "conclude"

/** An absent cell is a defect: a port closes once, and not after it has been let go. */
export const table: Table<ThreadState, ThreadEvent, ThreadAction> = {
  running: {
    ask: { next: "asked", actions: ["terminate", "watch"] },
    end: { next: "ending", actions: ["terminate"] },
    close: { next: "closed", actions: ["terminate"], why: "without its channel it can never answer" },
    exit: { next: "gone", actions: ["conclude"] }
  },
  ending: {
    ask: { next: "asked", actions: ["watch"] },
    end: { next: "ending", actions: [] },
    close: { next: "closed", actions: [], why: "its exit follows, and says of what it died" },
    exit: { next: "gone", actions: ["conclude"] }
  },
  asked: {
    ask: { next: "asked", actions: [] },
    end: { next: "asked", actions: [] },
    close: { next: "halted", actions: ["reportHalted"] },
    exit: { next: "gone", actions: ["conclude"] }
  },
  closed: {
    ask: { next: "closed", actions: [], why: "its port says nothing more: its exit will" },
    end: { next: "closed", actions: [] },
    exit: { next: "gone", actions: ["conclude"] }
  },
  halted: {
    ask: { next: "halted", actions: [] },
    end: { next: "halted", actions: [] },
    exit: { next: "gone", actions: ["conclude"] }
  },
  gone: {
    ask: { next: "gone", actions: [], why: "it ended by itself as the pool decided" },
    end: { next: "gone", actions: [] },
    exit: { next: "gone", actions: [], why: "the termination resolves after the exit was told" }
  }
}

export const step = makeStep("thread", table)

/** Node 24 crashes the process when a port is read while its `close` is being told, so no port is read from then on. */
export const isReadable = (state: ThreadState): boolean =>
  state === "running" || state === "ending" || state === "asked"
