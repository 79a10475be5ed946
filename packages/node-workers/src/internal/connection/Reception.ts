/**
 * The listener's side: strangers become connections, or are refused.
 *
 * It receives sockets from `sockets.ts`, drives one `Handshake` for each, and hands a `Connection` to whoever waits in `next`. Upheld here,
 * all of G16:
 *
 * - each stranger has one deadline for everything up to the last byte of its handshake, and nobody waits for a stranger;
 * - at most `maxPending` strangers are there; the one that has been there longest makes room;
 * - at most `maxConnections` connections are there, those that nobody has accepted yet among them;
 * - each refusal is told once, with its reason, and touches nothing but the socket of the stranger.
 *
 * @since 0.2.0
 */
import { randomBytes } from "node:crypto"
import type { Socket } from "node:net"
import * as Effect from "effect/Effect"
import { ListenerError, NotListening } from "../../ListenerError.ts"
import { Connection } from "./Connection.ts"
import { type Distrust, Handshake, nonceLength } from "./handshake.ts"
import type { ListenerSettings } from "./settings.ts"
import type { Stranger } from "./sockets.ts"

/** A stranger, or a connection that broke the protocol, was refused. `Listener.ts` says what the words mean. */
export interface Refused {
  readonly why:
    | "NotHeddle"
    | "Reflected"
    | "WrongProof"
    | "TimedOut"
    | "HungUp"
    | "Crowded"
    | "Full"
    | "BadFrame"
  readonly detail: string
  readonly remote: string | undefined
}

/** A stranger in its handshake. */
interface Pending {
  readonly stranger: Stranger
  readonly timer: NodeJS.Timeout
  bytes: number
  isSecured: boolean
  /** The socket to close; with TLS another one than the stranger's. */
  socket: Socket | undefined
  /** Whether a place among the connections is kept for it. */
  hasPlace: boolean
}

type Waiter = (result: Effect.Effect<Connection, ListenerError>) => void

export class Reception {
  private readonly settings: ListenerSettings
  private readonly onRefused: (refused: Refused) => void
  /** Invariant: in the order in which they came. */
  private readonly pending = new Set<Pending>()
  private readonly connections = new Set<Connection>()
  // One that has ended keeps its place until it is accepted, because what it sent waits here. Invariant: waiters and unaccepted
  // connections never exist at the same time.
  private readonly unaccepted = new Set<Connection>()
  private readonly waiters = new Set<Waiter>()
  /** Sockets of clients that were told that there is no place. */
  private readonly leaving = new Set<Socket>()
  private isClosed = false

  constructor(settings: ListenerSettings, onRefused: (refused: Refused) => void) {
    this.settings = settings
    this.onRefused = onRefused
  }

  /** The next connection, in the order of their handshakes. */
  readonly next: Effect.Effect<Connection, ListenerError> = Effect.suspend(() => {
    for (const connection of this.unaccepted) {
      this.unaccepted.delete(connection)
      return Effect.succeed(connection)
    }
    if (this.isClosed) return Effect.fail(notListening())
    return Effect.callback<Connection, ListenerError>((resume) => {
      this.waiters.add(resume)
      return Effect.sync(() => void this.waiters.delete(resume))
    })
  })

  /** Closes every socket. Resolves when all are closed. */
  close(): Effect.Effect<void> {
    this.isClosed = true
    for (const pending of this.pending) this.drop(pending)
    for (const socket of this.leaving) socket.destroy()
    this.unaccepted.clear()
    for (const resume of this.waiters) resume(Effect.fail(notListening()))
    this.waiters.clear()
    return Effect.forEach(Array.from(this.connections), ({ close }) => close, {
      concurrency: "unbounded",
      discard: true
    })
  }

  readonly receive = (stranger: Stranger): void => {
    if (this.isClosed) return stranger.destroy()
    this.makeRoom()
    const pending: Pending = {
      stranger,
      timer: setTimeout(
        () => this.refuse(pending, "TimedOut", `no proof after ${this.settings.handshake} ms`),
        this.settings.handshake
      ),
      bytes: 0,
      isSecured: false,
      socket: undefined,
      hasPlace: false
    }
    this.pending.add(pending)
    stranger.onClose(() =>
      this.refuse(pending, "HungUp", describeEnd(pending, this.settings.tls !== undefined))
    )
    stranger.open((socket, binding) => this.begin(pending, socket, binding))
  }

  private makeRoom(): void {
    if (this.pending.size < this.settings.maxPending) return
    const [longest] = this.pending
    if (longest !== undefined) {
      this.refuse(longest, "Crowded", `${this.settings.maxPending} others were in their handshake`)
    }
  }

  private begin(pending: Pending, socket: Socket, binding: Buffer): void {
    if (!this.pending.has(pending)) return void socket.destroy()
    pending.isSecured = true
    pending.socket = socket
    const { key, protocol } = this.settings
    const handshake = new Handshake({
      role: "listener",
      key,
      protocol,
      binding,
      nonce: randomBytes(nonceLength),
      terms: () => this.reserve(pending)
    })
    const onData = (chunk: Buffer): void => {
      pending.bytes += chunk.length
      const { done, refused, send } = handshake.push(chunk)
      if (send !== undefined) socket.write(send)
      if (refused !== undefined) return this.refuse(pending, refused, describe[refused])
      if (handshake.hasProof && !pending.hasPlace) return this.turnAway(pending, socket)
      if (done === undefined) return
      socket.off("data", onData)
      socket.off("end", onEnd)
      this.establish(pending, socket, done.terms, done.rest)
    }
    const onEnd = (): void => this.refuse(pending, "HungUp", describeEnd(pending, false))
    socket.on("error", () => {})
    socket.on("data", onData)
    socket.on("end", onEnd)
  }

  /** Called when the proof was right: the terms, with a buffer of 0 where no place is left. */
  private reserve(pending: Pending): ListenerSettings["terms"] {
    const { maxConnections, terms } = this.settings
    let reserved = new Set([...this.connections, ...this.unaccepted]).size
    for (const { hasPlace } of this.pending) if (hasPlace) reserved++
    pending.hasPlace = reserved < maxConnections
    return pending.hasPlace ? terms : { ...terms, buffer: 0 }
  }

  /** The client has the key, so it is told why: its terms carry a buffer of 0. It closes the socket, or the deadline does. */
  private turnAway(pending: Pending, socket: Socket): void {
    if (!this.pending.delete(pending)) return
    clearTimeout(pending.timer)
    const linger = setTimeout(() => socket.destroy(), this.settings.handshake)
    this.leaving.add(socket)
    socket.on("close", () => {
      clearTimeout(linger)
      this.leaving.delete(socket)
    })
    socket.removeAllListeners("data")
    socket.resume()
    socket.end()
    this.tell(pending, "Full", `${this.settings.maxConnections} connections are open`)
  }

  private establish(pending: Pending, socket: Socket, theirs: ListenerSettings["terms"], rest: Buffer): void {
    this.pending.delete(pending)
    clearTimeout(pending.timer)
    const { codec, terms: ours } = this.settings
    const connection = new Connection({
      socket,
      codec,
      ours,
      theirs,
      rest,
      onViolation: ({ message }) => this.tell(pending, "BadFrame", message),
      onGone: () => void this.connections.delete(connection)
    })
    this.connections.add(connection)
    const [resume] = this.waiters
    if (resume === undefined) {
      this.unaccepted.add(connection)
      return
    }
    this.waiters.delete(resume)
    resume(Effect.succeed(connection))
  }

  private refuse(pending: Pending, why: Refused["why"], detail: string): void {
    if (!this.pending.has(pending)) return
    this.drop(pending)
    this.tell(pending, why, detail)
  }

  private drop(pending: Pending): void {
    this.pending.delete(pending)
    clearTimeout(pending.timer)
    pending.socket?.destroy()
    pending.stranger.destroy()
  }

  private tell({ bytes, stranger: { remote } }: Pending, why: Refused["why"], detail: string): void {
    this.onRefused({ why, detail: `${detail}; ${bytes} bytes came before`, remote })
  }
}

const notListening = (): ListenerError => new ListenerError({ reason: new NotListening() })

export const describe: Record<Distrust, string> = {
  NotHeddle: "what it sent is none of this protocol",
  Reflected: "it sent back the challenge that it was given",
  WrongProof: "its proof is wrong: another key, another protocol, or a proof made for another connection"
}

const describeEnd = ({ isSecured }: Pending, hasTls: boolean): string =>
  hasTls && !isSecured ? "the handshake of TLS failed" : "it hung up in its handshake"
