/**
 * The life of a worker's runner after the layer is built: serve until the host asks for the stop, then end the jobs.
 * The owner is `worker/Runner.ts`.
 *
 * @since 0.1.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `serving`: jobs run; the serving fiber does not wait for the stop yet.
 * - `awaited`: jobs run; the serving fiber waits for the stop.
 * - `asked`: the host has asked for the stop; jobs go on until the serving fiber acts on the request.
 * - `draining`: every job was interrupted, and some have not ended.
 * - `quiet`: no job is left.
 */
export const states = ["serving", "awaited", "asked", "draining", "quiet"] as const

/**
 * - `await`: the serving fiber waits for the stop.
 * - `stop`: the host asks for the stop.
 * - `shutdown`: the serving fiber ends the jobs.
 * - `emptied`: the last job has ended. Raised only during the end of the jobs, because a serving runner is often empty.
 */
export const events = ["await", "stop", "shutdown", "emptied"] as const

export type RunnerState = (typeof states)[number]
export type RunnerEvent = (typeof events)[number]

/**
 * - `resumeStop`: the serving fiber goes on, to close the layer's scope.
 * - `endJobs`: drop unstarted jobs, and interrupt running jobs.
 * - `resumeShutdown`: the jobs have ended, so the serving fiber goes on.
 */
export type RunnerAction = "resumeStop" | "endJobs" | "resumeShutdown"

export const table: Table<RunnerState, RunnerEvent, RunnerAction> = {
  serving: {
    await: { next: "awaited", actions: [] },
    stop: { next: "asked", actions: [] }
  },
  awaited: {
    stop: { next: "asked", actions: ["resumeStop"] }
  },
  asked: {
    await: { next: "asked", actions: ["resumeStop"], why: "the host asked before the serving fiber waited" },
    stop: { next: "asked", actions: [], why: "asked twice: the first request stands" },
    shutdown: { next: "draining", actions: ["endJobs"] }
  },
  draining: {
    stop: { next: "draining", actions: [] },
    emptied: { next: "quiet", actions: ["resumeShutdown"] }
  },
  quiet: {
    stop: { next: "quiet", actions: [] }
  }
}

export const step = makeStep("runner", table)
