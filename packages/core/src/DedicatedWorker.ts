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
import type { DedicatedWorker, StartOptions, WithMailbox } from "./internal/model/dedicated.ts"
import { type PlainSchema, TypeId } from "./internal/model/definition.ts"
import type { End } from "./internal/model/end.ts"
import { own } from "./internal/model/own.ts"
import { toSchema } from "./internal/model/schemas.ts"
import { makePipe, pipeSettings } from "./internal/shared/channels/makePipe.ts"
import { ElementCodec } from "./protocol/values/ElementCodec.ts"
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
  type StartOptions,
  /**
   * @category models
   * @since 0.2.0
   */
  type WithMailbox
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
  Effect.suspend(() => dedicated.start(task[TypeId], () => Effect.succeed(pack(task, payload)), options))

/**
 * What crosses between a worker and its owner.
 *
 * - `sends`: what the owner sends to the task. `receives`: what the task sends to its owner.
 * - `buffer`: how many elements each direction holds at most (G14). Default 64.
 *
 * @category models
 * @since 0.2.0
 */
export interface Mailbox<S, R> {
  readonly sends: S
  readonly receives: R
  readonly buffer?: number | undefined
}

/**
 * Starts a worker with a mailbox: an actor. `payload` is given the task's end of the mailbox, to be put into the payload; the owner's end is
 * `mailbox`. State lives in the task for as long as the worker does, and messages are handled one at a time, because the task receives one
 * after another. The messages of a lost worker are lost with it; a `Supervisor` starts another worker, with a mailbox of its own.
 *
 * **Example** (A counter with a worker of its own)
 *
 * ```ts
 * import { DedicatedWorker, Pipe, Task } from "@heddle/core"
 * import { SimulatedWorkers, Simulation } from "@heddle/testing"
 * import { Effect, Schema, Stream } from "effect"
 *
 * const Counter = Task.make("Counter", { payload: { end: Pipe.End(Schema.Int, Schema.Int) } })
 * const handlers = Counter.toLayer(({ end }) => {
 *   let total = 0
 *   return Effect.orDie(Stream.runForEach(end.stream, (n) => end.send((total += n))))
 * })
 *
 * const program = Effect.scoped(
 *   Effect.gen(function* () {
 *     const types = { sends: Schema.Int, receives: Schema.Int }
 *     const { join, mailbox } = yield* DedicatedWorker.startWithMailbox(Counter, types, (end) => ({ end }))
 *     yield* mailbox.send(40)
 *     yield* mailbox.send(2)
 *     const totals = [yield* mailbox.receive, yield* mailbox.receive]
 *     yield* mailbox.end
 *     yield* join
 *     return totals
 *   })
 * ).pipe(Effect.provide(SimulatedWorkers.layer(handlers)))
 * const { exit } = Simulation.run(program)
 * console.log(exit._tag === "Success" && exit.value) // => [ 40, 42 ]
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const startWithMailbox = <
  Args extends ReadonlyArray<any>,
  A,
  E,
  S extends PlainSchema,
  R extends PlainSchema
>(
  task: Callable<Args, A, E>,
  mailbox: Mailbox<S, R>,
  payload: (end: End<R["Type"], S["Type"]>) => PayloadOf<Args>,
  options?: StartOptions
): Effect.Effect<
  DedicatedWorker<A, E> & WithMailbox<S["Type"], R["Type"]>,
  TaskError,
  WorkerTransport | Scope.Scope
> =>
  Effect.suspend(() => {
    const { buffer, receives, sends } = own(mailbox)
    const settings = pipeSettings(buffer, undefined)
    const there = new ElementCodec(toSchema("sends", sends), undefined)
    const back = new ElementCodec(toSchema("receives", receives), undefined)
    let mine: End<S["Type"], R["Type"]> | undefined
    const makePayload: dedicated.MakePayload = (make) =>
      // The pool of the worker has just opened.
      Effect.map(Effect.orDie(makePipe(make(settings), there, back)), ({ a, b }) => {
        mine = a
        return pack(task, payload(b))
      })
    return Effect.map(dedicated.start(task[TypeId], makePayload, options), (worker) => ({
      ...worker,
      mailbox: mine!
    }))
  })
