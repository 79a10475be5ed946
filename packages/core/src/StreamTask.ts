/**
 * `StreamTask`: a task whose result is a stream. The worker produces, the caller consumes, and neither runs far ahead of the other.
 *
 * @since 0.2.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import { InvalidOption } from "./InvalidOption.ts"
import { defaults } from "./internal/model/defaults.ts"
import { type AnyTask, type PlainSchema, type TaskDefinition, TypeId } from "./internal/model/definition.ts"
import { isStream } from "./internal/model/genuine.ts"
import {
  type AnyHandler,
  type RunnerContext,
  type StreamHandlerContext,
  TaskHandlers
} from "./internal/model/handler.ts"
import { own } from "./internal/model/own.ts"
import { streamCall } from "./internal/model/streamCall.ts"
import { fromOpened, sending } from "./internal/model/streams.ts"
import { type PolicyOptions, resolvePolicy } from "./internal/model/policy.ts"
import { type PoolService, TaskPool } from "./internal/model/pool.ts"
import { toPayload, type ToSchema, toSchema } from "./internal/model/schemas.ts"
import { integer, unexpected } from "./internal/model/validation.ts"
import { checkFields, movesPayload } from "./protocol/values/Codec.ts"
import type { Args } from "./Task.ts"
import type { TaskError } from "./TaskError.ts"

export {
  /**
   * The second argument of a streaming task's handler: `inputs`, `signal`, `isInterrupted()` and `progress`.
   *
   * @category models
   * @since 0.2.0
   */
  type StreamHandlerContext
} from "./internal/model/handler.ts"

/**
 * A streaming task without inputs. Calling it returns a stream: each run of the stream is a task of its own on the provided pool.
 *
 * The elements arrive in order, each once. The stream fails with the task's own error or a `TaskError`, after every element that was
 * produced before. A lost worker fails the stream with `WorkerLost`, whose `elements` says how many had arrived: the stream never ends
 * short without an error, and never begins again once an element has arrived (G13). When the consumer ends, fails or is interrupted,
 * the handler's stream is interrupted, and its finalizers are awaited (G3).
 *
 * @category models
 * @since 0.2.0
 */
export interface StreamTask<
  Name extends string,
  P extends PlainSchema,
  O extends PlainSchema,
  E extends PlainSchema,
  Pool = TaskPool
> extends Served<Name, P, O, Schema.Never, E> {
  (...args: Args<P>): Stream.Stream<O["Type"], E["Type"] | TaskError, Pool>
  /** The same task, bound to another pool than the default one. */
  readonly on: <Self>(pool: Context.Key<Self, PoolService>) => StreamTask<Name, P, O, E, Self>
}

/**
 * A streaming task that also takes a stream of its caller: `task(payload, inputs)`. The handler pulls `inputs` as it needs them. A
 * failure of the inputs is the failure of the whole stream, and interrupts the handler.
 *
 * @category models
 * @since 0.2.0
 */
export interface DuplexTask<
  Name extends string,
  P extends PlainSchema,
  O extends PlainSchema,
  I extends PlainSchema,
  E extends PlainSchema,
  Pool = TaskPool
> extends Served<Name, P, O, I, E> {
  <E2 = never, R2 = never>(
    payload: P["~type.make.in"],
    inputs: Iterable<I["Type"]> | Stream.Stream<I["Type"], E2, R2>
  ): Stream.Stream<O["Type"], E["Type"] | E2 | TaskError, Pool | R2>
  /** The same task, bound to another pool than the default one. */
  readonly on: <Self>(pool: Context.Key<Self, PoolService>) => DuplexTask<Name, P, O, I, E, Self>
}

interface Served<
  Name extends string,
  P extends PlainSchema,
  O extends PlainSchema,
  I extends PlainSchema,
  E extends PlainSchema
> extends AnyTask {
  readonly key: Name
  readonly payload: P
  readonly output: O
  readonly input: I
  readonly error: E
  /** The layer that serves this task in a worker: built once per worker, released when the worker ends. */
  readonly toLayer: {
    <R = never, EX = never, RX = never>(
      handler: Handler<P, O, I, E, R> | Effect.Effect<Handler<P, O, I, E, R>, EX, RX>
    ): Layer.Layer<never, EX, TaskHandlers | R | Exclude<RX, Scope>>
  }
}

/**
 * Produces the elements inside a worker. The stream is pulled while the caller has room, at most `buffer` elements ahead (G14).
 *
 * @category models
 * @since 0.2.0
 */
export type Handler<
  P extends PlainSchema,
  O extends PlainSchema,
  I extends PlainSchema,
  E extends PlainSchema,
  R = never
> = (payload: P["Type"], context: StreamHandlerContext<I["Type"]>) => Stream.Stream<O["Type"], E["Type"], R>

/**
 * The definition of a streaming task: its schemas, its buffer, and its policy (see `PolicyOptions`).
 *
 * - `payload`: a schema, or the fields of a struct. Default: none.
 * - `output`: each element from the handler to the caller.
 * - `input`: each element from the caller to the handler. Default: no inputs.
 * - `error`: a schema. Default: no failure.
 * - `buffer`: how many elements the producer of either direction may be ahead of its consumer, 1 to 65,536. Default 256. More
 *   gained nothing when measured, and what is read ahead is wasted when the consumer stops.
 * - `timeout` of the policy limits the whole stream. An idempotent task is run again only if no element had arrived; a task with
 *   `input` cannot be idempotent.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options<P, O, I, E> extends PolicyOptions {
  readonly payload?: P | undefined
  readonly output: O
  readonly input?: I | undefined
  readonly error?: E | undefined
  readonly buffer?: number | undefined
}

/**
 * Defines a streaming task. The definition is a contract: host and worker import the same one.
 *
 * Throws `InvalidOption` on an empty name or an invalid option.
 *
 * **Example** (Lines that match, as they are found)
 *
 * ```ts
 * import { StreamTask } from "@heddle/core"
 * import { Schema, Stream } from "effect"
 *
 * const Multiples = StreamTask.make("Multiples", {
 *   payload: { of: Schema.Int },
 *   output: Schema.Int
 * })
 *
 * // In the worker. The stream has no end: it goes on as long as the caller takes elements.
 * export const handlers = Multiples.toLayer(({ of }) => Stream.iterate(of, (n) => n + of))
 *
 * // On the host. The handler stops, and its finalizers have run, when the fifth element is here.
 * export const program = Multiples({ of: 7 }).pipe(Stream.take(5), Stream.runCollect)
 * console.log(Multiples.key) // => Multiples
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const make: {
  <
    const Name extends string,
    O extends PlainSchema,
    I extends PlainSchema,
    P extends PlainSchema | Schema.Struct.Fields = Schema.Void,
    E extends PlainSchema = Schema.Never
  >(
    name: Name,
    options: Options<P, O, I, E> & { readonly input: I }
  ): DuplexTask<Name, ToSchema<P>, O, I, E>
  <
    const Name extends string,
    O extends PlainSchema,
    P extends PlainSchema | Schema.Struct.Fields = Schema.Void,
    E extends PlainSchema = Schema.Never
  >(
    name: Name,
    options: Options<P, O, Schema.Never, E> & { readonly input?: undefined }
  ): StreamTask<Name, ToSchema<P>, O, E>
} = (name: string, options: Options<any, PlainSchema, PlainSchema, PlainSchema>): any => {
  if (typeof name !== "string" || name.length === 0) throw unexpected("name", "the name of the task", name)
  const { buffer, error, input, output, payload: given, ...policyOptions } = own(options)
  const payload = given === undefined ? Schema.Void : toPayload(given)
  const stream = {
    output: toSchema("output", output),
    input: input === undefined ? undefined : toSchema("input", input),
    buffer: integer("buffer", buffer ?? defaults.streamBuffer, 1, defaults.streamBufferMost)
  }
  const policy = resolvePolicy(policyOptions)
  if (policy.idempotent && (movesPayload(payload) || input !== undefined)) {
    const what = input === undefined ? "transfers its payload" : "takes inputs"
    throw new InvalidOption("idempotent", `${name} ${what}, so it cannot be run twice`)
  }
  const definition: TaskDefinition = {
    name,
    payload,
    success: Schema.Void,
    error: error === undefined ? Schema.Never : toSchema("error", error),
    policy,
    module: undefined,
    stream
  }
  checkFields(name, { payload, error: definition.error, output: stream.output, input: stream.input })
  return fromDefinition(definition, TaskPool)
}

const fromDefinition = (definition: TaskDefinition, pool: Context.Key<any, PoolService>): unknown =>
  Object.assign(streamCall(definition, pool, streamOf), {
    key: definition.name,
    payload: definition.payload,
    output: definition.stream!.output,
    input: definition.stream!.input ?? Schema.Never,
    error: definition.error,
    toLayer: (handler: unknown) => toLayer(definition, handler),
    on: (other: Context.Key<any, PoolService>) => fromDefinition(definition, other)
  })

const streamOf: Parameters<typeof streamCall>[2] = (open, [payload, inputs]) =>
  fromOpened(open(payload, inputs === undefined ? undefined : sending(inputs)))

const toLayer = (definition: TaskDefinition, handler: unknown): Layer.Layer<never, any, any> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const handlers = yield* TaskHandlers
      const run = Effect.isEffect(handler) ? yield* handler as Effect.Effect<unknown, any, any> : handler
      if (typeof run !== "function") throw new InvalidOption("handler", `${definition.name} needs a function`)
      const context = yield* Effect.context()
      handlers.add({ definition, kind: "effect", handler: emitting(run as any), context })
    })
  )

/** A handler that emits the elements of the stream. */
const emitting =
  (handler: (payload: unknown, context: StreamHandlerContext<any>) => unknown): AnyHandler =>
  (payload, context) => {
    const answered = handler(payload, new StreamContext(context))
    if (!isStream(answered)) throw new TypeError("the handler of a streaming task did not return a Stream")
    return Stream.runForEachArray(answered, context.emit)
  }

class StreamContext implements StreamHandlerContext<any> {
  private readonly runner: RunnerContext
  /** A second run of the stream goes on where the first one stopped. */
  readonly inputs: Stream.Stream<any>

  constructor(runner: RunnerContext) {
    this.runner = runner
    this.inputs = Stream.fromPull(Effect.succeed(runner.pull)) as Stream.Stream<any>
  }

  get signal(): AbortSignal {
    return this.runner.signal
  }

  get isInterrupted(): () => boolean {
    return this.runner.isInterrupted
  }

  get progress(): StreamHandlerContext["progress"] {
    return this.runner.progress
  }
}

/**
 * @category guards
 * @since 0.2.0
 */
export const isStreamTask = (u: unknown): u is AnyTask =>
  Predicate.hasProperty(u, TypeId) && (u as AnyTask)[TypeId].stream !== undefined
