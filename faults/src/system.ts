// What a system under fault is.
import type { Transport } from "./catalogue.ts"

export interface OpenOptions {
  /** Another worker file than the good one. */
  readonly file?: URL | undefined
  readonly heapMb?: number | undefined
}

export interface Pool {
  /** Calls a task by name. `limit`: milliseconds after which the caller gives up, by the means that the system has. */
  readonly call: (task: string, payload: unknown, limit?: number) => Promise<unknown>
  readonly close: () => Promise<unknown>
}

export interface System {
  readonly name: string
  readonly transport: Transport
  /** For the report: how it is configured. */
  readonly how: string
  /** The worker file that serves `add`, `echo` and `inject`. */
  readonly worker: URL
  readonly open: (options: OpenOptions) => Promise<Pool>
}
