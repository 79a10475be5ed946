/**
 * The pool as a service: called by `Task`, implemented by the engine. Types, and the tag of the default pool.
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
import type { MakeChannel, MakePipe } from "./channel.ts"
import type { TaskDefinition } from "./definition.ts"
import type { SlotIndex, TaskId, WorkerId } from "./ids.ts"
import type { ElasticSize } from "./lifecycle.ts"
import type { RunOptions } from "./options.ts"
import type { ExitDetail, Receipt, TaskStatus } from "./outcome.ts"
import type { Progress } from "./progress.ts"
import type { ReserveOptions } from "./reserveOptions.ts"
import type { ReferencePort, ServiceDefinition, StartOptions } from "./service.ts"
import type { ElementsPull, SendElements } from "./streamPull.ts"

/** A forked task, bound to the scope it was forked in. */
export interface TaskHandle<out A, out E> {
  readonly id: TaskId
  /** Waits for the outcome. Each wait gives the same outcome; interrupting a wait leaves the task alone. */
  readonly await: Effect<A, E | TaskError>
  /**
   * Interrupts the task and waits (G3); the receipt tells the effect. Interrupting a settled task is clean and free.
   */
  readonly interrupt: Effect<Receipt>
  /** Moves the deadline to this long from now, whether or not there was a deadline. */
  readonly setDeadline: (deadline: Duration.Input) => Effect<void>
  /** Emits the current status, then each change; ends after `settled`. */
  readonly observe: Stream<TaskStatus>
  /**
   * Emits how far the handler says it has come, from now on, the newest report alone to a slow reader; ends with the task. The
   * handler's reports are sent only while somebody reads this stream.
   */
  readonly progress: Stream<Progress>
}

/** The engine's side of a handle. */
export interface ForkedTask extends Omit<TaskHandle<any, any>, "observe" | "progress"> {
  /** Calls the listener with each report, until the returned function is called, and `onEnd` when the task has settled. */
  readonly watchProgress: (listener: (progress: Progress) => void, onEnd: () => void) => () => void
  /**
   * Calls the listener synchronously with the current status, then with each change, until the returned function is
   * called.
   */
  readonly watch: (listener: (status: TaskStatus) => void) => () => void
}

/** The result of a broadcast task on one worker. */
export interface BroadcastResult<out A, out E> {
  readonly worker: WorkerId
  readonly exit: Exit<A, E | TaskError>
}

/** A worker that is `halted` or `gone` has no seat any more. */
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
  /** Names of the tasks that are running, or next to run. */
  readonly running: ReadonlyArray<string>
  /** Tasks sent to the worker, without a known start. */
  readonly ahead: number
  readonly settled: number
  /** Whether the worker is reserved: see `TaskPool.reserve`. */
  readonly reserved: boolean
}

/** Outcomes counted since the pool was made; an item of a `forEach` counts as a task. */
export interface PoolCounts {
  readonly submitted: number
  readonly succeeded: number
  readonly failed: number
  readonly died: number
  readonly interrupted: number
  readonly lost: number
  readonly rejected: number
  /** Dropped replies: for a settled task, or from a replaced worker. */
  readonly late: number
  readonly requeued: number
}

/**
 * An immutable picture of a pool. `total = busy + idle` over the workers that are up; starting workers are not counted.
 * A worker is busy while it holds a task. A caller taking the snapshot inside a reply sees the moment before the next
 * task is dispatched.
 */
export interface PoolSnapshot {
  readonly state: "starting" | "open" | "draining" | "closing" | "closed" | "failed"
  readonly total: number
  readonly busy: number
  readonly idle: number
  readonly workers: ReadonlyArray<WorkerSnapshot>
  /** Spares that are up; neither among the workers nor in the totals. */
  readonly spares: number
  /** Workers that do not end (G4). A replaced stuck worker is neither among the workers nor in the totals. */
  readonly stuck: number
  /** The target number of workers, and its bounds. Retiring workers stay among `workers` until they are gone. */
  readonly size: { readonly current: number; readonly min: number; readonly max: number }
  readonly queue: { readonly length: number; readonly waiting: number; readonly capacity: number }
  /** How many reservations hold a worker, and how many wait for one: see `TaskPool.reserve`. */
  readonly reservations: { readonly held: number; readonly waiting: number }
  readonly counts: PoolCounts
}

export interface ForEachOptions extends RunOptions {
  /** Items per message. Default: sized from measured time per item, towards 2 ms a chunk. */
  readonly chunkSize?: number | undefined
  /** Most chunks in flight. Default `2 × size × concurrency`. */
  readonly concurrency?: number | undefined
  /** The array to write results to, see `ResultArray`. */
  readonly into?: TypedArray | undefined
}

/**
 * A typed array of the caller for the results of `forEach`, at least as long as the inputs. Numbers are converted to
 * the element type, as everywhere in JavaScript: `Uint8Array` keeps the lowest eight bits.
 *
 * @category models
 * @since 0.1.0
 */
export type ResultArray<A> = [A] extends [number]
  ? Exclude<TypedArray, BigIntArray>
  : [A] extends [bigint]
    ? BigIntArray
    : never

/** The engine's side of a reservation. */
export interface ReservedWorker {
  readonly worker: WorkerId
  readonly exit: Effect<ExitDetail>
  readonly snapshot: Effect<WorkerSnapshot>
  readonly run: (definition: TaskDefinition, payload: unknown, options?: RunOptions) => Effect<any, any>
  readonly forEach: (
    definition: TaskDefinition,
    inputs: Iterable<unknown>,
    options?: ForEachOptions
  ) => Effect<any, any>
  readonly openStream: PoolService["openStream"]
  readonly fork: (
    definition: TaskDefinition,
    payload: unknown,
    options?: RunOptions
  ) => Effect<ForkedTask, TaskError, Scope>
}

/** The engine behind a pool's tag. Its effects have no requirements: the pool has captured its services. */
export interface PoolService {
  /**
   * `run` without options or a span, for a fiber already waiting in an `Effect.callback`. Calls `resume` with the
   * outcome; the returned Effect interrupts the task.
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
  /** Starts a streaming task, which the scope owns. `send`: runs the caller's own stream. */
  readonly openStream: (
    definition: TaskDefinition,
    payload: unknown,
    send?: SendElements,
    options?: RunOptions
  ) => Effect<ElementsPull, any, Scope>
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
  /** Gives one worker to the scope: see `Reserved`. */
  readonly reserve: (options?: ReserveOptions) => Effect<ReservedWorker, TaskError, Scope>
  /** Starts a service on a worker of its own, for the scope. */
  readonly startService: (
    definition: ServiceDefinition,
    payload: unknown,
    options?: StartOptions
  ) => Effect<ReferencePort, any, Scope>
  readonly drain: Effect<void>
  readonly resize: (size: number | ElasticSize) => Effect<void>
  readonly recycle: Effect<void>
  readonly awaitFailed: Effect<never, TaskError>
  readonly snapshot: Effect<PoolSnapshot>
  readonly makeChannel: MakeChannel
  readonly makePipe: MakePipe
  /** Calls the listener synchronously with each event, until the returned function is called or the pool is closed. */
  readonly subscribe: (listener: (event: PoolEvent) => void, onEnd?: () => void) => () => void
  /** How many tasks `stream` keeps in flight when each input travels alone. */
  readonly readAhead: number
  /** How many chunks `stream` keeps in flight. */
  readonly chunksAhead: number
  /** Returns a function that captures an input now, for a later call, which takes the captured input as its payload. */
  readonly drawing: (definition: TaskDefinition) => (payload: unknown) => unknown
  /** Returns how many inputs of a task to put into one message now. */
  readonly chunkSizeOf: (definition: TaskDefinition) => number
}

/**
 * The pool that tasks run on, unless `Task.on` binds them to another pool.
 *
 * @category services
 * @since 0.1.0
 */
export class TaskPool extends Context.Service<TaskPool, PoolService>()("@heddle/core/TaskPool") {}
