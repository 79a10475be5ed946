/**
 * `DedicatedWorker`: a worker that runs one task, as the Process and the Thread of Python do.
 *
 * A pool is the better choice for many tasks: it keeps its workers, and replaces a lost one. A dedicated worker is for one long task
 * that wants a thread or process of its own: a loop, a server, a computation that may crash.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as dedicated from "./internal/host/pool/dedicated.ts"
import { type Callable, pack, type PayloadOf } from "./internal/model/callable.ts"
import type { DedicatedWorker, StartOptions } from "./internal/model/dedicated.ts"
import { TypeId } from "./internal/model/definition.ts"
import type { TaskError } from "./TaskError.ts"
import type { WorkerTransport } from "./WorkerTransport.ts"

export {
  /**
   * @category models
   * @since 0.2.0
   */
  type DedicatedWorker,
  /**
   * @category models
   * @since 0.2.0
   */
  type StartOptions
} from "./internal/model/dedicated.ts"

/**
 * Starts a worker for the current scope, and its task. Succeeds when the worker is ready; fails with `SpawnFailed` when it cannot
 * start, and like a call when the task is refused (`UnknownTask`, `NotSerializable`, `Malformed`). The transport says what the worker is: a thread, a process, a simulated worker.
 *
 * The worker ends when the task ends, or when the scope closes: then the task is interrupted, and closing waits (G2, G3). A worker that
 * dies is not replaced: `join` fails with `WorkerLost`, and a `Supervisor` starts another one.
 *
 * **Example** (A worker for one computation)
 *
 * ```ts
 * import { DedicatedWorker, Task } from "@heddle/core"
 * import { SimulatedWorkers, Simulation } from "@heddle/testing"
 * import { Effect, Schema } from "effect"
 *
 * const Sum = Task.make("Sum", { payload: { upTo: Schema.Int }, success: Schema.Int })
 * const handlers = Sum.toLayer(({ upTo }) => Effect.succeed((upTo * (upTo + 1)) / 2))
 *
 * const program = Effect.scoped(
 *   Effect.gen(function* () {
 *     const worker = yield* DedicatedWorker.start(Sum, { upTo: 100 })
 *     const sum = yield* worker.join
 *     return [sum, (yield* worker.exit).exitCode, yield* worker.isAlive]
 *   })
 * ).pipe(Effect.provide(SimulatedWorkers.layer(handlers)))
 * const { exit } = Simulation.run(program)
 * console.log(exit._tag === "Success" && exit.value) // => [ 5050, 0, false ]
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const start = <Args extends ReadonlyArray<any>, A, E>(
  task: Callable<Args, A, E>,
  payload: PayloadOf<Args>,
  options?: StartOptions
): Effect.Effect<DedicatedWorker<A, E>, TaskError, WorkerTransport | Scope.Scope> =>
  Effect.suspend(() => dedicated.start(task[TypeId], pack(task, payload), options))
