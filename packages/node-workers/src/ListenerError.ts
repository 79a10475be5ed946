/**
 * `ListenerError`: why a listener does not listen, or a client has no connection.
 *
 * One tag with a tagged `reason`: `Effect.catchTag("ListenerError", …)` handles all reasons, and
 * `Effect.catchReason("ListenerError", "Untrusted", …)` handles one of them.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"

/**
 * The key is shorter than 32 bytes, so it could be guessed. Nothing was opened.
 *
 * @category reasons
 * @since 0.2.0
 */
export class WeakKey extends Schema.TaggedError<WeakKey>()("WeakKey", { bytes: Schema.Int }) {
  override get message(): string {
    return `the key has ${this.bytes} bytes, and needs at least 32`
  }
}

/**
 * The operating system refuses the address, to a listener or to a client; `code` is its own word for it, such as EADDRINUSE, or
 * TLS's, such as CERT_HAS_EXPIRED.
 *
 * @category reasons
 * @since 0.2.0
 */
export class Unreachable extends Schema.TaggedError<Unreachable>()("Unreachable", {
  code: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

/**
 * The other side did not prove that it has the key: it is no listener of Heddle, has another key or another protocol, or hung up, as a
 * listener does whom this side did not convince. Nothing of it was decoded.
 *
 * @category reasons
 * @since 0.2.0
 */
export class Untrusted extends Schema.TaggedError<Untrusted>()("Untrusted", { detail: Schema.String }) {
  override get message(): string {
    return `the listener is not trusted: ${this.detail}`
  }
}

/**
 * The listener proved that it has the key, and has no place for another connection.
 *
 * @category reasons
 * @since 0.2.0
 */
export class Full extends Schema.TaggedError<Full>()("Full", {}) {
  override get message(): string {
    return "the listener has no place for another connection"
  }
}

/**
 * Connecting took longer than `timeout`.
 *
 * @category reasons
 * @since 0.2.0
 */
export class ConnectTimeout extends Schema.TaggedError<ConnectTimeout>()("ConnectTimeout", {
  millis: Schema.Number
}) {
  override get message(): string {
    return `no connection after ${this.millis} ms`
  }
}

/**
 * The scope of the listener is closed: it accepts nobody any more.
 *
 * @category reasons
 * @since 0.2.0
 */
export class NotListening extends Schema.TaggedError<NotListening>()("NotListening", {}) {
  override get message(): string {
    return "the listener is closed"
  }
}

/**
 * Why there is no listener, or no connection.
 *
 * @category models
 * @since 0.2.0
 */
export type Reason = WeakKey | Unreachable | Untrusted | Full | ConnectTimeout | NotListening

/**
 * A listener does not listen, or a client has no connection, for the `reason`.
 *
 * **Example** (A key that is too short)
 *
 * ```ts
 * import { Listener } from "@heddle/node-workers"
 * import { Effect, Redacted, Schema } from "effect"
 *
 * const program = Listener.make({
 *   address: "unix",
 *   key: Redacted.make(new Uint8Array(16)),
 *   frame: { send: Schema.String, receive: Schema.String }
 * }).pipe(
 *   Effect.asVoid,
 *   Effect.catchReason("ListenerError", "WeakKey", ({ bytes }) =>
 *     Effect.sync(() => console.log(`${bytes} bytes are too few`))
 *   )
 * )
 * Effect.runSync(Effect.scoped(program)) // => 16 bytes are too few
 * ```
 *
 * @category errors
 * @since 0.2.0
 */
export class ListenerError extends Schema.TaggedError<ListenerError>()("ListenerError", {
  reason: Schema.Union([WeakKey, Unreachable, Untrusted, Full, ConnectTimeout, NotListening])
}) {
  override get message(): string {
    return this.reason.message
  }
}
