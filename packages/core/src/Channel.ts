/**
 * `Channel`: a typed, bounded queue between tasks, on whatever workers they run, and the host. Many may send, many may receive.
 *
 * The ends travel inside payloads, results and elements of other channels, by the schemas `Sender` and `Receiver`. The queue itself
 * stays on the host, so that a worker's death takes nothing along but what the worker had in hands, and so that threads, processes and
 * simulated workers behave alike.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import { ChannelError, Closed } from "./ChannelError.ts"
import { type ChannelOptions, type ChannelSnapshot, resolveChannel } from "./internal/model/channel.ts"
import type { PlainSchema } from "./internal/model/definition.ts"
import { own } from "./internal/model/own.ts"
import { TaskPool } from "./internal/model/pool.ts"
import { toSchema } from "./internal/model/schemas.ts"
import {
  type Delivery,
  makeReceiver,
  makeSender,
  type Receiver as ReceiverEnd,
  type Sender as SenderEnd,
  sentExit
} from "./internal/shared/channels/ends.ts"
import { receiverSchema, senderSchema, type Token } from "./internal/shared/channels/endSchemas.ts"
import { ElementCodec } from "./protocol/values/ElementCodec.ts"

export {
  /**
   * A picture of a channel.
   *
   * @category models
   * @since 0.2.0
   */
  type ChannelSnapshot
} from "./internal/model/channel.ts"
export {
  /**
   * An element of a channel whose takers acknowledge.
   *
   * @category models
   * @since 0.2.0
   */
  type Delivery
} from "./internal/shared/channels/ends.ts"

/**
 * A channel, as its maker has it.
 *
 * - `sender`, `receiver`: the maker's own ends. They count as used only once they are used.
 * - `join`: completes when every element sent so far was taken, or is `done` where takers acknowledge. Fails with `PeerLost` when
 *   elements were lost, and with `Closed` when the channel's scope is closed before.
 * - `snapshot`: counts of the channel now.
 *
 * @category models
 * @since 0.2.0
 */
export interface Channel<A, E = never, R = A> {
  readonly sender: SenderEnd<A, E>
  readonly receiver: ReceiverEnd<R, E>
  readonly join: Effect.Effect<void, ChannelError>
  readonly snapshot: Effect.Effect<ChannelSnapshot>
}

/**
 * The options of a channel.
 *
 * - `capacity`: how many elements the channel holds at most, sent and not taken; 1 to 1,048,576. Default 256.
 * - `name`: for errors. Default none.
 * - `policy`: what a send does at the capacity. `suspend` waits for room, `reject` fails with `Full`, `dropOldest` drops the element
 *   that has waited longest. Default `suspend`.
 * - `acknowledge`: takers get each element as a `Delivery`, and `join` waits until all of them are `done`. Default false.
 * - `redeliver`: what becomes of an element whose taker is lost before it was `done`: `never` leaves it lost, `once` puts it back in
 *   front of the channel, marked as `redelivered`; the channel then ends after the last `done`. Needs `acknowledge`. Default `never`.
 * - `onLost`: what the loss of a worker that uses the channel means for the others. `fail` ends the channel with `PeerLost`, after what
 *   had arrived was received; `continue` lets the others go on. Default `fail`.
 * - `error`: the schema of the error of `Sender.fail`. Default: no such error.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options<E extends PlainSchema> extends ChannelOptions {
  readonly error?: E | undefined
}

/**
 * Makes a channel on a pool, for the scope: closing the scope ends the channel for everybody with `Closed` by the scope.
 *
 * A producer is at most `capacity` elements ahead of the consumers (G14). Elements are taken in the order in which they were sent, each
 * once; nothing is lost while the workers of both sides live. A task that waits for a channel leaves its slot to other tasks meanwhile.
 *
 * Fails with `Closed` when the pool is closed. Throws `InvalidOption` on an invalid option.
 *
 * **Example** (Through the channel on the host)
 *
 * ```ts no-run
 * import { Channel, type TaskPool } from "@heddle/core"
 * import { Effect, Schema } from "effect"
 *
 * const program = Effect.scoped(
 *   Effect.gen(function* () {
 *     const { receiver, sender } = yield* Channel.make(Schema.Int, { capacity: 16 })
 *     yield* sender.sendAll([1, 2, 3])
 *     yield* sender.end
 *     yield* receiver.each((n) => Effect.log(n))
 *   })
 * )
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const make: {
  <A extends PlainSchema, E extends PlainSchema = Schema.Never>(
    element: A,
    options: Options<E> & { readonly acknowledge: true }
  ): Effect.Effect<Channel<A["Type"], E["Type"], Delivery<A["Type"]>>, ChannelError, TaskPool | Scope>
  <A extends PlainSchema, E extends PlainSchema = Schema.Never>(
    element: A,
    options?: Options<E> & { readonly acknowledge?: false | undefined }
  ): Effect.Effect<Channel<A["Type"], E["Type"]>, ChannelError, TaskPool | Scope>
} = (
  element: PlainSchema,
  given?: Options<PlainSchema>
): Effect.Effect<any, ChannelError, TaskPool | Scope> => {
  const { error, ...options } = own(given ?? {})
  const settings = resolveChannel(options)
  const codec = codecOf(element, error)
  const acquire = Effect.flatMap(TaskPool, (pool) => pool.makeChannel(settings))
  const scoped = Effect.acquireRelease(acquire, (made) => Effect.sync(() => made?.close()))
  return Effect.flatMap(scoped, (made) => {
    if (made === undefined) return Effect.fail(new ChannelError({ reason: new Closed({ by: "scope" }) }))
    const channel: Channel<any, any> = {
      sender: makeSender(made.sender, codec),
      receiver: makeReceiver(made.receiver, codec),
      join: Effect.callback((resume) =>
        Effect.sync(made.join((joined) => resume(sentExit(settings.name, joined))))
      ),
      snapshot: Effect.sync(made.snapshot)
    }
    return Effect.succeed(channel)
  })
}

const codecOf = (element: unknown, error: unknown): ElementCodec =>
  new ElementCodec(toSchema("element", element), error === undefined ? undefined : toSchema("error", error))

// ----------------------------------------------------------------------------
// schemas of ends
// ----------------------------------------------------------------------------

/**
 * The sending end of a channel.
 *
 * @category models
 * @since 0.2.0
 */
export interface Sender<in A, in E = never> extends SenderEnd<A, E> {}

/**
 * The receiving end of a channel.
 *
 * @category models
 * @since 0.2.0
 */
export interface Receiver<out A, out E = never> extends ReceiverEnd<A, E> {}

/**
 * The schema of a sending end, for payloads, results and elements. Several tasks may have the same end.
 *
 * An end works where it has arrived: in the task that received it, until that task ends, or on the host. It belongs to one pool: the
 * encode fails for another one. `error`: as the channel's.
 *
 * **Example** (A task that produces)
 *
 * ```ts
 * import { Channel, ChannelError, Task } from "@heddle/core"
 * import { Schema } from "effect"
 *
 * const Produce = Task.make("Produce", {
 *   payload: { upTo: Schema.Int, out: Channel.Sender(Schema.Int) },
 *   error: ChannelError.ChannelError
 * })
 *
 * export const handler = Produce.toLayer(({ out, upTo }) => out.sendAll(Array.from({ length: upTo }, (_, n) => n)))
 * console.log(Produce.key) // => Produce
 * ```
 *
 * @category schemas
 * @since 0.2.0
 */
export const Sender = <A extends PlainSchema, E extends PlainSchema = Schema.Never>(
  element: A,
  options: { readonly error?: E | undefined } = {}
): Schema.declareConstructor<SenderEnd<A["Type"], E["Type"]>, Token<"send">, readonly []> =>
  senderSchema(codecOf(element, own(options).error)) as any

/**
 * The schema of a receiving end, for payloads, results and elements. `acknowledge`, `error`: as the channel's.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Receiver: {
  <A extends PlainSchema, E extends PlainSchema = Schema.Never>(
    element: A,
    options: { readonly error?: E | undefined; readonly acknowledge: true }
  ): Schema.declareConstructor<ReceiverEnd<Delivery<A["Type"]>, E["Type"]>, Token<"receive">, readonly []>
  <A extends PlainSchema, E extends PlainSchema = Schema.Never>(
    element: A,
    options?: { readonly error?: E | undefined; readonly acknowledge?: false | undefined }
  ): Schema.declareConstructor<ReceiverEnd<A["Type"], E["Type"]>, Token<"receive">, readonly []>
} = (
  element: PlainSchema,
  options?: { readonly error?: PlainSchema | undefined; readonly acknowledge?: boolean | undefined }
): any => {
  const { acknowledge = false, error } = own(options ?? {})
  return receiverSchema(codecOf(element, error), acknowledge)
}
