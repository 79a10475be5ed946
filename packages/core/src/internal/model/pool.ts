/**
 * The pool as a service: what `Task` calls, and what the engine implements.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type { Effect } from "effect/Effect"
import type { Exit } from "effect/Exit"
import type { Scope } from "effect/Scope"
import type { Stream } from "effect/Stream"
import type { PoolEvent } from "../../PoolEvent.ts"
import type { BigIntArray, TypedArray } from "./typedArray.ts"
import type { TaskError } from "../../TaskError.ts"
import type { TaskDefinition } from "./definition.ts"
import type { SlotIndex, TaskId, WorkerId } from "./ids.ts"
import type { ElasticSize } from "./lifecycle.ts"
import type { RunOptions } from "./options.ts"
import type { Receipt, TaskStatus } from "./outcome.ts"

/** A task that runs on its own, bound to the scope it was forked in. */
export interface TaskHandle<out A, out E> {
  readonly id: TaskId
  /** Waits for the outcome. Awaiting twice gives the same outcome twice; interrupting a wait leaves the task alone. */
  readonly await: Effect<A, E | TaskError>
  /** Interrupts the task and waits (G3); the receipt says how it went. Interrupting a settled task is clean and free. */
  readonly interrupt: Effect<Receipt>
  /** Moves the deadline to this long from now, whether or not there was one. */
  readonly setDeadline: (deadline: Duration.Input) => Effect<void>
  /** The status now, then each change; ends after `settled`. */
  readonly observe: Stream<TaskStatus>
}

/** The engine's side of a handle. */
export interface ForkedTask extends Omit<TaskHandle<any, any>, "observe"> {
  /** Calls the listener synchronously with the status now, then with each change, until the returned function is called. */
  readonly watch: (listener: (status: TaskStatus) => void) => () => void
}

/** What one worker did with a broadcast task. */
export interface BroadcastResult<out A, out E> {
  readonly worker: WorkerId
  readonly exit: Exit<A, E | TaskError>
}

/** One that is `halted` or `gone` has no place any more. */
export type WorkerState =
  | "starting"
  | "ready"
  | "stopping"
  | "stopped"
  | "terminating"
  | "stuck"
  | "halted"
  | "gone"

export interface WorkerSnapshot {
  readonly slot: SlotIndex
  readonly worker: WorkerId
  readonly state: WorkerState
  readonly threadId: number | undefined
  readonly pid: number | undefined
  /** Tasks it runs, or is about to: by name. */
  readonly running: ReadonlyArray<string>
  /** Tasks it holds but has not been seen to start. */
  readonly ahead: number
  readonly settled: number
}

/** How many tasks ended how, since the pool was made; an item of a `forEach` counts as a task. */
export interface PoolCounts {
  readonly submitted: number
  readonly succeeded: number
  readonly failed: number
  readonly died: number
  readonly interrupted: number
  readonly lost: number
  readonly rejected: number
  /** Replies that came after their task was settled, or from a replaced worker; dropped. */
  readonly late: number
  readonly requeued: number
}

/**
 * An immutable picture of a pool. `total = busy + idle` over the workers that are up: not over those that start. A
 * worker is busy while it holds a task; a caller that looks from within a reply sees the moment before the next task
 * is handed out.
 */
export interface PoolSnapshot {
  readonly state: "starting" | "open" | "draining" | "closing" | "closed" | "failed"
  readonly total: number
  readonly busy: number
  readonly idle: number
  readonly workers: ReadonlyArray<WorkerSnapshot>
  /** Spares that are up: not among the workers, nor in the totals. */
  readonly spares: number
  /** Workers that do not end (G4). One whose place another one has is not among the workers, nor in the totals. */
  readonly stuck: number
  /** How many workers the pool is to have now, and its bounds. Workers that leave are among `workers` until they are gone. */
  readonly size: { readonly current: number; readonly min: number; readonly max: number }
  readonly queue: { readonly length: number; readonly waiting: number; readonly capacity: number }
  readonly counts: PoolCounts
}

export interface ForEachOptions extends RunOptions {
  /** Items per message. Default: sized from measured time per item, towards 2 ms a chunk. */
  readonly chunkSize?: number | undefined
  /** Most chunks in flight. Default `2 × size × concurrency`. */
  readonly concurrency?: number | undefined
  /** Where the results go, see `ResultArray`. */
  readonly into?: TypedArray | undefined
}

/**
 * What `forEach` can put results into that it does not have to make: a typed array of the caller's, as long as the inputs
 * or longer. Numbers become what the array holds, as everywhere in JavaScript: `Uint8Array` keeps the lowest eight bits.
 *
 * @category models
 * @since 0.1.0
 */
export type ResultArray<A> = [A] extends [number]
  ? Exclude<TypedArray, BigIntArray>
  : [A] extends [bigint]
    ? BigIntArray
    : never

/** The engine behind a pool's tag. Its effects need nothing: the pool keeps what it needs. */
export interface PoolService {
  /**
   * `run` without options or a span, for a fiber that waits in an `Effect.callback` already: calls `resume` with the
   * outcome; what it returns interrupts the task.
   */
  readonly begin: (
    definition: TaskDefinition,
    payload: unknown,
    resume: (outcome: Effect<any, any>) => void
  ) => Effect<void> | void
  readonly run: (definition: TaskDefinition, payload: unknown, options?: RunOptions) => Effect<any, any>
  readonly forEach: (
    definition: TaskDefinition,
    inputs: Iterable<unknown>,
    options?: ForEachOptions
  ) => Effect<any, any>
  readonly fork: (
    definition: TaskDefinition,
    payload: unknown,
    options?: RunOptions
  ) => Effect<ForkedTask, TaskError, Scope>
  readonly broadcast: (
    definition: TaskDefinition,
    payload: unknown,
    options?: RunOptions
  ) => Effect<ReadonlyArray<BroadcastResult<any, any>>, TaskError>
  readonly drain: Effect<void>
  readonly resize: (size: number | ElasticSize) => Effect<void>
  readonly recycle: Effect<void>
  readonly awaitFailed: Effect<never, TaskError>
  readonly snapshot: Effect<PoolSnapshot>
  /** Calls the listener synchronously with each event, until the returned function is called or the pool is closed. */
  readonly subscribe: (listener: (event: PoolEvent) => void, onEnd?: () => void) => () => void
  /** How many tasks `stream` keeps in flight where each input travels alone. */
  readonly readAhead: number
  /** How many chunks it keeps in flight. */
  readonly chunksAhead: number
  /** How many inputs of a task it puts into one message now. */
  /** Takes an input as it is now, for a call that comes later; the call is given what this answers. */
  readonly drawing: (definition: TaskDefinition) => (payload: unknown) => unknown
  readonly chunkSizeOf: (definition: TaskDefinition) => number
}

/**
 * The pool that tasks run on unless they are bound to another one with `Task.on`.
 *
 * @category services
 * @since 0.1.0
 */
export class TaskPool extends Context.Service<TaskPool, PoolService>()("@heddle/core/TaskPool") {}
