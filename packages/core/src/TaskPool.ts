/**
 * `TaskPool`: runs tasks. A scoped service that owns workers, a bounded queue and a dispatcher.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { make as makeService } from "./internal/host/pool/service.ts"
import { stream as stream_ } from "./internal/shared/stream.ts"
import { eventsOf, toHandle, toReserved } from "./internal/host/pool/observe.ts"
import { type Callable, openStream, pack, type PayloadOf, type RunStream } from "./internal/model/callable.ts"
import { type AnyTask, TypeId } from "./internal/model/definition.ts"
import type { ElasticSize } from "./internal/model/lifecycle.ts"
import { own } from "./internal/model/own.ts"
import type { PoolOptions, RunOptions } from "./internal/model/options.ts"
import {
  type BroadcastResult,
  type ForEachOptions,
  type PoolService,
  type PoolSnapshot,
  type ResultArray,
  TaskPool,
  type TaskHandle
} from "./internal/model/pool.ts"
import type { Reserved } from "./internal/model/reservation.ts"
import type { ReserveOptions } from "./internal/model/reserveOptions.ts"
import type { PoolEvent } from "./PoolEvent.ts"
import type { TaskError } from "./TaskError.ts"
import type { WorkerTransport } from "./WorkerTransport.ts"

export {
  /**
   * @category errors
   * @since 0.1.0
   */
  InvalidOption
} from "./InvalidOption.ts"
export {
  /**
   * @category models
   * @since 0.1.0
   */
  type PoolOptions,
  /**
   * @category models
   * @since 0.1.0
   */
  type RunOptions
} from "./internal/model/options.ts"
export {
  /**
   * @category models
   * @since 0.1.0
   */
  type ElasticSize,
  /**
   * @category models
   * @since 0.1.0
   */
  type RecycleOptions,
  /**
   * @category models
   * @since 0.1.0
   */
  type StuckOptions,
  /**
   * @category models
   * @since 0.1.0
   */
  type RestartOptions
} from "./internal/model/lifecycle.ts"
export {
  /**
   * @category type-level
   * @since 0.1.0
   */
  type PayloadOf
} from "./internal/model/callable.ts"
export {
  /**
   * @category models
   * @since 0.2.0
   */
  type ReserveOptions
} from "./internal/model/reserveOptions.ts"
export {
  /**
   * @category models
   * @since 0.2.0
   */
  type Reserved
} from "./internal/model/reservation.ts"
export {
  /**
   * @category models
   * @since 0.2.0
   */
  type ExitDetail,
  /**
   * @category models
   * @since 0.1.0
   */
  type Receipt,
  /**
   * @category models
   * @since 0.1.0
   */
  type TaskStatus
} from "./internal/model/outcome.ts"
export {
  /**
   * How far a task has come, or a `forEach` or `stream` of tasks.
   *
   * @category models
   * @since 0.2.0
   */
  type Progress
} from "./internal/model/progress.ts"
export {
  /**
   * @category models
   * @since 0.1.0
   */
  type BroadcastResult,
  /**
   * @category models
   * @since 0.1.0
   */
  type ForEachOptions,
  /**
   * @category models
   * @since 0.1.0
   */
  type PoolService,
  /**
   * @category models
   * @since 0.1.0
   */
  type PoolSnapshot,
  /**
   * @category models
   * @since 0.1.0
   */
  type ResultArray,
  /**
   * @category models
   * @since 0.1.0
   */
  type TaskHandle,
  /**
   * The default pool's tag.
   *
   * @category services
   * @since 0.1.0
   */
  TaskPool
} from "./internal/model/pool.ts"

/**
 * The operations of one pool; `R` is its tag.
 *
 * @category models
 * @since 0.1.0
 */
export interface Operations<R> {
  /** Runs a task with options of its own. `run(task, payload)` is `task(payload)`, on this pool. */
  readonly run: <Args extends ReadonlyArray<any>, A, E>(
    task: Callable<Args, A, E>,
    payload: PayloadOf<Args>,
    options?: RunOptions
  ) => Effect.Effect<A, E | TaskError, R>
  /**
   * Runs a task on every input, in order, like `Pool(4).map`: in chunks sized from measured time, with a bounded number
   * of chunks ahead. The first failure interrupts the rest and waits for their end (G3).
   *
   * With `into`, numeric results are written to a typed array of the caller, which is then also the result; no list of
   * results is made. After a failure or an interruption, the array holds some of the results.
   */
  readonly forEach: {
    <Args extends ReadonlyArray<any>, A extends number | bigint, E, Into extends ResultArray<A>>(
      task: Callable<Args, A, E>,
      inputs: Iterable<PayloadOf<Args>>,
      options: ForEachOptions & { readonly into: Into }
    ): Effect.Effect<Into, E | TaskError, R>
    <Args extends ReadonlyArray<any>, A, E>(
      task: Callable<Args, A, E>,
      inputs: Iterable<PayloadOf<Args>>,
      options?: ForEachOptions & { readonly into?: undefined }
    ): Effect.Effect<Array<A>, E | TaskError, R>
  }
  /**
   * Runs a task on every element of a stream or iterable of any length: results in order, or as they complete with
   * `ordered: false`. Back-pressure works both ways; at most `concurrency` messages are in flight. The first failure
   * ends the stream at once, in order or not, without waiting for outstanding earlier results. By the end of the
   * stream, however reached, each of its tasks has a receipt (G3).
   */
  readonly stream: <Args extends ReadonlyArray<any>, A, E, E2 = never, R2 = never>(
    task: Callable<Args, A, E>,
    inputs: Iterable<PayloadOf<Args>> | Stream.Stream<PayloadOf<Args>, E2, R2>,
    options?: StreamOptions
  ) => Stream.Stream<A, E | E2 | TaskError, R | R2>
  /** Calls a streaming task with options of its own. `runStream(task, payload)` is `task(payload)`, on this pool. */
  readonly runStream: RunStream<R>
  /** Starts a task on its own, owned by the current scope. Closing the scope interrupts the task and waits. */
  readonly fork: <Args extends ReadonlyArray<any>, A, E>(
    task: Callable<Args, A, E>,
    payload: PayloadOf<Args>,
    options?: RunOptions
  ) => Effect.Effect<TaskHandle<A, E>, TaskError, R | Scope.Scope>
  /** Runs a task once on every ready worker that is not reserved; succeeds with one result per worker. */
  readonly broadcast: <Args extends ReadonlyArray<any>, A, E>(
    task: Callable<Args, A, E>,
    payload: PayloadOf<Args>,
    options?: RunOptions
  ) => Effect.Effect<ReadonlyArray<BroadcastResult<A, E>>, TaskError, R>
  /**
   * Reserves one idle worker for the current scope. Closing the scope interrupts the calls made on the worker, waits for their
   * end (G2, G3), and has the pool replace the worker, unless `reuse` says otherwise. A waiting reservation goes before queued
   * tasks.
   *
   * Fails with `AllReserved`, at once, when the pool would have no worker left for other tasks; with `DeadlineExceeded` (phase
   * `queue`) when no worker is idle in time; with `PoolClosed` when the pool closes. In a handler, fails with `HostOnly`.
   */
  readonly reserve: (options?: ReserveOptions) => Effect.Effect<Reserved, TaskError, R | Scope.Scope>
  /** Completes once every task has its outcome; the pool stays open. Does not wait for abandoned handlers. */
  readonly drain: Effect.Effect<void, never, R>
  /**
   * Changes the number of workers; returns at once. Additional workers start side by side. To shrink, idle workers end
   * first, and busy workers end after their running tasks. No task is lost, and there are never more workers than the
   * larger of both sizes.
   */
  readonly resize: (size: number | ElasticSize) => Effect.Effect<void, never, R>
  /** Replaces every worker: idle workers at once, busy workers after their running tasks. Returns at once. */
  readonly recycle: Effect.Effect<void, never, R>
  /**
   * Waits until the pool fails, and fails with the reason (G11), so that a `Supervisor` restarts the pool. Fails with
   * `PoolClosed` when the pool is closed.
   */
  readonly awaitFailed: Effect.Effect<never, TaskError, R>
  readonly snapshot: Effect.Effect<PoolSnapshot, never, R>
  /**
   * All events from now on, until the pool is closed. A slow reader loses the oldest events, and never slows the pool.
   */
  readonly events: Stream.Stream<PoolEvent, never, R>
}

/**
 * @category models
 * @since 0.1.0
 */
export interface StreamOptions extends RunOptions {
  /** Default `true`. */
  readonly ordered?: boolean | undefined
  /**
   * Most messages in flight; without a `chunkSize`, each message then holds one input. Default `2 × size ×
   * concurrency`.
   */
  readonly concurrency?: number | undefined
  /**
   * Inputs per message. Default: the available inputs, sized from measured time per item towards 2 ms, at most 64.
   * Default 1 for a task or a call with limits or other options, because such options apply to each input. A chunk
   * fails as a whole.
   */
  readonly chunkSize?: number | undefined
}

const operationsOf = <R>(tag: Context.Key<R, PoolService>): Operations<R> => {
  const use = <A, E, R2>(f: (pool: PoolService) => Effect.Effect<A, E, R2>): Effect.Effect<A, E, R | R2> =>
    Effect.flatMap(tag as Effect.Effect<PoolService, never, R>, f)
  return {
    run: (task, payload, options) => use((pool) => pool.run(task[TypeId], pack(task, payload), options)),
    forEach: (task: AnyTask, inputs: Iterable<unknown>, options?: ForEachOptions) =>
      use((pool) => pool.forEach(task[TypeId], inputs, options)),
    stream: (task, inputs, options) => {
      const { chunkSize, concurrency, ordered, ...runOptions } = own(options ?? {})
      const settings = { chunkSize, concurrency, ordered }
      return Stream.unwrap(
        use((pool) => Effect.succeed(stream_(pool, task[TypeId], inputs, settings, runOptions)))
      )
    },
    runStream: (task: AnyTask, payload: unknown, ...rest: ReadonlyArray<any>) =>
      Stream.unwrap(use((pool) => Effect.succeed(openStream(pool, task, payload, rest)))),
    fork: (task, payload, options) =>
      use((pool) => Effect.map(pool.fork(task[TypeId], pack(task, payload), options), toHandle)),
    broadcast: (task, payload, options) =>
      use((pool) => pool.broadcast(task[TypeId], pack(task, payload), options)),
    reserve: (options) => use((pool) => Effect.map(pool.reserve(options), toReserved)),
    drain: use((pool) => pool.drain),
    resize: (size) => use((pool) => pool.resize(size)),
    recycle: use((pool) => pool.recycle),
    awaitFailed: use((pool) => pool.awaitFailed),
    snapshot: use((pool) => pool.snapshot),
    events: Stream.unwrap(use((pool) => Effect.succeed(eventsOf(pool))))
  }
}

/**
 * Starts a pool, which is usable when its first worker is ready. Fails with `SpawnFailed` when that worker cannot
 * start. Closing the scope closes the pool: see `onClose`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: (
  options?: PoolOptions
) => Effect.Effect<PoolService, TaskError, WorkerTransport | Scope.Scope> = makeService

/**
 * The default pool as a layer.
 *
 * **Gotchas**
 *
 * A layer is built where it is provided, so provide the layer once, around the program. Providing the layer inside a
 * loop or per request starts and stops a pool each time.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: PoolOptions): Layer.Layer<TaskPool, TaskError, WorkerTransport> =>
  Layer.effect(TaskPool, make(options))

const ofDefault = operationsOf(TaskPool)

/**
 * Runs a task on the default pool with options of its own.
 *
 * @category operations
 * @since 0.1.0
 */
export const run = ofDefault.run

/**
 * Runs a task on every input, in order, chunked, failing fast.
 *
 * @category operations
 * @since 0.1.0
 */
export const forEach = ofDefault.forEach

/**
 * Runs a task on every element of a stream or iterable.
 *
 * @category operations
 * @since 0.1.0
 */
export const stream = ofDefault.stream

/**
 * Calls a streaming task on the default pool with options of its own.
 *
 * @category operations
 * @since 0.2.0
 */
export const runStream = ofDefault.runStream

/**
 * Starts a task on its own, owned by the current scope.
 *
 * @category operations
 * @since 0.1.0
 */
export const fork = ofDefault.fork

/**
 * Reserves one worker of the default pool for the current scope: the worker runs the calls made on it, and nothing else. For
 * state that lives in a worker between calls, and for calls that must not wait behind others.
 *
 * **Example** (Calls that find what earlier calls left)
 *
 * ```ts
 * import { Task, TaskPool } from "@heddle/core"
 * import { SimulatedWorkers, Simulation } from "@heddle/testing"
 * import { Effect, Layer, Schema } from "effect"
 *
 * const Add = Task.make("Add", { payload: Schema.Int, success: Schema.Int })
 * const handlers = Add.toLayer(
 *   Effect.sync(() => {
 *     let total = 0
 *     return (n) => Effect.sync(() => (total += n))
 *   })
 * )
 *
 * const program = Effect.scoped(
 *   Effect.gen(function* () {
 *     const worker = yield* TaskPool.reserve()
 *     yield* worker.run(Add, 40)
 *     return yield* worker.run(Add, 2)
 *   })
 * ).pipe(Effect.provide(Layer.provide(TaskPool.layer({ size: 2 }), SimulatedWorkers.layer(handlers))))
 * const { exit } = Simulation.run(program)
 * console.log(exit._tag === "Success" && exit.value) // => 42
 * ```
 *
 * @category operations
 * @since 0.2.0
 */
export const reserve = ofDefault.reserve

/**
 * Runs a task once on every worker that is ready and not reserved.
 *
 * @category operations
 * @since 0.1.0
 */
export const broadcast = ofDefault.broadcast

/**
 * Completes once no task is waiting, queued or running.
 *
 * @category operations
 * @since 0.1.0
 */
export const drain = ofDefault.drain

/**
 * Changes how many workers the default pool has, or the bounds between which it follows its load.
 *
 * @category lifecycle
 * @since 0.1.0
 */
export const resize = ofDefault.resize

/**
 * Replaces every worker of the default pool, each after its running tasks.
 *
 * @category lifecycle
 * @since 0.1.0
 */
export const recycle = ofDefault.recycle

/**
 * Waits until the default pool fails, and fails with the reason.
 *
 * @category lifecycle
 * @since 0.1.0
 */
export const awaitFailed = ofDefault.awaitFailed

/**
 * An immutable picture of the default pool.
 *
 * @category observability
 * @since 0.1.0
 */
export const snapshot = ofDefault.snapshot

/**
 * All events of the default pool from now on.
 *
 * @category observability
 * @since 0.1.0
 */
export const events = ofDefault.events

/**
 * A pool of its own beside the default one: `class Hash extends TaskPool.Service<Hash>()("app/Hash") {}`, then
 * `Hash.layer({ size: 2 })`, `Hash.run(task, payload)`, and `task.on(Hash)`.
 *
 * @category services
 * @since 0.1.0
 */
export const Service =
  <Self>() =>
  <const Id extends string>(id: Id) => {
    const tag = Context.Service<Self, PoolService>()(id)
    return Object.assign(tag, operationsOf<Self>(tag), {
      layer: (options?: PoolOptions): Layer.Layer<Self, TaskError, WorkerTransport> =>
        Layer.effect(tag, make({ name: id, ...options }))
    })
  }
