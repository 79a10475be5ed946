/**
 * A worker reserved for a scope, as its holder sees the worker. Types only.
 *
 * @since 0.2.0
 */
import type { Effect } from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { TaskError } from "../../TaskError.ts"
import type { Callable, PayloadOf, RunStream } from "./callable.ts"
import type { WorkerId } from "./ids.ts"
import type { RunOptions } from "./options.ts"
import type { ExitDetail } from "./outcome.ts"
import type { ForEachOptions, ResultArray, TaskHandle, WorkerSnapshot } from "./pool.ts"

/**
 * One worker of a pool, reserved for a scope. The worker runs the calls made here, in the order in which they were made, as many
 * at a time as the pool's `concurrency`. It runs nothing else, except tasks that these calls call themselves.
 *
 * A call has the same outcomes as on the pool (G1, G3). When the worker ends, its calls fail with `WorkerLost`, also
 * those of idempotent tasks, since no other worker has the state of this one. Later calls fail likewise. After the scope has
 * closed, calls fail with `PoolClosed`.
 *
 * @category models
 * @since 0.2.0
 */
export interface Reserved {
  /** The number of the worker in its pool, as in events and snapshots. */
  readonly worker: WorkerId
  /** Runs a task on this worker. */
  readonly run: <Args extends ReadonlyArray<any>, A, E>(
    task: Callable<Args, A, E>,
    payload: PayloadOf<Args>,
    options?: RunOptions
  ) => Effect<A, E | TaskError>
  /** Runs a task on every input, on this worker, in chunks, failing fast: see `TaskPool.forEach`. */
  readonly forEach: {
    <Args extends ReadonlyArray<any>, A extends number | bigint, E, Into extends ResultArray<A>>(
      task: Callable<Args, A, E>,
      inputs: Iterable<PayloadOf<Args>>,
      options: ForEachOptions & { readonly into: Into }
    ): Effect<Into, E | TaskError>
    <Args extends ReadonlyArray<any>, A, E>(
      task: Callable<Args, A, E>,
      inputs: Iterable<PayloadOf<Args>>,
      options?: ForEachOptions & { readonly into?: undefined }
    ): Effect<Array<A>, E | TaskError>
  }
  /** Calls a streaming task on this worker. */
  readonly runStream: RunStream<never>
  /** Starts a task on this worker, owned by the current scope. */
  readonly fork: <Args extends ReadonlyArray<any>, A, E>(
    task: Callable<Args, A, E>,
    payload: PayloadOf<Args>,
    options?: RunOptions
  ) => Effect<TaskHandle<A, E>, TaskError, Scope>
  /**
   * Waits until the worker has ended, and tells how. A worker stuck in native code counts as ended (G4); its detail has neither
   * exit code nor signal. Never fails; interrupting the wait leaves the worker alone.
   */
  readonly exit: Effect<ExitDetail>
  /** The worker as it is now. After its end, the last state. */
  readonly snapshot: Effect<WorkerSnapshot>
}
