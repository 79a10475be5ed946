/**
 * `SharedService`: state that lives in one worker, and typed methods that anybody calls, as the Manager of Python does.
 *
 * The program starts the service and gets a reference. The reference travels inside payloads, results and elements of channels, to
 * tasks on any worker of the pool; calling a method of it is a call of a task, with the outcomes of one. The methods run one at a time
 * unless the definition says otherwise, so that they need no locks.
 *
 * @since 0.2.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { defaults } from "./internal/model/defaults.ts"
import { type PlainSchema, TypeId as TaskTypeId } from "./internal/model/definition.ts"
import type { HandlerContext, TaskHandlers } from "./internal/model/handler.ts"
import type { RunOptions } from "./internal/model/options.ts"
import { own } from "./internal/model/own.ts"
import type { PolicyOptions } from "./internal/model/policy.ts"
import { type PoolService, TaskPool } from "./internal/model/pool.ts"
import type { ToSchema } from "./internal/model/schemas.ts"
import {
  checkMethodName,
  type HostView,
  type ServiceDefinition,
  type ServiceSnapshot,
  type ServiceToken,
  type StartOptions,
  TypeId
} from "./internal/model/service.ts"
import { checkKeys, integer, unexpected } from "./internal/model/validation.ts"
import { makeReference, portOf, referenceSchema } from "./internal/shared/services/reference.ts"
import { toLayer } from "./internal/worker/services/serve.ts"
import * as Task from "./Task.ts"
import { HostOnly, TaskError } from "./TaskError.ts"

export {
  /**
   * @category models
   * @since 0.2.0
   */
  type ServiceSnapshot,
  /**
   * @category models
   * @since 0.2.0
   */
  type StartOptions
} from "./internal/model/service.ts"

/**
 * One method: its schemas, and its policy (see `PolicyOptions`).
 *
 * - `payload`: a schema, or the fields of a struct. Default: none.
 * - `success`, `error`: schemas. Default: void, and no failure.
 * - `idempotent` of the policy: a call that was under way when the worker died runs again after a restart.
 *
 * @category models
 * @since 0.2.0
 */
export interface MethodOptions extends PolicyOptions {
  readonly payload?: PlainSchema | Schema.Struct.Fields | undefined
  readonly success?: PlainSchema | undefined
  readonly error?: PlainSchema | undefined
}

type Methods = Readonly<Record<string, MethodOptions>>

type PayloadOf<M> = M extends { readonly payload: infer P } ? ToSchema<P> : Schema.Void
type SuccessOf<M> = M extends { readonly success: infer A extends PlainSchema } ? A["Type"] : void
type ErrorOf<M> = M extends { readonly error: infer E extends PlainSchema } ? E["Type"] : never

/** The payload, as in the call of a task, then the options. */
type ArgsOf<P extends PlainSchema, O> = [...Task.Args<P>, options?: O]

/**
 * A reference to any service.
 *
 * @category models
 * @since 0.2.0
 */
export interface AnyReference {
  readonly [TypeId]: unknown
}

/**
 * A reference to a service: one function for each method, each a call of a task with the outcomes of one (G1, G3, G9). Interrupting a
 * call interrupts the method, and waits for its finalizers.
 *
 * A reference works wherever it has arrived, for as long as the service lives. Once the service is gone, each call fails at once with
 * `ServiceLost`, which names the service and tells how its worker ended; a call that was running then fails with `WorkerLost`. While
 * the service starts again, calls wait.
 *
 * @category models
 * @since 0.2.0
 */
export type Reference<M> = AnyReference & {
  readonly [K in keyof M & string]: (
    ...args: ArgsOf<PayloadOf<M[K]>, RunOptions>
  ) => Effect.Effect<SuccessOf<M[K]>, ErrorOf<M[K]> | TaskError>
}

/**
 * The methods of a service, in its worker. Each is called as the handler of a task is.
 *
 * @category models
 * @since 0.2.0
 */
export type Implementation<M, R = never> = {
  readonly [K in keyof M & string]: (
    payload: PayloadOf<M[K]>["Type"],
    context: HandlerContext
  ) => Effect.Effect<SuccessOf<M[K]>, ErrorOf<M[K]>, R>
}

type ServicesOf<H> = {
  readonly [K in keyof H]: H[K] extends (...args: any) => Effect.Effect<any, any, infer R> ? R : never
}[keyof H]

/**
 * A service. The definition is a contract: host and worker import the same one.
 *
 * - `start`: starts the service on a worker of its own, for the current scope.
 * - `schema`: the schema of a reference, for payloads, results and elements.
 * - `toLayer`: serves the service in a worker.
 * - `of`: types an implementation.
 * - `on`: the same service, started on another pool than the default one.
 *
 * @category models
 * @since 0.2.0
 */
export interface SharedService<
  Name extends string,
  P extends PlainSchema,
  E extends PlainSchema,
  M extends Methods,
  Pool = TaskPool
> {
  readonly [TypeId]: ServiceDefinition
  readonly key: Name
  readonly schema: Schema.declareConstructor<Reference<M>, ServiceToken, readonly []>
  /**
   * Starts the service: reserves a worker of the pool, as `TaskPool.reserve` does, and has it acquire the state. Closing the scope
   * interrupts the running methods and waits for them, runs the finalizers of the state, and gives the worker back to the pool, which
   * replaces it (G2, G3).
   *
   * Fails with the service's own error when the state cannot be acquired; with `AllReserved`, at once, when the pool would have no
   * worker left for other tasks; with `DeadlineExceeded` when no worker is idle, or the state is not acquired, within `startTimeout`;
   * with `UnknownTask` when the workers do not serve the service. In a handler, fails with `HostOnly`. Throws `InvalidOption`.
   */
  readonly start: (
    ...args: ArgsOf<P, StartOptions>
  ) => Effect.Effect<Reference<M>, E["Type"] | TaskError, Pool | Scope.Scope>
  /**
   * The layer that serves the service. Every worker of the pool builds it, and only the worker on which the service is started runs
   * `acquire`: an Effect, or a function of the payload of `start`. The scope of `acquire` is closed when the service closes.
   *
   * Fibers forked in that scope live as long as the state. They belong to no task, so they can call no tasks.
   */
  readonly toLayer: <H extends Implementation<M, any>, RX = never>(
    acquire: Effect.Effect<H, E["Type"], RX> | ((payload: P["Type"]) => Effect.Effect<H, E["Type"], RX>)
  ) => Layer.Layer<never, never, TaskHandlers | ServicesOf<H> | Exclude<RX, Scope.Scope>>
  readonly of: <H extends Implementation<M, any>>(implementation: H) => H
  readonly on: <Self>(pool: Context.Key<Self, PoolService>) => SharedService<Name, P, E, M, Self>
}

/**
 * The definition of a service.
 *
 * - `methods`: by name; without a dot in it, and not `then`.
 * - `payload`: what `start` takes, a schema or the fields of a struct. Default: none.
 * - `error`: how acquiring the state may fail. Default: not at all.
 * - `concurrency`: how many methods run at a time, 1 to 64. Default 1: each method runs to its end before the next one begins, also
 *   while it waits for something. The others wait in the order in which they were called.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options<P, E, M> {
  readonly methods: M
  readonly payload?: P | undefined
  readonly error?: E | undefined
  readonly concurrency?: number | undefined
}

/**
 * Defines a service. Throws `InvalidOption` on an empty name or an invalid option.
 *
 * **Example** (A counter that the host and two tasks share)
 *
 * ```ts
 * import { SharedService, Task, TaskError, TaskPool } from "@heddle/core"
 * import { SimulatedWorkers, Simulation } from "@heddle/testing"
 * import { Effect, Layer, Schema } from "effect"
 *
 * const Counter = SharedService.make("Counter", {
 *   payload: { from: Schema.Int },
 *   methods: {
 *     add: { payload: { n: Schema.Int }, success: Schema.Int },
 *     total: { success: Schema.Int }
 *   }
 * })
 * const AddTo = Task.make("AddTo", {
 *   payload: { counter: Counter.schema, n: Schema.Int },
 *   success: Schema.Int,
 *   error: TaskError.TaskError
 * })
 *
 * const handlers = Layer.mergeAll(
 *   Counter.toLayer(({ from }) =>
 *     Effect.sync(() => {
 *       let total = from
 *       return Counter.of({
 *         add: ({ n }) => Effect.sync(() => (total += n)),
 *         total: () => Effect.sync(() => total)
 *       })
 *     })
 *   ),
 *   AddTo.toLayer(({ counter, n }) => counter.add({ n }))
 * )
 *
 * const program = Effect.scoped(
 *   Effect.gen(function* () {
 *     const counter = yield* Counter.start({ from: 2 })
 *     yield* Effect.all([AddTo({ counter, n: 30 }), AddTo({ counter, n: 10 })], { concurrency: 2 })
 *     return yield* counter.total()
 *   })
 * ).pipe(Effect.provide(Layer.provide(TaskPool.layer({ size: 3 }), SimulatedWorkers.layer(handlers))))
 * const { exit } = Simulation.run(program)
 * console.log(exit._tag === "Success" && exit.value) // => 42
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = <
  const Name extends string,
  const M extends Methods,
  P extends PlainSchema | Schema.Struct.Fields = Schema.Void,
  E extends PlainSchema = Schema.Never
>(
  name: Name,
  given: Options<P, E, M>
): SharedService<Name, ToSchema<P>, E, M> => {
  if (typeof name !== "string" || name.length === 0) throw unexpected("name", "the name of the service", name)
  const options = own(given)
  checkKeys(options, ["methods", "payload", "error", "concurrency"], "")
  const { concurrency = 1, error, payload } = options
  const definition: ServiceDefinition = {
    name,
    start: Task.make(`${name} (start)`, { payload, error })[TaskTypeId],
    close: Task.make(`${name} (close)`)[TaskTypeId],
    methods: methodsOf(name, options.methods),
    concurrency: integer("concurrency", concurrency, 1, defaults.serviceConcurrencyMost)
  }
  return fromDefinition(definition, TaskPool) as any
}

const methodsOf = (service: string, given: Methods): ServiceDefinition["methods"] => {
  const methods = own(given)
  if (typeof methods !== "object" || methods === null || Array.isArray(methods))
    throw unexpected("methods", "an object of methods", methods)
  const made: Record<string, ServiceDefinition["start"]> = Object.create(null)
  for (const [name, options] of Object.entries(methods)) {
    checkMethodName(name)
    made[name] = Task.make(`${service}.${name}`, options as Task.Options<any, any, any>)[TaskTypeId]
  }
  return made
}

const fromDefinition = (definition: ServiceDefinition, pool: Context.Key<any, PoolService>): unknown => ({
  [TypeId]: definition,
  key: definition.name,
  schema: referenceSchema(definition),
  start: (payload: unknown, options?: StartOptions) =>
    Effect.flatMap(pool as Effect.Effect<PoolService, never, any>, (service) =>
      Effect.map(service.startService(definition, payload, options), (port) =>
        makeReference(definition, port)
      )
    ),
  toLayer: (acquire: any) => toLayer(definition, acquire),
  of: (implementation: unknown) => implementation,
  on: (other: Context.Key<any, PoolService>) => fromDefinition(definition, other)
})

// ----------------------------------------------------------------------------
// on the host
// ----------------------------------------------------------------------------

const view = <A, E>(
  operation: string,
  reference: AnyReference,
  look: (view: HostView) => Effect.Effect<A, E>
): Effect.Effect<A, E | TaskError> =>
  Effect.suspend((): Effect.Effect<A, E | TaskError> => {
    const port = portOf(reference)
    if (port === undefined) throw unexpected("reference", "a reference to a service", reference)
    const found = port.services.view(port.token)
    if (found !== undefined) return look(found)
    const reason = new HostOnly({ operation: `SharedService.${operation}` })
    return Effect.fail(new TaskError({ task: port.token.name, nested: true, reason }))
  })

/**
 * A picture of a service: its state, its worker, how often it was restarted, how many calls run and wait. In a handler, fails with
 * `HostOnly`.
 *
 * @category observability
 * @since 0.2.0
 */
export const snapshot = (reference: AnyReference): Effect.Effect<ServiceSnapshot, TaskError> =>
  view("snapshot", reference, (host) => host.snapshot)

/**
 * Waits until the service is gone for good, and fails with `ServiceLost`, so that a `Supervisor` starts what depends on it anew. In a
 * handler, fails with `HostOnly`.
 *
 * @category lifecycle
 * @since 0.2.0
 */
export const awaitLost = (reference: AnyReference): Effect.Effect<never, TaskError> =>
  view("awaitLost", reference, (host) => host.awaitLost)
