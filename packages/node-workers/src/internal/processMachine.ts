/**
 * The life of a worker process as its host sees it. The owner is `Process.ts`.
 *
 * @since 0.1.0
 */
import { makeStep, type Table } from "@heddle/core/StateTable"

/**
 * - `running`: the process may answer.
 * - `failed`: the system could not spawn a process. Node reports the error in a later turn.
 * - `disconnected`: a pipe to the process has closed. A process on its way out closes its pipes first, so it has a delay.
 * - `terminating`: SIGTERM was sent, and SIGKILL follows after a delay.
 * - `violated`: the process broke the protocol. Its records have no known boundaries any more and are discarded.
 * - `reaped`: the process has exited, its group was killed, and its pipe may still hold records.
 * - `gone`: no pipe, timer or listener of the process is left, and its own listener hears nothing more.
 */
export const states = [
  "running",
  "failed",
  "disconnected",
  "terminating",
  "violated",
  "reaped",
  "gone"
] as const

/**
 * - `fail`: `spawn` has returned without a process.
 * - `terminate`: the pool or the transport ends the process, its reply pipe has ended, or the delay is over.
 * - `disconnect`: a pipe to the process has closed.
 * - `violate`: the process has written bytes that are no record.
 * - `exit`: Node reports that the process was reaped, or why none was spawned.
 * - `drained`: the reply pipe was read to its end, or the time for reading is over.
 */
export const events = ["fail", "terminate", "disconnect", "violate", "exit", "drained"] as const

export type ProcessState = (typeof states)[number]
export type ProcessEvent = (typeof events)[number]

/**
 * - `kill`: sends SIGTERM to the group, and SIGKILL after a delay.
 * - `awaitExit`: terminates the process unless it exits within a delay.
 * - `reportViolation`: hands the violation to the listener.
 * - `killGroup`: kills the rest of the group, and stops the timer that would send a signal.
 * - `conclude`: closes all pipes, and reports the exit.
 */
export const actions = ["kill", "awaitExit", "reportViolation", "killGroup", "conclude"] as const

export type ProcessAction = (typeof actions)[number]

export const table: Table<ProcessState, ProcessEvent, ProcessAction> = {
  running: {
    fail: { next: "failed", actions: [] },
    terminate: { next: "terminating", actions: ["kill"] },
    disconnect: { next: "disconnected", actions: ["awaitExit"] },
    violate: { next: "violated", actions: ["kill", "reportViolation"] },
    exit: { next: "reaped", actions: ["killGroup"] }
  },
  failed: {
    terminate: { next: "failed", actions: [], why: "there is no process to signal" },
    disconnect: { next: "failed", actions: [] },
    exit: { next: "gone", actions: ["conclude"] }
  },
  disconnected: {
    terminate: { next: "terminating", actions: ["kill"] },
    disconnect: { next: "disconnected", actions: [], why: "several pipes close, one after the other" },
    violate: { next: "violated", actions: ["kill", "reportViolation"] },
    exit: { next: "reaped", actions: ["killGroup"] }
  },
  terminating: {
    terminate: { next: "terminating", actions: [] },
    disconnect: { next: "terminating", actions: [] },
    violate: { next: "violated", actions: ["reportViolation"], why: "the signal was sent already" },
    exit: { next: "reaped", actions: ["killGroup"] }
  },
  violated: {
    terminate: { next: "violated", actions: [], why: "the pool ends a worker that broke the protocol" },
    disconnect: { next: "violated", actions: [] },
    exit: { next: "gone", actions: ["killGroup", "conclude"], why: "nothing in the pipe can be read" }
  },
  reaped: {
    terminate: { next: "reaped", actions: [], why: "its number may be another process's by now" },
    disconnect: { next: "reaped", actions: [] },
    violate: { next: "gone", actions: ["reportViolation", "conclude"], why: "the rest cannot be read" },
    drained: { next: "gone", actions: ["conclude"] }
  },
  gone: {
    terminate: { next: "gone", actions: [], why: "it exited by itself as the pool decided" },
    disconnect: { next: "gone", actions: [], why: "a pipe tells of its closing in a later turn" },
    drained: { next: "gone", actions: [], why: "a violation ended the reading" }
  }
}

export const step = makeStep("process", table)

/** Whether records of the process are delivered. */
export const isReadable = (state: ProcessState): boolean =>
  state !== "failed" && state !== "violated" && state !== "gone"
