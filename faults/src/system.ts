// What a system under fault is.
import type { Injection } from "./injections.ts"

export type Transport = "threads" | "processes"

/** What a worker may hold besides its heap, in megabytes: above `soft` it is to be replaced, above `hard` ended. */
export interface MemoryPolicy {
  readonly soft: number
  readonly hard: number
}

export interface OpenOptions {
  /** Another worker file than the good one. */
  readonly file?: URL | undefined
  readonly heapMb?: number | undefined
  /** By the means that the system has; where it has none, there is nothing to set. */
  readonly memory?: MemoryPolicy | undefined
  /** Aborting it closes the pool, also one that is not open yet. For those that give a pool at once, `close` does. */
  readonly signal?: AbortSignal | undefined
}

/** Whom a task waits for: another task of the same pool, or, through that one, itself. */
export type Awaited = "another" | "itself"

export interface Pool {
  /** Calls a task by name. `limit`: milliseconds after which the caller gives up, by the means that the system has. */
  readonly call: (task: string, payload: unknown, limit?: number) => Promise<unknown>
  /** Calls a task that may be run again. Absent where no task ever is. */
  readonly callIdempotent?: (task: string, payload: unknown) => Promise<unknown>
  /** Calls a task that calls a task of this pool and waits for it. Absent where a task has no way to its pool. */
  readonly callWaiting?: (whom: Awaited) => Promise<unknown>
  readonly close: () => Promise<unknown>
}

/** A program that signals end. */
export interface Program {
  readonly injection: Injection
  /** The good task has been done; what follows is the injection. */
  readonly begin: () => void
  /** The last that a program does, after its pool was closed. */
  readonly finalize: () => Promise<void>
}

export interface System {
  readonly name: string
  readonly transport: Transport
  /** For the report: how it is configured. */
  readonly how: string
  /** The worker file that serves `add`, `echo`, `inject`, `stage`, `nest` and `lie`. */
  readonly worker: URL
  readonly open: (options: OpenOptions) => Promise<Pool>
  /** Runs a program as the main one, where the system has something for that; else it is done by hand. */
  readonly main?: (program: Program) => void
}
