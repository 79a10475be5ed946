/**
 * The client's side: a connection to a listener, after the handshake, or the reason why there is none.
 *
 * @since 0.2.0
 */
import { randomBytes } from "node:crypto"
import type { Socket } from "node:net"
import * as Effect from "effect/Effect"
import {
  ConnectTimeout,
  Full,
  ListenerError,
  type Reason,
  Unreachable,
  Untrusted
} from "../../ListenerError.ts"
import { Connection } from "./Connection.ts"
import { Handshake, nonceLength, type Progress } from "./handshake.ts"
import { describe } from "./Reception.ts"
import type { ClientSettings } from "./settings.ts"
import { dial } from "./sockets.ts"

/** Connects, and resumes with a connection or with an error; an interruption closes the socket. */
export const connect = (settings: ClientSettings): Effect.Effect<Connection, ListenerError> =>
  Effect.callback((resume) => {
    const dialing = new Dialing(settings, resume)
    return Effect.sync(() => dialing.cancel())
  })

class Dialing {
  private readonly settings: ClientSettings
  private readonly resume: (result: Effect.Effect<Connection, ListenerError>) => void
  private readonly socket: Socket
  private readonly timer: NodeJS.Timeout
  private handshake: Handshake | undefined
  private isOver = false

  constructor(settings: ClientSettings, resume: (result: Effect.Effect<Connection, ListenerError>) => void) {
    this.settings = settings
    this.resume = resume
    this.timer = setTimeout(
      () => this.fail(new ConnectTimeout({ millis: settings.timeout })),
      settings.timeout
    )
    this.socket = dial(settings.address, settings.tls, (binding) => this.begin(binding))
    this.socket.on("error", this.onError)
    this.socket.on("close", this.onEnd)
  }

  cancel(): void {
    if (this.isOver) return
    this.finish()
    this.socket.destroy()
  }

  private begin(binding: Buffer): void {
    if (this.isOver) return
    const { key, protocol, terms } = this.settings
    const nonce = randomBytes(nonceLength)
    this.handshake = new Handshake({ role: "client", key, protocol, nonce, binding, terms: () => terms })
    this.socket.on("data", this.onData)
    this.socket.on("end", this.onEnd)
    this.socket.write(this.handshake.begin()!)
  }

  private readonly onData = (chunk: Buffer): void => {
    const { done, refused, send }: Progress = this.handshake!.push(chunk)
    if (refused !== undefined) return this.fail(new Untrusted({ detail: describe[refused] }))
    if (done !== undefined && done.terms.buffer === 0) return this.fail(new Full())
    if (send !== undefined) this.socket.write(send)
    if (done === undefined) return
    this.finish()
    const { codec, terms: ours } = this.settings
    const connection = new Connection({
      socket: this.socket,
      codec,
      ours,
      theirs: done.terms,
      rest: done.rest
    })
    this.resume(Effect.succeed(connection))
  }

  private readonly onError = (error: Error): void => {
    const { code } = error as NodeJS.ErrnoException
    if (this.handshake === undefined)
      this.fail(new Unreachable({ code: code ?? "UNKNOWN", detail: error.message }))
    else this.onEnd()
  }

  private readonly onEnd = (): void =>
    this.fail(
      new Untrusted({ detail: "it hung up before it had proved itself, as for another key or protocol" })
    )

  private fail(reason: Reason): void {
    if (this.isOver) return
    this.finish()
    this.socket.destroy()
    this.resume(Effect.fail(new ListenerError({ reason })))
  }

  /** Leaves the socket as if nobody had listened to it, but for its errors. */
  private finish(): void {
    this.isOver = true
    clearTimeout(this.timer)
    this.socket.on("error", () => {})
    this.socket.off("error", this.onError)
    this.socket.off("data", this.onData)
    for (const event of ["end", "close"] as const) this.socket.off(event, this.onEnd)
  }
}
