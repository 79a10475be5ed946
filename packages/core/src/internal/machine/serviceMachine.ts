/**
 * The life of a service: state in one worker, called from anywhere. The owner is `host/services/Service.ts`.
 *
 * @since 0.2.0
 */
import { makeStep, type Table } from "./transition.ts"

/**
 * - `starting`: a worker is reserved, and acquires the state. Calls wait.
 * - `serving`: the worker runs the methods.
 * - `lost`: the worker has ended, or is stuck. Calls wait for the decision.
 * - `down`: nothing is left, and nothing will be restarted.
 * - `closed`: the scope of the service, or its pool, is closed.
 */
export const states = ["starting", "serving", "lost", "down", "closed"] as const

/**
 * - `ready`: the state is acquired.
 * - `lose`: the worker has ended, or is stuck.
 * - `restart`: the service is started again.
 * - `giveUp`: the start failed, or the service is not started again.
 * - `close`: the scope closes, or the pool.
 */
export const events = ["ready", "lose", "restart", "giveUp", "close"] as const

export type ServiceState = (typeof states)[number]
export type ServiceEvent = (typeof events)[number]

/**
 * - `handOut`: send the waiting calls.
 * - `tellLost`: decide whether the service is started again.
 * - `refuse`: fail the waiting calls.
 * - `tellOver`: resume who waits for the end of the service.
 */
export type ServiceAction = "handOut" | "tellLost" | "refuse" | "tellOver"

export const table: Table<ServiceState, ServiceEvent, ServiceAction> = {
  starting: {
    ready: { next: "serving", actions: ["handOut"] },
    lose: { next: "starting", actions: [], why: "the acquisition fails with its worker, which gives up" },
    giveUp: { next: "down", actions: ["refuse", "tellOver"] },
    close: { next: "closed", actions: ["refuse", "tellOver"] }
  },
  serving: {
    lose: { next: "lost", actions: ["tellLost"] },
    close: { next: "closed", actions: ["refuse", "tellOver"] }
  },
  lost: {
    restart: { next: "starting", actions: [] },
    giveUp: { next: "down", actions: ["refuse", "tellOver"] },
    close: { next: "closed", actions: ["refuse", "tellOver"] }
  },
  down: {
    lose: { next: "down", actions: [], why: "a start failed, and its worker ends afterwards" },
    close: { next: "closed", actions: [] }
  },
  closed: {
    ready: {
      next: "closed",
      actions: [],
      why: "the state was acquired as the scope closed, and is released again"
    },
    lose: { next: "closed", actions: [] },
    giveUp: { next: "closed", actions: [], why: "the close interrupts a start" },
    close: { next: "closed", actions: [], why: "the pool closed first" }
  }
}

export const step = makeStep("service", table)
