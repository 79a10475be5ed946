/**
 * Accepts connections of other programs: what Python's multiprocessing.connection does, typed and bounded.
 *
 * Both programs have a key, and prove it to each other before anything of the other is decoded. Then elements go both ways, each checked
 * by a schema, as in a pipe between two workers.
 *
 * **Guarantees**
 *
 * - A bad client costs bounded time and memory, and nobody else anything (G16): wrong keys, replays, garbage, silence, a byte a
 *   second, frames of a claimed gigabyte, and values that are endless when decoded. Each is refused, told in `refused`, and leaves the
 *   listener as it was.
 * - The sender waits while the receiver is `buffer` elements behind (G14).
 * - Both sides hear exactly one of closed and lost, after everything that arrived before (G15).
 * - With the scope go the socket, its file and its folder (G2).
 *
 * **Not guaranteed**
 *
 * - Nothing is encrypted without `tls`. Whoever can read or change the packets of a TCP connection can read or change its elements, so
 *   leave `host` at its default, or give `tls`.
 * - Who has the key is trusted: such a program can hold connections, and send elements that fit the schema.
 * - What was sent is not thereby processed: `taken` in `PeerLost` counts what the other program took.
 *
 * `docs/connections.md` has the threat model.
 *
 * @since 0.2.0
 */
import type { End } from "@heddle/core/Pipe"
import type { PlainSchema } from "@heddle/core/Task"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type Refused, Reception } from "./internal/connection/Reception.ts"
import {
  type ListenerOptions,
  type ListenerSettings,
  resolveListener,
  resolving
} from "./internal/connection/settings.ts"
import { listen, type Listening, type Place } from "./internal/connection/sockets.ts"
import { ListenerError, Unreachable } from "./ListenerError.ts"

export {
  /**
   * The options that a listener and a client have in common.
   *
   * @category models
   * @since 0.2.0
   */
  type CommonOptions,
  /**
   * Where a listener listens.
   *
   * @category models
   * @since 0.2.0
   */
  type ListenerAddress,
  /**
   * The options of a listener. An unknown or wrong option is a defect: `InvalidOption`.
   *
   * @category models
   * @since 0.2.0
   */
  type ListenerOptions
} from "./internal/connection/settings.ts"

export {
  /**
   * A client that was refused, or a connection that was closed because the other side broke the protocol.
   *
   * - `why`: `NotHeddle` for bytes that are none of this protocol; `Reflected` for this side's own challenge; `WrongProof` for another key or
   *   protocol, or for a proof made for another connection; `TimedOut` when the handshake took too long; `HungUp` when the client, or TLS,
   *   ended it; `Crowded` when too many others were in their handshake; `Full` when `maxConnections` are open; `BadFrame` when a
   *   connection sent what it may not.
   * - `detail`: the same as text, with the number of bytes that had come.
   * - `remote`: the address of the client; `undefined` for a Unix socket.
   *
   * @category models
   * @since 0.2.0
   */
  type Refused
} from "./internal/connection/Reception.ts"
export {
  /**
   * The address of a listener that listens.
   *
   * @category models
   * @since 0.2.0
   */
  type Place
} from "./internal/connection/sockets.ts"

/**
 * A listener, which sends elements `S` and receives elements `R`.
 *
 * - `address`: where it listens, to be handed to `Client.connect`. With port 0, the port that was taken.
 * - `accept`: the next connection, which is closed with the scope. Fails with `NotListening` when the listener is closed.
 * - `connections`: all connections as a stream, which ends with the listener. Each is closed with the scope of the listener, or when both
 *   sides have ended.
 * - `serve`: runs a handler for each connection, at most `maxConnections` at a time, and closes the connection after it. A handler that
 *   fails is logged, and disturbs no other one.
 * - `refused`: who was refused from now on, and why. A slow reader misses all but the last 256.
 *
 * @category models
 * @since 0.2.0
 */
export interface Listener<in S, out R> {
  readonly address: Place
  readonly accept: Effect.Effect<End<S, R>, ListenerError, Scope.Scope>
  readonly connections: Stream.Stream<End<S, R>>
  readonly serve: <E, R1>(
    handler: (end: End<S, R>) => Effect.Effect<unknown, E, R1>
  ) => Effect.Effect<never, ListenerError, Exclude<R1, Scope.Scope>>
  readonly refused: Stream.Stream<Refused>
}

/** How many refusals a slow reader may be behind. */
const refusedBehind = 256

/**
 * Listens until the scope is closed.
 *
 * Fails with `WeakKey` for a key below 32 bytes, and with `Unreachable` where the operating system refuses the address.
 *
 * **Example** (An echo)
 *
 * ```ts
 * import { Client, Listener } from "@heddle/node-workers"
 * import { Effect, Redacted, Schema } from "effect"
 * import { randomBytes } from "node:crypto"
 *
 * const key = Redacted.make<Uint8Array>(randomBytes(32))
 * const frame = { send: Schema.String, receive: Schema.String }
 *
 * const program = Effect.gen(function* () {
 *   const listener = yield* Listener.make({ address: "unix", key, frame })
 *   yield* Effect.forkScoped(
 *     listener.serve((end) => Effect.flatMap(end.receive, (text) => end.send(text.toUpperCase())))
 *   )
 *   const end = yield* Client.connect({ address: listener.address, key, frame })
 *   yield* end.send("hello")
 *   return yield* end.receive
 * })
 * console.log(await Effect.runPromise(Effect.scoped(program))) // => HELLO
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = <S extends PlainSchema, R extends PlainSchema>(
  options: ListenerOptions<S, R>
): Effect.Effect<Listener<S["Type"], R["Type"]>, ListenerError, Scope.Scope> =>
  Effect.gen(function* () {
    const settings = yield* resolving(() => resolveListener(options))
    const refused = yield* Effect.acquireRelease(PubSub.sliding<Refused>(refusedBehind), PubSub.shutdown)
    const reception = yield* Effect.acquireRelease(
      Effect.sync(() => new Reception(settings, (one) => void PubSub.publishUnsafe(refused, one))),
      (open) => Effect.suspend(() => open.close())
    )
    const { place } = yield* Effect.acquireRelease(opened(settings, reception), ({ close }) =>
      Effect.sync(close)
    )
    const accept = Effect.acquireRelease(reception.next, ({ close }) => close, { interruptible: true })
    return {
      address: place,
      accept,
      connections: Stream.fromPull(
        Effect.succeed(
          reception.next.pipe(
            Effect.map((end) => [end] as const),
            // The only error of `next`: the listener is closed.
            Effect.catch(() => Cause.done())
          )
        )
      ),
      serve: (handler) =>
        Effect.forEach(
          Array.from({ length: settings.maxConnections }),
          () => Effect.forever(Effect.scoped(Effect.flatMap(accept, (end) => survived(handler(end))))),
          { concurrency: "unbounded", discard: true }
        ) as Effect.Effect<never, ListenerError, any>,
      refused: Stream.fromPubSub(refused)
    }
  })

/** Handlers of connections fail alone. */
const survived = <E, R>(handled: Effect.Effect<unknown, E, R>): Effect.Effect<void, never, R> =>
  Effect.catchCause(Effect.asVoid(handled), (cause) =>
    Cause.hasInterruptsOnly(cause)
      ? Effect.void
      : Effect.logWarning("the handler of a connection failed", cause)
  )

const opened = (settings: ListenerSettings, reception: Reception): Effect.Effect<Listening, ListenerError> =>
  Effect.tryPromise({
    try: () => listen(settings.address, settings.tls, reception.receive),
    catch: (error) => new ListenerError({ reason: unreachable(error) })
  })

const unreachable = (error: unknown): Unreachable => {
  const { code, message } = error as NodeJS.ErrnoException
  return new Unreachable({ code: code ?? "UNKNOWN", detail: message })
}
