/**
 * The handshake of a connection: each side proves that it has the key, before anything that the other side sent is decoded (G16).
 *
 * | step | from     | bytes                                                          |
 * | ---- | -------- | -------------------------------------------------------------- |
 * | 1    | client   | `HDL1`, a nonce of 32 bytes                                    |
 * | 2    | listener | `HDL1`, a nonce of 32 bytes                                    |
 * | 3    | client   | the client's proof, 32 bytes                                   |
 * | 4    | listener | the listener's proof, 32 bytes; the listener's terms, 12 bytes |
 * | 5    | client   | the client's terms, 12 bytes                                   |
 *
 * A proof is the HMAC-SHA-256, by the key, of the version of the protocol, the role of the side that proves, the name of the program's own
 * protocol, both nonces, and the binding to the TLS session, if there is one. So no proof is worth anything in another connection,
 * in the other role, or for another protocol. The digest is fixed: nothing is negotiated.
 *
 * This file knows bytes alone; sockets and deadlines are those of `Reception.ts` and `Dialing.ts`.
 *
 * @since 0.2.0
 */
import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto"

const magic = Buffer.from("HDL1")
const version = "heddle connection 1"

export const nonceLength = 32
const openingLength = magic.length + nonceLength
const proofLength = 32
const termsLength = 12

/** What a side is ready to receive. */
export interface Terms {
  /** Elements that the other side may send before the first of them is taken. From a listener: 0 when it has no place left. */
  readonly buffer: number
  readonly maxFrameBytes: number
  readonly maxDepth: number
}

/**
 * Why a side refuses the other one.
 *
 * - `NotHeddle`: bytes that are none of this protocol.
 * - `Reflected`: the other side sent this side's own nonce back.
 * - `WrongProof`: another key, another protocol, or the proof of another connection or role.
 */
export type Distrust = "NotHeddle" | "Reflected" | "WrongProof"

export interface HandshakeOptions {
  readonly role: "client" | "listener"
  readonly key: KeyObject
  readonly protocol: string
  readonly nonce: Buffer
  /** What both sides know of the TLS session; empty without TLS. */
  readonly binding: Buffer
  /** Called when the other side's proof was found right. */
  readonly terms: () => Terms
}

/** What to do after some bytes. */
export interface Progress {
  readonly send?: Buffer
  readonly refused?: Distrust
  /** The handshake is over. `rest` are bytes of frames that came with it. */
  readonly done?: { readonly terms: Terms; readonly rest: Buffer }
}

/**
 * - `opening`, `proof`, `terms`: what is expected of the other side.
 * - `over`: the other side was accepted or refused.
 */
type State = "opening" | "proof" | "terms" | "over"

const lengthOf = { opening: openingLength, proof: proofLength, terms: termsLength } as const

export class Handshake {
  private readonly options: HandshakeOptions
  private readonly collected = Buffer.alloc(openingLength)
  private collectedBytes = 0
  private state: State = "opening"
  private theirNonce: Buffer = Buffer.alloc(0)

  constructor(options: HandshakeOptions) {
    this.options = options
  }

  /** The client speaks first. */
  begin(): Buffer | undefined {
    return this.options.role === "client" ? this.opening() : undefined
  }

  get hasProof(): boolean {
    return this.state === "terms"
  }

  /** Reads bytes of the other side. At most 68 are kept before its proof was found right. */
  push(chunk: Buffer): Progress {
    const sends: Array<Buffer> = []
    for (let rest = chunk; this.state !== "over";) {
      const { state } = this
      const read = rest.copy(this.collected, this.collectedBytes, 0, lengthOf[state] - this.collectedBytes)
      this.collectedBytes += read
      rest = rest.subarray(read)
      if (state === "opening" && !this.beginsWithMagic()) return this.refuse("NotHeddle")
      if (this.collectedBytes < lengthOf[state]) break
      const bytes = Buffer.from(this.collected.subarray(0, this.collectedBytes))
      this.collectedBytes = 0
      const { refused, send, terms } = this.take(state, bytes)
      if (send !== undefined) sends.push(send)
      if (refused !== undefined) return this.refuse(refused)
      if (terms !== undefined) return { ...all(sends), done: { terms, rest } }
      // The other side may not know yet what comes next.
      if (rest.length > 0 && !this.mayContinue(state)) return this.refuse("NotHeddle")
    }
    return all(sends)
  }

  private take(
    state: Exclude<State, "over">,
    bytes: Buffer
  ): { readonly refused?: Distrust; readonly send?: Buffer; readonly terms?: Terms } {
    const isClient = this.options.role === "client"
    switch (state) {
      case "opening":
        this.theirNonce = bytes.subarray(magic.length)
        if (this.theirNonce.equals(this.options.nonce)) return { refused: "Reflected" }
        this.state = "proof"
        return { send: isClient ? this.proofOf("client") : this.opening() }
      case "proof": {
        if (!timingSafeEqual(bytes, this.proofOf(isClient ? "listener" : "client")))
          return { refused: "WrongProof" }
        this.state = "terms"
        return isClient
          ? {}
          : { send: Buffer.concat([this.proofOf("listener"), encodeTerms(this.options.terms())]) }
      }
      case "terms": {
        const terms = decodeTerms(bytes)
        if (terms === undefined) return { refused: "NotHeddle" }
        this.state = "over"
        return isClient ? { send: encodeTerms(this.options.terms()), terms } : { terms }
      }
    }
  }

  /** Only a listener sends two steps at once: proof and terms. */
  private mayContinue(state: State): boolean {
    return state === "proof" && this.options.role === "client"
  }

  private refuse(refused: Distrust): Progress {
    this.state = "over"
    return { refused }
  }

  private opening(): Buffer {
    return Buffer.concat([magic, this.options.nonce])
  }

  private beginsWithMagic(): boolean {
    const seen = Math.min(this.collectedBytes, magic.length)
    return magic.compare(this.collected, 0, seen, 0, seen) === 0
  }

  private proofOf(role: "client" | "listener"): Buffer {
    const { binding, key, nonce, protocol } = this.options
    const nonces = this.options.role === "client" ? [nonce, this.theirNonce] : [this.theirNonce, nonce]
    const hmac = createHmac("sha256", key)
    // Each part with its length, so that no two lists of parts give the same bytes.
    for (const part of [Buffer.from(version), Buffer.from(role), Buffer.from(protocol), ...nonces, binding]) {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(part.length)
      hmac.update(length).update(part)
    }
    return hmac.digest()
  }
}

const all = (sends: ReadonlyArray<Buffer>): Progress =>
  sends.length === 0 ? {} : { send: Buffer.concat(sends) }

/** The most that the options allow; terms beyond are none of this protocol. */
export const most = { buffer: 65_536, maxFrameBytes: 1024 ** 3, maxDepth: 1000 } as const

const encodeTerms = ({ buffer, maxDepth, maxFrameBytes }: Terms): Buffer => {
  const bytes = Buffer.alloc(termsLength)
  bytes.writeUInt32LE(buffer, 0)
  bytes.writeUInt32LE(maxFrameBytes, 4)
  bytes.writeUInt32LE(maxDepth, 8)
  return bytes
}

const decodeTerms = (bytes: Buffer): Terms | undefined => {
  const [buffer, maxFrameBytes, maxDepth] = [0, 4, 8].map((at) => bytes.readUInt32LE(at)) as [
    number,
    number,
    number
  ]
  const fits = buffer <= most.buffer && maxFrameBytes <= most.maxFrameBytes && maxDepth <= most.maxDepth
  return fits ? { buffer, maxFrameBytes, maxDepth } : undefined
}
