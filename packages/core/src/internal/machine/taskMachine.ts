/**
 * The life of one task on the host, from submission to its one outcome (G1).
 *
 * The owner (`host/tasks/TaskLifecycle.ts`) runs the actions in order. A task runs exactly one of the `settle…`
 * actions: on the transition from an unsettled state to a settled one.
 *
 * @since 0.1.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `waiting`: the queue was full; the caller is suspended until there is room.
 * - `queued`: in the queue; no worker is involved.
 * - `sent`: posted to a worker, which may or may not have started the task; the claim word tells.
 * - `running`: the worker has reported the start.
 * - `interrupting`: the worker was asked to end the task; the handler's finalizers run.
 * - `terminating`: the grace has passed; the worker is being terminated.
 * - `abandoned`: settled for the caller, while the handler still holds a worker's slot.
 * - `settled`: the outcome has been delivered.
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
 * - `reply`: the worker reports the outcome.
 * - `absent`: the worker knows no such task, so the reply was lost.
 * - `withdraw`: the task ends before any worker started it: interrupted, shed, refused, revoked, or out of time.
 * - `interrupt`: the task must end, and may have started.
 * - `abandon`: the caller leaves; the handler may go on.
 * - `recall`: the host has revoked the claim, to give the task to another worker.
 * - `graceExpired`, `terminateExpired`: the two limits of the interrupt ladder (G4).
 * - `exitUnstarted`, `exitStarted`: the worker is gone; the claim word tells whether the task had started.
 * - `exitRetry`: the worker is gone and the task had started, but the task is idempotent and has attempts left (G6).
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
 * - `enqueue`, `enqueueFront`, `remove`: enter and leave the queue, or the line of callers before the queue.
 * - `armRun`: start the timer of the run limit.
 * - `ask`, `armGrace`, `terminate`: the rungs of the ladder.
 * - `release`: the worker's slot and claim are free again.
 * - `settleReply`, `settleLost`, `settleLostReply`, `settleForced`, `settleStuck`, `settleWithdrawn`: deliver the
 *   outcome. `settleForced` settles without a reply, because the worker has ended; the receipt names who ended the
 *   worker.
 * - `leave`: settle the caller now; the handler keeps the slot.
 * - `countLate`: count a message for a settled task.
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
      why: "the worker had claimed and finished the task, yet no reply came: the window stated in G5"
    },
    withdraw: {
      next: "settled",
      actions: ["release", "settleWithdrawn"],
      why: "the claim was revoked in time"
    },
    interrupt: { next: "interrupting", actions: ["ask", "armGrace"] },
    abandon: { next: "abandoned", actions: ["ask", "leave"] },
    recall: {
      next: "queued",
      actions: ["release", "enqueueFront"],
      why: "another worker is idle, this worker is busy"
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
    start: {
      next: "interrupting",
      actions: [],
      why: "the task started while the request to end was under way"
    },
    reply: {
      next: "settled",
      actions: ["release", "settleReply"],
      why: "the acknowledgement, or a reply that crossed the request"
    },
    absent: { next: "settled", actions: ["release", "settleLostReply"] },
    interrupt: { next: "interrupting", actions: [], why: "asked twice: the first request stands" },
    abandon: { next: "interrupting", actions: [], why: "someone already waits for the ladder" },
    graceExpired: { next: "terminating", actions: ["terminate"] },
    terminateExpired: {
      next: "settled",
      actions: ["release", "settleStuck"],
      why: "the worker was being terminated for another task"
    },
    exitUnstarted: {
      next: "settled",
      actions: ["release", "settleForced"],
      why: "the task was to end anyway"
    },
    exitStarted: { next: "settled", actions: ["release", "settleForced"] },
    exitRetry: {
      next: "settled",
      actions: ["release", "settleForced"],
      why: "a task that must end is never run again"
    }
  },
  terminating: {
    start: { next: "terminating", actions: [] },
    reply: {
      next: "settled",
      actions: ["release", "settleReply"],
      why: "the task ended just before its worker"
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
    withdraw: { next: "settled", actions: ["release"], why: "the pool closed before the task had started" },
    interrupt: { next: "abandoned", actions: [], why: "the request was sent with the abandonment" },
    abandon: { next: "abandoned", actions: [] },
    terminateExpired: { next: "settled", actions: ["release"] },
    exitUnstarted: { next: "settled", actions: ["release"] },
    exitStarted: { next: "settled", actions: ["release"] },
    exitRetry: { next: "settled", actions: ["release"] }
  },
  settled: {
    start: { next: "settled", actions: ["countLate"] },
    reply: { next: "settled", actions: ["countLate"], why: "S053: a late reply is dropped and counted" },
    absent: { next: "settled", actions: [], why: "the reply crossed the request to end" },
    withdraw: { next: "settled", actions: [] },
    interrupt: { next: "settled", actions: [], why: "interrupting a settled task is free" },
    abandon: { next: "settled", actions: [] },
    graceExpired: { next: "settled", actions: [], why: "the timer fired in the turn of the reply" },
    terminateExpired: { next: "settled", actions: [] }
  }
}

export const step = makeStep("task", table)

/** Whether a worker may be running the task. */
export const isHeld = (state: TaskState): boolean =>
  state === "sent" ||
  state === "running" ||
  state === "interrupting" ||
  state === "terminating" ||
  state === "abandoned"
