/**
 * The life of a thread as its host sees it. The owner is `Thread.ts`.
 *
 * @since 0.1.0
 */
import { makeStep, type Table } from "@heddle/core/StateTable"

/**
 * - `running`: the thread may answer.
 * - `ending`: the thread was terminated or is about to exit, and the pool does not know yet.
 * - `asked`: the pool has asked for the end.
 * - `closed`: the port has closed before the pool asked for the end.
 * - `halted`: the pool has asked and the port has closed. No code runs in the thread any more; V8 only frees the heap.
 * - `gone`: no port, stream or listener of the thread is left, and the pool hears nothing more from it.
 */
export const states = ["running", "ending", "asked", "closed", "halted", "gone"] as const

/**
 * - `ask`: the pool asks for the end.
 * - `end`: the thread has thrown, or the transport is closing.
 * - `close`: the port has closed.
 * - `exit`: Node reports that the thread has exited.
 */
export const events = ["ask", "end", "close", "exit"] as const

export type ThreadState = (typeof states)[number]
export type ThreadEvent = (typeof events)[number]

/**
 * - `terminate`: ends the thread by force.
 * - `watch`: keeps the event loop awake for a moment. The port closes soon, and a new worker may wait for the seat.
 * - `reportHalted`: tells the listener that no code runs in the thread any more.
 * - `conclude`: closes the port and both streams, and reports the exit.
 */
export type ThreadAction = "terminate" | "watch" | "reportHalted" | "conclude"

/** A port closes once, and not after the owner has removed its listeners. */
export const table: Table<ThreadState, ThreadEvent, ThreadAction> = {
  running: {
    ask: { next: "asked", actions: ["terminate", "watch"] },
    end: { next: "ending", actions: ["terminate"] },
    close: { next: "closed", actions: ["terminate"], why: "without its channel the thread can never answer" },
    exit: { next: "gone", actions: ["conclude"] }
  },
  ending: {
    ask: { next: "asked", actions: ["watch"] },
    end: { next: "ending", actions: [] },
    close: { next: "closed", actions: [], why: "the exit follows, and names the cause" },
    exit: { next: "gone", actions: ["conclude"] }
  },
  asked: {
    ask: { next: "asked", actions: [] },
    end: { next: "asked", actions: [] },
    close: { next: "halted", actions: ["reportHalted"] },
    exit: { next: "gone", actions: ["conclude"] }
  },
  closed: {
    ask: { next: "closed", actions: [], why: "the exit follows, and is reported then" },
    end: { next: "closed", actions: [] },
    exit: { next: "gone", actions: ["conclude"] }
  },
  halted: {
    ask: { next: "halted", actions: [] },
    end: { next: "halted", actions: [] },
    exit: { next: "gone", actions: ["conclude"] }
  },
  gone: {
    ask: { next: "gone", actions: [], why: "the thread exited by itself as the pool decided" },
    end: { next: "gone", actions: [] },
    exit: { next: "gone", actions: [], why: "`terminate` resolves after the exit was reported" }
  }
}

export const step = makeStep("thread", table)

/** Whether the port may be read. Node 24 crashes the process when a port is read while its `close` is emitted. */
export const isReadable = (state: ThreadState): boolean =>
  state === "running" || state === "ending" || state === "asked"
