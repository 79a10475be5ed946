import { createSecretKey, randomBytes } from "node:crypto"
import { assert, describe, it } from "vitest"
import {
  Handshake,
  type HandshakeOptions,
  type Progress,
  type Terms
} from "../../../src/internal/connection/handshake.ts"

const key = createSecretKey(randomBytes(32))
const terms = (buffer: number): Terms => ({ buffer, maxFrameBytes: 1000, maxDepth: 10 })
const sideOf = (role: HandshakeOptions["role"], options: Partial<HandshakeOptions> = {}) =>
  new Handshake({
    role,
    key,
    protocol: "test/1",
    nonce: randomBytes(32),
    binding: Buffer.alloc(0),
    terms: () => terms(role === "client" ? 1 : 2),
    ...options
  })

interface Meeting {
  readonly client: Progress
  readonly listener: Progress
  /** Each message, in order. */
  readonly sent: ReadonlyArray<Buffer>
}

/** Lets two sides talk until one has nothing to say. `pieces` cuts each message. */
const meet = (client: Handshake, listener: Handshake, pieces = Infinity): Meeting => {
  const sent: Array<Buffer> = []
  const last: { client: Progress; listener: Progress } = { client: {}, listener: {} }
  let message = client.begin()
  for (
    let to: "client" | "listener" = "listener";
    message !== undefined;
    to = to === "client" ? "listener" : "client"
  ) {
    sent.push(message)
    const answers: Array<Buffer> = []
    for (let at = 0; at < message.length; at += pieces) {
      const progress = (to === "client" ? client : listener).push(message.subarray(at, at + pieces))
      last[to] = progress
      if (progress.send !== undefined) answers.push(progress.send)
      if (progress.refused !== undefined) return { ...last, sent }
    }
    message = answers.length === 0 ? undefined : Buffer.concat(answers)
  }
  return { ...last, sent }
}

describe("handshake", () => {
  it("of two sides with one key ends with each other's terms, however its bytes are cut: S240, G16", () => {
    for (const pieces of [1, 3, 36, Infinity]) {
      const { client, listener, sent } = meet(sideOf("client"), sideOf("listener"), pieces)
      assert.deepStrictEqual(client.done, { terms: terms(2), rest: Buffer.alloc(0) }, `${pieces}`)
      assert.deepStrictEqual(listener.done, { terms: terms(1), rest: Buffer.alloc(0) }, `${pieces}`)
      // The listener has read 68 bytes before it says more than its challenge.
      assert.deepStrictEqual(
        sent.map(({ length }) => length),
        [36, 36, 32, 44, 12]
      )
    }
  })

  it("with another key, protocol or TLS session is refused by the listener, which proves nothing then: S241, G16", () => {
    const others: ReadonlyArray<Partial<HandshakeOptions>> = [
      { key: createSecretKey(randomBytes(32)) },
      { protocol: "test/2" },
      { protocol: "" },
      { binding: Buffer.from("another session") }
    ]
    for (const other of others) {
      const { listener, sent } = meet(sideOf("client", other), sideOf("listener"))
      assert.deepStrictEqual(listener, { refused: "WrongProof" })
      assert.strictEqual(sent.length, 3)
    }
  })

  it("that was recorded is worth nothing to another challenge: S241, G16", () => {
    const { sent } = meet(sideOf("client"), sideOf("listener"))
    const listener = sideOf("listener")
    assert.isDefined(listener.push(sent[0]!).send)
    assert.deepStrictEqual(listener.push(sent[2]!), { refused: "WrongProof" })
    // A recorded listener convinces no client, either.
    const client = sideOf("client")
    client.begin()
    client.push(sent[1]!)
    assert.deepStrictEqual(client.push(sent[3]!), { refused: "WrongProof" })
  })

  it("that sends our own challenge or our own proof back is refused, on both sides: S241, G16", () => {
    const client = sideOf("client")
    assert.deepStrictEqual(client.push(client.begin()!), { refused: "Reflected" })

    // A second connection to the same listener is asked to answer the challenge of the first one.
    const listener = sideOf("listener")
    const challenge = listener.push(Buffer.concat([Buffer.from("HDL1"), randomBytes(32)])).send!
    assert.deepStrictEqual(sideOf("listener", { nonce: challenge.subarray(4) }).push(challenge), {
      refused: "Reflected"
    })

    // The client's own proof is no proof of a listener, though both nonces are right.
    const honest = sideOf("client")
    honest.begin()
    const proof = honest.push(Buffer.concat([Buffer.from("HDL1"), randomBytes(32)])).send!
    assert.deepStrictEqual(honest.push(Buffer.concat([proof, Buffer.alloc(12)])), { refused: "WrongProof" })
  })

  it("ends at the first byte that is none of the protocol, and keeps at most 68 before a proof: S242, G16", () => {
    assert.deepStrictEqual(sideOf("listener").push(Buffer.from("GET / HTTP/1.1")), { refused: "NotHeddle" })
    assert.deepStrictEqual(sideOf("listener").push(Buffer.from("HDX")), { refused: "NotHeddle" })
    assert.deepStrictEqual(sideOf("listener").push(Buffer.from("HD")), {})
    const opening = Buffer.concat([Buffer.from("HDL1"), randomBytes(32)])
    assert.deepStrictEqual(sideOf("listener").push(Buffer.concat([opening, Buffer.alloc(1)])), {
      refused: "NotHeddle"
    })
    const { sent } = meet(
      sideOf("client", { nonce: Buffer.alloc(32, 1) }),
      sideOf("listener", { nonce: Buffer.alloc(32, 2) })
    )
    const listener = sideOf("listener", { nonce: Buffer.alloc(32, 2) })
    listener.push(sent[0]!)
    // The client cannot know yet whether the listener has the key.
    assert.deepStrictEqual(listener.push(Buffer.concat([sent[2]!, Buffer.alloc(1)])), {
      refused: "NotHeddle"
    })
  })

  it("with terms beyond every limit is refused, and frames that follow the terms are handed on: S242", () => {
    const huge = sideOf("client", { terms: () => ({ buffer: 65_537, maxFrameBytes: 1, maxDepth: 1 }) })
    assert.deepStrictEqual(meet(huge, sideOf("listener")).listener, { refused: "NotHeddle" })
    const [client, listener] = [sideOf("client"), sideOf("listener")]
    const challenge = listener.push(client.begin()!).send!
    const answer = listener.push(client.push(challenge).send!).send!
    const { done, send } = client.push(Buffer.concat([answer, Buffer.from("frame")]))
    assert.strictEqual(String(done?.rest), "frame")
    assert.strictEqual(
      String(listener.push(Buffer.concat([send!, Buffer.from("frame")])).done?.rest),
      "frame"
    )
  })
})
