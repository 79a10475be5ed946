/**
 * Connects to a `Listener` of another program.
 *
 * @since 0.2.0
 */
import type { End } from "@heddle/core/Pipe"
import type { PlainSchema } from "@heddle/core/Task"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { connect as dial } from "./internal/connection/Dialing.ts"
import { type ClientOptions, resolveClient, resolving } from "./internal/connection/settings.ts"
import type { ListenerError } from "./ListenerError.ts"

export {
  /**
   * The options of a client. An unknown or wrong option is a defect: `InvalidOption`.
   *
   * @category models
   * @since 0.2.0
   */
  type ClientOptions
} from "./internal/connection/settings.ts"

/**
 * Connects, and gives this side's end of the connection, which is closed with the scope.
 *
 * Fails with `WeakKey` for a key below 32 bytes, `Unreachable` where nobody listens or TLS fails, `Untrusted` when the other side has
 * another key or another protocol, `Full` when it has no place, `ConnectTimeout` when all that takes longer than `timeout`. An
 * interruption closes the socket.
 *
 * **Example** (A request and its answer)
 *
 * ```ts no-run
 * import { Client } from "@heddle/node-workers"
 * import { Effect, Redacted, Schema } from "effect"
 * import { readFile } from "node:fs/promises"
 *
 * const program = Effect.gen(function* () {
 *   const key = Redacted.make<Uint8Array>(yield* Effect.promise(() => readFile("thumbnails.key")))
 *   const end = yield* Client.connect({
 *     address: { path: "/run/thumbnails/socket" },
 *     key,
 *     protocol: "thumbnails/1",
 *     frame: { send: Schema.String, receive: Schema.Uint8Array }
 *   })
 *   yield* end.send("cat.png")
 *   return yield* end.receive
 * })
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const connect = <S extends PlainSchema, R extends PlainSchema>(
  options: ClientOptions<S, R>
): Effect.Effect<End<S["Type"], R["Type"]>, ListenerError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.flatMap(
      resolving(() => resolveClient(options)),
      dial
    ),
    ({ close }) => close,
    { interruptible: true }
  )
