/**
 * The options of listeners and clients, checked, with every default filled in.
 *
 * @since 0.2.0
 */
import { createSecretKey, type KeyObject } from "node:crypto"
import { types } from "node:util"
import { InvalidOption } from "@heddle/core/InvalidOption"
import type { PlainSchema } from "@heddle/core/Task"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { ListenerError, WeakKey } from "../../ListenerError.ts"
import { own } from "../own.ts"
import { type Codec, compile } from "./codec.ts"
import { most, type Terms } from "./handshake.ts"
import type { Place, TlsClientOptions, TlsServerOptions } from "./sockets.ts"

/** What both sides of a connection have to say. */
export interface CommonOptions<S extends PlainSchema, R extends PlainSchema> {
  /**
   * The secret that both programs have: at least 32 random bytes, as from `crypto.randomBytes(32)`. A shorter key fails with
   * `WeakKey`.
   */
  readonly key: Redacted.Redacted<Uint8Array>
  /** The schemas of elements: `send` of those that this side sends, `receive` of those that it receives. */
  readonly frame: { readonly send: S; readonly receive: R }
  /**
   * The name of what is spoken, with its version, such as `"thumbnails/2"`. Part of both proofs, so sides with different names refuse
   * each other, though they have the same key. Default `""`.
   */
  readonly protocol?: string | undefined
  /**
   * Elements that the other side may be ahead, 1 to 65,536: its `send` waits then (G14). Default 64.
   */
  readonly buffer?: number | undefined
  /**
   * The largest element, in bytes, that this side receives. A larger one is refused before anything is allocated for it. Its decoded
   * form may take 16 times as much memory. At most 1 GiB. Default 16,777,216 (16 MiB).
   */
  readonly maxFrameBytes?: number | undefined
  /** The deepest nesting of an element that this side receives, 1 to 1,000 levels. Default 128. */
  readonly maxDepth?: number | undefined
}

/** Where a listener listens. */
export type ListenerAddress =
  | "unix"
  | { readonly path: string }
  | { readonly port: number; readonly host?: string | undefined }

export interface ListenerOptions<S extends PlainSchema, R extends PlainSchema> extends CommonOptions<S, R> {
  /**
   * - `"unix"`: a Unix socket in a folder of its own, below the folder for temporary files. Only this user can open the folder
   *   (mode 0700) and the socket (0600). Both are removed with the scope.
   * - `{ path }`: a Unix socket at this path, with mode 0600. Its folder must exist.
   * - `{ port, host }`: TCP. Port 0 takes a free one. Default of `host`: `127.0.0.1`, which only this machine can reach.
   */
  readonly address: ListenerAddress
  /**
   * How long the whole handshake may take, from the first byte of TCP or TLS to the last proof. Default 1 second.
   */
  readonly handshake?: Duration.Input | undefined
  /** Connections at a time, also those that wait for `accept`. Default 64. */
  readonly maxConnections?: number | undefined
  /**
   * Handshakes at a time. One more, and the one that has lasted longest is refused, so that many silent clients keep no good one out.
   * Default 16.
   */
  readonly maxPending?: number | undefined
  /**
   * TLS over TCP, with the certificate given here: the options of Node's `tls.createServer`. Default: no TLS. With TLS, both proofs
   * contain a secret of the TLS session. Default of `minVersion`: `TLSv1.3`.
   */
  readonly tls?: TlsServerOptions | undefined
}

export interface ClientOptions<S extends PlainSchema, R extends PlainSchema> extends CommonOptions<S, R> {
  /** The address of a listener. Default of `host`: `127.0.0.1`. */
  readonly address: Exclude<ListenerAddress, "unix">
  /** How long connecting may take, with the handshake. Default 5 seconds. */
  readonly timeout?: Duration.Input | undefined
  /** The options of Node's `tls.connect`, such as `ca` and `servername`. Default: no TLS. */
  readonly tls?: TlsClientOptions | undefined
}

export interface CommonSettings {
  readonly key: KeyObject
  readonly codec: Codec
  readonly protocol: string
  readonly terms: Terms
}

export interface ListenerSettings extends CommonSettings {
  readonly address: "unix" | Place
  readonly handshake: number
  readonly maxConnections: number
  readonly maxPending: number
  readonly tls: TlsServerOptions | undefined
}

export interface ClientSettings extends CommonSettings {
  readonly address: Place
  readonly timeout: number
  readonly tls: TlsClientOptions | undefined
}

export const defaults = {
  protocol: "",
  buffer: 64,
  maxFrameBytes: 16 * 1024 ** 2,
  maxDepth: 128,
  handshake: 1000,
  maxConnections: 64,
  maxPending: 16,
  timeout: 5000,
  host: "127.0.0.1",
  keyBytes: 32
} as const

const commonOptions = ["address", "key", "frame", "protocol", "buffer", "maxFrameBytes", "maxDepth", "tls"]
const listenerOptions = new Set([...commonOptions, "handshake", "maxConnections", "maxPending"])
const clientOptions = new Set([...commonOptions, "timeout"])

/** Throws {@link InvalidOption} for a mistake, {@link ListenerError} for a weak key. */
export const resolveListener = (given: ListenerOptions<any, any>): ListenerSettings => {
  const options = known(given, listenerOptions, "a listener")
  const { address } = options
  const tls = toTls(options.tls)
  return {
    ...common(options),
    address: address === "unix" ? address : toPlace(address, tls !== undefined),
    handshake: toMillis("handshake", options.handshake ?? defaults.handshake),
    maxConnections: integer("maxConnections", options.maxConnections ?? defaults.maxConnections, 65_536),
    maxPending: integer("maxPending", options.maxPending ?? defaults.maxPending, 65_536),
    tls: address === "unix" && tls !== undefined ? refuseTls() : tls
  }
}

/** Throws {@link InvalidOption} for a mistake, {@link ListenerError} for a weak key. */
export const resolveClient = (given: ClientOptions<any, any>): ClientSettings => {
  const options = known(given, clientOptions, "a client")
  const tls = toTls(options.tls)
  return {
    ...common(options),
    address: toPlace(options.address, tls !== undefined),
    timeout: toMillis("timeout", options.timeout ?? defaults.timeout),
    tls
  }
}

/** Mistakes in options are defects, a weak key is not. */
export const resolving = <A>(resolve: () => A): Effect.Effect<A, ListenerError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(resolve())
    } catch (error) {
      return error instanceof ListenerError ? Effect.fail(error) : Effect.die(error)
    }
  })

const known = <A extends object>(given: A, names: ReadonlySet<string>, of: string): A => {
  const options = own(given)
  for (const key of Object.keys(options)) {
    if (!names.has(key)) throw new InvalidOption(key, `is not an option of ${of}`)
  }
  return options
}

const common = (options: CommonOptions<any, any>): CommonSettings => {
  const frame = own(options.frame)
  for (const side of ["send", "receive"] as const) {
    if (!Schema.isSchema(frame?.[side])) throw new InvalidOption(`frame.${side}`, "expected a schema")
  }
  const protocol = options.protocol ?? defaults.protocol
  if (typeof protocol !== "string") throw new InvalidOption("protocol", "expected a name")
  return {
    codec: compile(frame.send, frame.receive),
    protocol,
    terms: {
      buffer: integer("buffer", options.buffer ?? defaults.buffer, most.buffer),
      maxFrameBytes: integer(
        "maxFrameBytes",
        options.maxFrameBytes ?? defaults.maxFrameBytes,
        most.maxFrameBytes
      ),
      maxDepth: integer("maxDepth", options.maxDepth ?? defaults.maxDepth, most.maxDepth)
    },
    key: toKey(options.key)
  }
}

/** Copies the key to where no message, log or inspection shows it. */
const toKey = (key: unknown): KeyObject => {
  if (!Redacted.isRedacted(key))
    throw new InvalidOption("key", "expected Redacted.make(bytes), so that no log shows it")
  const bytes = Redacted.value(key)
  if (!types.isUint8Array(bytes))
    throw new InvalidOption("key", "expected bytes, as from crypto.randomBytes(32)")
  if (bytes.byteLength < defaults.keyBytes) {
    throw new ListenerError({ reason: new WeakKey({ bytes: bytes.byteLength }) })
  }
  return createSecretKey(bytes)
}

const toPlace = (given: unknown, hasTls: boolean): Place => {
  const address = own(given) as { readonly path?: unknown; readonly port?: unknown; readonly host?: unknown }
  if (typeof address === "object" && address !== null) {
    const { path, port, host = defaults.host } = address
    if (typeof path === "string" && path !== "" && port === undefined) return hasTls ? refuseTls() : { path }
    if (path === undefined && typeof host === "string")
      return { host, port: integer("address.port", port, 65_535, 0) }
  }
  throw new InvalidOption("address", 'expected { path }, or { port, host }; a listener also takes "unix"')
}

const refuseTls = (): never => {
  throw new InvalidOption("tls", "needs a port: the file of a Unix socket is private without it")
}

const toTls = <A>(tls: A | undefined): A | undefined => {
  if (tls === undefined) return undefined
  if (typeof tls !== "object" || tls === null)
    throw new InvalidOption("tls", "expected the options of node:tls")
  return own(tls)
}

const integer = (option: string, value: unknown, max: number, min = 1): number => {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value
  throw new InvalidOption(option, `expected an integer from ${min} to ${max}, got ${show(value)}`)
}

/** The longest delay of a timer of Node. */
const mostMillis = 2 ** 31 - 1

const toMillis = (option: string, value: unknown): number => {
  const millis = Option.match(durationOf(value), { onNone: () => NaN, onSome: Duration.toMillis })
  if (millis > 0 && millis <= mostMillis) return millis
  throw new InvalidOption(option, `expected a duration such as "2 seconds", got ${show(value)}`)
}

const durationOf = (value: unknown): Option.Option<Duration.Duration> => {
  try {
    return Duration.fromInput((Duration.isDuration(value) ? value : own(value)) as Duration.Input)
  } catch {
    return Option.none()
  }
}

const show = (value: unknown): string =>
  typeof value === "string" ? JSON.stringify(value) : typeof value === "number" ? String(value) : typeof value
