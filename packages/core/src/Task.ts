/**
 * `Task`: a named, typed unit of work. Calling it describes the work; providing a pool decides where it runs.
 *
 * @since 0.1.0
 */
import { InvalidOption } from "./InvalidOption.ts"
import type { Movable } from "./internal/model/movable.ts"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import { type AnyTask, type PlainSchema, type TaskDefinition, TypeId } from "./internal/model/definition.ts"
import {
  currentHandler,
  type HandlerContext,
  isInterrupted as isInterruptedNow,
  type RegisteredHandler,
  type SyncHandler,
  TaskHandlers
} from "./internal/model/handler.ts"
import { isInstance } from "./internal/model/foreign.ts"
import { moduleDefinition, type ModuleTasks } from "./internal/model/module.ts"
import { own } from "./internal/model/own.ts"
import { streamCall } from "./internal/model/streamCall.ts"
import { fromOpened } from "./internal/model/streamPull.ts"
import { type PolicyOptions, resolvePolicy } from "./internal/model/policy.ts"
import { type PoolService, TaskPool } from "./internal/model/pool.ts"
import { toPayload, type ToSchema, toSchema } from "./internal/model/schemas.ts"
import { unexpected } from "./internal/model/validation.ts"
import { checkFields, movesPayload, transferAnnotation } from "./protocol/values/Codec.ts"
import { TaskError } from "./TaskError.ts"

export {
  /**
   * A task's settings for each of its calls.
   *
   * @category models
   * @since 0.1.0
   */
  type PolicyOptions
} from "./internal/model/policy.ts"
export {
  /**
   * An array buffer, a message port, or a stream: the objects that `transfer` may name.
   *
   * @category models
   * @since 0.1.0
   */
  type Movable
} from "./internal/model/movable.ts"
export {
  /**
   * A handler that is a plain function.
   *
   * @category models
   * @since 0.1.0
   */
  type SyncHandler
} from "./internal/model/handler.ts"
export {
  /**
   * Any task, whatever its types: for lists of tasks.
   *
   * @category models
   * @since 0.1.0
   */
  type AnyTask,
  /**
   * @category models
   * @since 0.1.0
   */
  type PlainSchema
} from "./internal/model/definition.ts"

/**
 * The arguments of a call: none for a void payload, optional where every field is.
 *
 * @category type-level
 * @since 0.1.0
 */
export type Args<P extends PlainSchema> = P["Type"] extends void
  ? [payload?: void]
  : {} extends P["~type.make.in"]
    ? [payload?: P["~type.make.in"]]
    : [payload: P["~type.make.in"]]

/**
 * A task. Calling it returns an Effect, which runs on the provided pool.
 *
 * The Effect fails with the task's own error or a `TaskError`. Interrupting the Effect waits until the handler's
 * finalizers have run, or the worker is gone (G3), for at most the grace plus `terminateTimeout` (G4).
 *
 * @category models
 * @since 0.1.0
 */
export interface Task<
  Name extends string,
  P extends PlainSchema,
  A extends PlainSchema,
  E extends PlainSchema,
  Pool = TaskPool
> extends AnyTask {
  (...args: Args<P>): Effect.Effect<A["Type"], E["Type"] | TaskError, Pool>
  readonly key: Name
  readonly payload: P
  readonly success: A
  readonly error: E
  /** The layer that serves this task in a worker: built once per worker, released when the worker ends. */
  readonly toLayer: {
    <R = never, EX = never, RX = never>(
      handler: Handler<P, A, E, R> | Effect.Effect<Handler<P, A, E, R>, EX, RX>
    ): Layer.Layer<never, EX, TaskHandlers | R | Exclude<RX, Scope>>
  }
  /** The same for a handler that is a plain function. */
  readonly toLayerSync: {
    <EX = never, RX = never>(
      handler: SyncHandler<P, A> | Effect.Effect<SyncHandler<P, A>, EX, RX>
    ): Layer.Layer<never, EX, TaskHandlers | Exclude<RX, Scope>>
  }
  /** The same task, bound to another pool than the default one. */
  readonly on: <Self>(pool: Context.Key<Self, PoolService>) => Task<Name, P, A, E, Self>
}

/**
 * Performs a task inside a worker. An interruption interrupts the handler's fiber. Uninterruptible code may poll
 * `isInterrupted()`, which works inside a synchronous loop, or listen to `signal`.
 *
 * @category models
 * @since 0.1.0
 */
export type Handler<P extends PlainSchema, A extends PlainSchema, E extends PlainSchema, R = never> = (
  payload: P["Type"],
  context: HandlerContext
) => Effect.Effect<A["Type"], E["Type"], R>

/**
 * The definition of a task: its schemas, and its policy (see `PolicyOptions`).
 *
 * - `payload`: a schema, or the fields of a struct. Default: none.
 * - `success`, `error`: schemas. Default: void, and no failure.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<P, A, E> extends PolicyOptions {
  readonly payload?: P | undefined
  readonly success?: A | undefined
  readonly error?: E | undefined
}

/**
 * Defines a task. The definition is a contract: host and worker import the same one.
 *
 * Throws `InvalidOption` on an empty name or an invalid option.
 *
 * **Example** (A contract, and its handler)
 *
 * ```ts
 * import { Task } from "@heddle/core"
 * import { Effect, Schema } from "effect"
 *
 * class LimitTooLarge extends Schema.TaggedError<LimitTooLarge>()("LimitTooLarge", { limit: Schema.Int }) {}
 *
 * const CountPrimes = Task.make("CountPrimes", {
 *   payload: { limit: Schema.Int },
 *   success: Schema.Int,
 *   error: LimitTooLarge
 * })
 *
 * const handler = CountPrimes.toLayer(({ limit }) =>
 *   limit > 1e9 ? Effect.fail(new LimitTooLarge({ limit })) : Effect.succeed(limit)
 * )
 * console.log(CountPrimes.key, Task.isTask(CountPrimes)) // => CountPrimes true
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <
  const Name extends string,
  P extends PlainSchema | Schema.Struct.Fields = Schema.Void,
  A extends PlainSchema = Schema.Void,
  E extends PlainSchema = Schema.Never
>(
  name: Name,
  options: Options<P, A, E> = {}
): Task<Name, ToSchema<P>, A, E> => {
  if (typeof name !== "string" || name.length === 0) throw unexpected("name", "the name of the task", name)
  const { payload: given, success, error, ...policyOptions } = own(options)
  const payload = given === undefined ? Schema.Void : toPayload(given)
  const policy = resolvePolicy(policyOptions)
  if (policy.idempotent && movesPayload(payload)) {
    throw new InvalidOption("idempotent", `${name} transfers its payload, so it cannot be run twice`)
  }
  const definition: TaskDefinition = {
    name,
    payload,
    success: success === undefined ? Schema.Void : toSchema("success", success),
    error: error === undefined ? Schema.Never : toSchema("error", error),
    policy,
    module: undefined
  }
  checkFields(name, { payload, success: definition.success, error: definition.error })
  return fromDefinition(definition, TaskPool) as any
}

const fromDefinition = (definition: TaskDefinition, pool: Context.Key<any, PoolService>) => {
  const isModule = definition.module !== undefined
  // One primitive does both the lookup and the wait, so that tiny tasks cost little more than the caller's own code.
  const begin = (payload: unknown) =>
    Effect.callback<any, any>((resume) =>
      Context.getUnsafe(Fiber.getCurrent()!.context, pool).begin(definition, payload, resume)
    )
  const perform = definition.policy.span
    ? (payload: unknown) =>
        Effect.withFiber((fiber) => Context.getUnsafe(fiber.context, pool).run(definition, payload))
    : begin
  const call = isModule
    ? (...args: ReadonlyArray<unknown>) => perform(args)
    : (payload: unknown) => perform(payload)
  const fields = isModule
    ? { [TypeId]: definition }
    : {
        [TypeId]: definition,
        key: definition.name,
        payload: definition.payload,
        success: definition.success,
        error: definition.error,
        toLayer: (handler: any) => toLayer(definition, handler, "effect"),
        toLayerSync: (handler: any) => toLayer(definition, handler, "sync"),
        on: (other: Context.Key<any, PoolService>) => fromDefinition(definition, other)
      }
  Object.defineProperty(call, "name", { value: definition.name })
  return Object.assign(call, fields)
}

const toLayer = (
  definition: TaskDefinition,
  handler: unknown,
  kind: RegisteredHandler["kind"]
): Layer.Layer<never, any, any> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const handlers = yield* TaskHandlers
      const run = Effect.isEffect(handler) ? yield* handler as Effect.Effect<unknown, any, any> : handler
      if (typeof run !== "function") throw new InvalidOption("handler", `${definition.name} needs a function`)
      const context = yield* Effect.context()
      handlers.add({ definition, kind, handler: run as any, context })
    })
  )

// ----------------------------------------------------------------------------
// modules
// ----------------------------------------------------------------------------

export {
  /**
   * @category type-level
   * @since 0.1.0
   */
  type ModuleCall,
  /**
   * @category type-level
   * @since 0.2.0
   */
  type ModuleStream,
  /**
   * @category type-level
   * @since 0.2.0
   */
  type ModuleStreamCall,
  /**
   * @category type-level
   * @since 0.1.0
   */
  type ModuleTask,
  /**
   * @category type-level
   * @since 0.1.0
   */
  type ModuleTasks,
  /**
   * @category type-level
   * @since 0.1.0
   */
  type Plain,
  /**
   * @category type-level
   * @since 0.1.0
   */
  type SpreadCall
} from "./internal/model/module.ts"

/**
 * The exported functions of a plain module become tasks: sync, async, or returning an Effect; no worker file.
 *
 * A generator, an async generator and a function that returns a `Stream` has a `stream`, which calls it as a streaming task.
 *
 * A function of several parameters has a `spread` for the operations of a pool: `TaskPool.run(M.add.spread, [1, 2])`.
 * The worker imports the module at the first call. Arguments and results are any values that structured clone takes. A
 * returned Effect is run; a promise, or any other object with a `then` method, is awaited; any other result is data. A
 * throw or a rejection is a defect. The failure of a returned Effect arrives as plain data with its `_tag` and fields,
 * so `catchTag` works and `instanceof` does not. Own, enumerable exports only.
 *
 * **Example** (A module as tasks)
 *
 * ```ts no-run
 * import { Task } from "@heddle/core"
 *
 * interface Primes {
 *   readonly count: (limit: number) => number
 * }
 * const Primes = Task.fromModule<Primes>(new URL("./primes.ts", import.meta.url))
 * export const program = Primes.count(1_000_000) // Effect<number, TaskError, TaskPool>
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromModule = <M, Pool = TaskPool>(
  url: URL,
  options?: Omit<PolicyOptions, "validate"> & { readonly pool?: Context.Key<Pool, PoolService> | undefined }
): ModuleTasks<M, Pool> => {
  const href = url.href
  const { pool = TaskPool, ...policyOptions } = own(options ?? {})
  const policy = resolvePolicy(policyOptions)
  const tasks = new Map<string, unknown>()
  const of = (module: TaskDefinition["module"] & {}) =>
    fromDefinition(moduleDefinition(module, policy), pool as any)
  return new Proxy(Object.create(null), {
    // Promises, serializers and inspectors read these keys of any object; they are no exports.
    get: (_, name) => {
      if (typeof name !== "string" || name === "then" || name === "toJSON") return undefined
      let task = tasks.get(name)
      if (task === undefined) {
        task = Object.assign(of({ url: href, name }), {
          spread: of({ url: href, name, spread: true }),
          stream: streamCall(
            moduleDefinition({ url: href, name, stream: true }, policy),
            pool as any,
            (open, args) => fromOpened(open(args))
          )
        })
        tasks.set(name, task)
      }
      return task
    }
  }) as ModuleTasks<M, Pool>
}

// ----------------------------------------------------------------------------
// combinators and guards
// ----------------------------------------------------------------------------

/**
 * Names the objects to move instead of copying: array buffers, message ports. Works for payloads and for replies, on a
 * whole schema or on fields of a struct. A moved object is detached on the sender's side.
 *
 * A payload moves when the call is made, whether a worker is free or not; a call refused at once moves nothing (G10). A
 * task that transfers its payload cannot be idempotent, because nothing is left to send again.
 *
 * **Example** (Moving a buffer both ways)
 *
 * ```ts
 * import { Task } from "@heddle/core"
 * import { Schema } from "effect"
 *
 * const Pixels = Task.transfer(Schema.Uint8Array, (bytes) => [bytes.buffer as ArrayBuffer])
 * const Invert = Task.make("Invert", { payload: { pixels: Pixels }, success: Pixels })
 * console.log(Invert.key) // => Invert
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const transfer = <S extends PlainSchema>(
  schema: S,
  f: (value: S["Type"]) => ReadonlyArray<Movable>
): S["Rebuild"] => schema.annotate({ [transferAnnotation]: f })

/**
 * @category guards
 * @since 0.1.0
 */
export const isTask = (u: unknown): u is AnyTask => Predicate.hasProperty(u, TypeId)

/**
 * Whether the task running right now was interrupted: for synchronous code deep inside a handler, without access to the
 * handler's context. `false` outside of a handler.
 *
 * @category interruption
 * @since 0.1.0
 */
export const isInterrupted: () => boolean = isInterruptedNow

/**
 * Tells the caller how far the task that runs right now has come: for code deep inside a handler, without access to the handler's
 * context. Does nothing outside of a handler, or where nobody listens.
 *
 * **Example** (Deep inside)
 *
 * ```ts
 * import { Task } from "@heddle/core"
 *
 * const sumTo = (n: number): number => {
 *   let sum = 0
 *   for (let i = 1; i <= n; i++) {
 *     sum += i
 *     if (i % 100 === 0) Task.progress(i, n)
 *   }
 *   return sum
 * }
 * console.log(sumTo(1000)) // => 500500
 * ```
 *
 * @category observability
 * @since 0.2.0
 */
export const progress = (done: number, total?: number, note?: string): void =>
  currentHandler()?.progress(done, total, note)

/**
 * Turns every `TaskError` into a defect: for callers for whom a lost worker or a full queue is a bug.
 *
 * @category combinators
 * @since 0.1.0
 */
export const orDieTaskError = <A, E, R>(
  self: Effect.Effect<A, E, R>
): Effect.Effect<A, Exclude<E, TaskError>, R> =>
  Effect.catchCause(self, (cause) =>
    Effect.failCause(
      Cause.fromReasons(
        cause.reasons.map((reason) =>
          Cause.isFailReason(reason) && isInstance(reason.error, TaskError)
            ? Cause.makeDieReason(reason.error)
            : reason
        ) as ReadonlyArray<Cause.Reason<Exclude<E, TaskError>>>
      )
    )
  )
