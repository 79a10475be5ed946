// A client that speaks bytes: what a listener may meet.
import { createSecretKey, randomBytes } from "node:crypto"
import { connect, type Socket } from "node:net"
import { Handshake, type Terms } from "../../src/internal/connection/handshake.ts"
import { headerLength, seal } from "../../src/internal/connection/framing.ts"
import type { Place } from "../../src/internal/connection/sockets.ts"

export const keyBytes = Buffer.alloc(32, "the key of the tests")

const terms: Terms = { buffer: 64, maxFrameBytes: 1024 ** 2, maxDepth: 100 }

export class RawClient {
  readonly socket: Socket
  /** Everything that came. */
  received = Buffer.alloc(0)
  readonly closed: Promise<void>
  private wake: () => void = () => {}

  constructor(place: Place) {
    this.socket = connect(place)
    this.socket.on("error", () => {})
    this.socket.on("data", (chunk) => {
      this.received = Buffer.concat([this.received, chunk])
      this.wake()
    })
    this.closed = new Promise((resolve) => void this.socket.on("close", () => resolve()))
    this.socket.on("end", () => this.socket.end())
  }

  send(...bytes: ReadonlyArray<Buffer>): void {
    this.socket.write(Buffer.concat(bytes))
  }

  /** Waits until so many bytes have come, and takes them. */
  async read(length: number): Promise<Buffer> {
    while (this.received.length < length) await new Promise<void>((resolve) => (this.wake = resolve))
    const bytes = this.received.subarray(0, length)
    this.received = this.received.subarray(length)
    return bytes
  }

  /** Goes through the handshake, and returns what the client sent. */
  async authenticate(key = keyBytes): Promise<ReadonlyArray<Buffer>> {
    const handshake = new Handshake({
      role: "client",
      key: createSecretKey(key),
      protocol: "",
      nonce: randomBytes(32),
      binding: Buffer.alloc(0),
      terms: () => terms
    })
    const sent = [handshake.begin()!]
    this.send(sent[0]!)
    for (const length of [36, 44]) {
      const { send } = handshake.push(await this.read(length))
      sent.push(send!)
      this.send(send!)
    }
    return sent
  }
}

/** A frame by hand. */
export const frame = (kind: number, body: Buffer): Buffer =>
  seal(Buffer.concat([Buffer.alloc(headerLength), body]), kind)

/** The body of a value by hand: characters are tags of V8's layout. */
export const bodyOf = (...parts: ReadonlyArray<string | number>): Buffer =>
  Buffer.from([
    0xff,
    15,
    ...parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part, "latin1")] : [part]))
  ])
