/**
 * Sockets of Node, and the files of Unix sockets. No other file knows which kind of socket it has.
 *
 * Not Effect's own sockets: those read and decode before anything is checked, know no mode of a socket's file, and count neither
 * connections nor bytes (docs/decisions/0061-connections-between-programs.md).
 *
 * @since 0.2.0
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { createServer, connect as connectPlain, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import {
  connect as connectSecure,
  type ConnectionOptions as TlsClientOptions,
  createServer as createSecureServer,
  type TlsOptions as TlsServerOptions,
  type TLSSocket
} from "node:tls"
import { isMainThread } from "node:worker_threads"

export type { TlsClientOptions, TlsServerOptions }

/** A peer whose machine is gone is noticed by probes, since it says nothing. */
const socketOptions = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }

/** Where a listener listens. */
export type Place = { readonly path: string } | { readonly host: string; readonly port: number }

/** A connection of which nothing is known yet. */
export interface Stranger {
  /** The address of the other side; `undefined` for a Unix socket. */
  readonly remote: string | undefined
  /** Prepares the socket for bytes of the protocol. With TLS, `onReady` comes after TLS's own handshake. */
  readonly open: (onReady: (socket: Socket, binding: Buffer) => void) => void
  readonly onClose: (listener: () => void) => void
  readonly destroy: () => void
}

/** A server that listens. */
export interface Listening {
  readonly place: Place
  /** Accepts nobody any more, and removes the socket's file and folder. */
  readonly close: () => void
}

/** Resolves when the server listens; rejects with Node's error. */
export const listen = async (
  wanted: "unix" | Place,
  tls: TlsServerOptions | undefined,
  onStranger: (stranger: Stranger) => void
): Promise<Listening> => {
  const folder = wanted === "unix" ? mkdtempSync(join(tmpdir(), "heddle-")) : undefined
  const place = wanted === "unix" ? { path: join(folder!, "socket") } : wanted
  const cleanUp = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
  try {
    const secure = tls && createSecureServer({ minVersion: "TLSv1.3", ...tls })
    const welcome = secure === undefined ? welcomePlain(onStranger) : welcomeSecure(secure, onStranger)
    const server = createServer(socketOptions, welcome)
    await listening(server, place)
    const bound = server.address()
    return {
      place: typeof bound === "object" && bound !== null ? { host: bound.address, port: bound.port } : place,
      close: () => {
        // Node removes the file of the socket.
        server.close()
        cleanUp()
      }
    }
  } catch (error) {
    cleanUp()
    throw error
  }
}

const listening = (server: Server, place: Place): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.once("listening", () => {
      server.off("error", reject)
      // An error of a single `accept`, such as too many open files, leaves the server as it is.
      server.on("error", () => {})
      resolve()
    })
    if ("path" in place) listenPrivately(server, place.path)
    else server.listen(place)
  })

/** Creates the socket's file with mode 0600. Node binds it before `listen` returns. */
const listenPrivately = (server: Server, path: string): void => {
  if (!isMainThread) {
    // A thread cannot change the mask of its process.
    server.once("listening", () => chmodSync(path, 0o600))
    server.listen(path)
    return
  }
  const mask = process.umask(0o177)
  try {
    server.listen(path)
  } finally {
    process.umask(mask)
  }
}

// --------------------------------------------------------------------------
// strangers
// --------------------------------------------------------------------------

const noBinding = Buffer.alloc(0)

const welcomePlain = (onStranger: (stranger: Stranger) => void) => (socket: Socket) =>
  onStranger(strangerOf(socket, (onReady) => onReady(socket, noBinding)))

/** A server of TLS is given the raw sockets, so that limits of time and number begin before the handshake of TLS. */
const welcomeSecure = (
  secure: ReturnType<typeof createSecureServer>,
  onStranger: (stranger: Stranger) => void
) => {
  const waiting = new Map<string, (socket: TLSSocket) => void>()
  secure.on("secureConnection", (socket) => {
    const onReady = waiting.get(remoteOf(socket) ?? "")
    if (onReady === undefined) socket.destroy()
    else onReady(socket)
  })
  // The raw socket is closed then, and says so.
  secure.on("tlsClientError", (_error, socket) => socket.destroy())
  return (raw: Socket): void => {
    const remote = remoteOf(raw)
    raw.on("close", () => waiting.delete(remote ?? ""))
    onStranger(
      strangerOf(raw, (onReady) => {
        if (remote === undefined) return void raw.destroy()
        waiting.set(remote, (socket) => {
          waiting.delete(remote)
          onReady(socket, bindingOf(socket))
        })
        secure.emit("connection", raw)
      })
    )
  }
}

const strangerOf = (socket: Socket, open: Stranger["open"]): Stranger => {
  socket.on("error", () => {})
  return {
    remote: remoteOf(socket),
    open,
    onClose: (listener) => void socket.on("close", listener),
    destroy: () => void socket.destroy()
  }
}

const remoteOf = ({ remoteAddress, remotePort }: Socket): string | undefined =>
  remotePort === undefined ? undefined : `${remoteAddress}:${remotePort}`

/** Bytes that only the two sides of this TLS session can compute. A proof that contains them is worth nothing elsewhere. */
const bindingOf = (socket: TLSSocket): Buffer =>
  socket.exportKeyingMaterial(32, "EXPORTER-heddle-connection", Buffer.alloc(0))

// --------------------------------------------------------------------------
// the client's side
// --------------------------------------------------------------------------

/** Connects a socket. The callbacks come later than the call. Destroy the socket to give up. */
export const dial = (
  place: Place,
  tls: TlsClientOptions | undefined,
  onReady: (binding: Buffer) => void
): Socket => {
  if (tls === undefined) {
    const socket = connectPlain({ ...place, ...socketOptions })
    return socket.once("connect", () => onReady(noBinding))
  }
  const socket = connectSecure({ minVersion: "TLSv1.3", ...tls, ...place } as TlsClientOptions)
  // `tls.connect` does not take `allowHalfOpen`.
  socket.allowHalfOpen = true
  return socket.once("secureConnect", () => {
    socket.setNoDelay(true)
    onReady(bindingOf(socket))
  })
}
