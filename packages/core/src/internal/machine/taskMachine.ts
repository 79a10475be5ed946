/**
 * The life of one task on the host, from submission to its one outcome (G1).
 *
 * The owner (`host/tasks/TaskLifecycle.ts`) runs the actions in order. Exactly one of the `settle…` actions runs in the life
 * of a task, on the one transition that leaves the unsettled states.
 *
 * @since 0.1.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `waiting`: the queue was full, and the caller is suspended before it.
 * - `queued`: in the queue, no worker involved.
 * - `sent`: posted to a worker, which may or may not have started it; its claim knows.
 * - `running`: the worker has said that it started it.
 * - `interrupting`: asked to end; its handler's finalizers run.
 * - `terminating`: the grace has passed; its worker is being terminated.
 * - `abandoned`: settled for its caller, while the body still holds its slot.
 * - `settled`: its outcome has been given.
 */
export const states = [
  "waiting",
  "queued",
  "sent",
  "running",
  "interrupting",
  "terminating",
  "abandoned",
  "settled"
] as const

/**
 * - `admit`: there is room in the queue.
 * - `dispatch`: a worker was chosen.
 * - `start`: the worker says that the handler starts.
 * - `reply`: the worker says how it ended.
 * - `absent`: the worker knows no such task, so its reply was lost.
 * - `withdraw`: it ends before any worker started it: interrupted, shed, refused, revoked, out of time.
 * - `interrupt`: it must end, and may have started.
 * - `abandon`: the caller leaves; the body may go on.
 * - `recall`: the host has revoked its claim, to give it to another worker.
 * - `graceExpired`, `terminateExpired`: the two limits of the interrupt ladder (G4).
 * - `exitUnstarted`, `exitStarted`: its worker is gone; the claim says which.
 * - `exitRetry`: its worker is gone, it had started, but it is idempotent and has attempts left (G6).
 */
export const events = [
  "admit",
  "dispatch",
  "start",
  "reply",
  "absent",
  "withdraw",
  "interrupt",
  "abandon",
  "recall",
  "graceExpired",
  "terminateExpired",
  "exitUnstarted",
  "exitStarted",
  "exitRetry"
] as const

export type TaskState = (typeof states)[number]
export type TaskEvent = (typeof events)[number]

/**
 * - `enqueue`, `enqueueFront`, `remove`: in and out of the queue (or of the line before it).
 * - `armRun`: the limit of the run begins.
 * - `ask`, `armGrace`, `terminate`: the rungs of the ladder.
 * - `release`: the worker's slot and claim are free again.
 * - `settleReply`, `settleLost`, `settleLostReply`, `settleForced`, `settleStuck`, `settleWithdrawn`: the outcome.
 *   `settleForced`: without a reply, since its worker has ended; the receipt says who ended it.
 * - `leave`: the caller gets its outcome now, the body keeps its slot.
 * - `countLate`: a message for a task that is settled.
 */
export type TaskAction =
  | "enqueue"
  | "enqueueFront"
  | "remove"
  | "armRun"
  | "ask"
  | "armGrace"
  | "terminate"
  | "release"
  | "settleReply"
  | "settleLost"
  | "settleLostReply"
  | "settleForced"
  | "settleStuck"
  | "settleWithdrawn"
  | "leave"
  | "countLate"

export const table: Table<TaskState, TaskEvent, TaskAction> = {
  waiting: {
    admit: { next: "queued", actions: ["enqueue"] },
    withdraw: { next: "settled", actions: ["remove", "settleWithdrawn"] }
  },
  queued: {
    dispatch: { next: "sent", actions: [] },
    withdraw: { next: "settled", actions: ["remove", "settleWithdrawn"] }
  },
  sent: {
    start: { next: "running", actions: ["armRun"] },
    reply: { next: "settled", actions: ["release", "settleReply"] },
    absent: {
      next: "settled",
      actions: ["release", "settleLostReply"],
      why: "the worker had claimed it and is done with it, yet no reply came: G5's stated window"
    },
    withdraw: {
      next: "settled",
      actions: ["release", "settleWithdrawn"],
      why: "its claim was revoked in time"
    },
    interrupt: { next: "interrupting", actions: ["ask", "armGrace"] },
    abandon: { next: "abandoned", actions: ["ask", "leave"] },
    recall: {
      next: "queued",
      actions: ["release", "enqueueFront"],
      why: "another worker is idle, this one is not"
    },
    exitUnstarted: {
      next: "queued",
      actions: ["release", "enqueueFront"],
      why: "G5: only running tasks are lost"
    },
    exitStarted: { next: "settled", actions: ["release", "settleLost"] },
    exitRetry: { next: "queued", actions: ["release", "enqueueFront"], why: "G6: declared idempotent" }
  },
  running: {
    reply: { next: "settled", actions: ["release", "settleReply"] },
    absent: { next: "settled", actions: ["release", "settleLostReply"] },
    interrupt: { next: "interrupting", actions: ["ask", "armGrace"] },
    abandon: { next: "abandoned", actions: ["ask", "leave"] },
    exitStarted: { next: "settled", actions: ["release", "settleLost"] },
    exitRetry: { next: "queued", actions: ["release", "enqueueFront"] }
  },
  interrupting: {
    start: { next: "interrupting", actions: [], why: "it started while the request to end was under way" },
    reply: {
      next: "settled",
      actions: ["release", "settleReply"],
      why: "the acknowledgement, or a reply that crossed it"
    },
    absent: { next: "settled", actions: ["release", "settleLostReply"] },
    interrupt: { next: "interrupting", actions: [], why: "asked twice: the first request stands" },
    abandon: { next: "interrupting", actions: [], why: "someone already waits for the ladder" },
    graceExpired: { next: "terminating", actions: ["terminate"] },
    terminateExpired: {
      next: "settled",
      actions: ["release", "settleStuck"],
      why: "its worker was being terminated for another task"
    },
    exitUnstarted: { next: "settled", actions: ["release", "settleForced"], why: "it was to end anyway" },
    exitStarted: { next: "settled", actions: ["release", "settleForced"] },
    exitRetry: { next: "settled", actions: ["release", "settleForced"], why: "never re-run what is to end" }
  },
  terminating: {
    start: { next: "terminating", actions: [] },
    reply: {
      next: "settled",
      actions: ["release", "settleReply"],
      why: "it ended just before its worker did"
    },
    absent: { next: "settled", actions: ["release", "settleLostReply"] },
    interrupt: { next: "terminating", actions: [] },
    abandon: { next: "terminating", actions: [] },
    terminateExpired: { next: "settled", actions: ["release", "settleStuck"], why: "native code: G4" },
    exitUnstarted: { next: "settled", actions: ["release", "settleForced"] },
    exitStarted: { next: "settled", actions: ["release", "settleForced"] },
    exitRetry: { next: "settled", actions: ["release", "settleForced"] }
  },
  abandoned: {
    start: { next: "abandoned", actions: [] },
    reply: {
      next: "settled",
      actions: ["release", "countLate"],
      why: "S047, S048: the slot was held until now"
    },
    absent: { next: "settled", actions: ["release"] },
    withdraw: { next: "settled", actions: ["release"], why: "the pool closed before it had started" },
    interrupt: { next: "abandoned", actions: [], why: "it was asked when it was abandoned" },
    abandon: { next: "abandoned", actions: [] },
    terminateExpired: { next: "settled", actions: ["release"] },
    exitUnstarted: { next: "settled", actions: ["release"] },
    exitStarted: { next: "settled", actions: ["release"] },
    exitRetry: { next: "settled", actions: ["release"] }
  },
  settled: {
    start: { next: "settled", actions: ["countLate"] },
    reply: { next: "settled", actions: ["countLate"], why: "S053: a late reply is dropped and counted" },
    absent: { next: "settled", actions: [], why: "its reply crossed the request to end" },
    withdraw: { next: "settled", actions: [] },
    interrupt: { next: "settled", actions: [], why: "interrupting a settled task is free" },
    abandon: { next: "settled", actions: [] },
    graceExpired: { next: "settled", actions: [], why: "the timer fired in the turn of the reply" },
    terminateExpired: { next: "settled", actions: [] }
  }
}

export const step = makeStep("task", table)

/** Whether a worker may be working on it. */
export const isHeld = (state: TaskState): boolean =>
  state === "sent" ||
  state === "running" ||
  state === "interrupting" ||
  state === "terminating" ||
  state === "abandoned"
