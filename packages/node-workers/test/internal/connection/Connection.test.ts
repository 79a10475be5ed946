import { Violation } from "@heddle/core/protocol/messages/Message"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { duplexPair } from "node:stream"
import { assert, describe, it } from "vitest"
import { compile } from "../../../src/internal/connection/codec.ts"
import { Connection } from "../../../src/internal/connection/Connection.ts"
import { encodeLast, encodeTaken, FrameCutter, Kind } from "../../../src/internal/connection/framing.ts"
import type { Terms } from "../../../src/internal/connection/handshake.ts"
import { turns } from "../../support/Probe.ts"
import { bodyOf, frame } from "../../support/RawClient.ts"

const terms: Terms = { buffer: 8, maxFrameBytes: 10_000, maxDepth: 10 }

/** One connection, and the other side of its socket by hand: what came there, as frames. */
const make = (theirs: Partial<Terms> = {}) => {
  const [socket, peer] = duplexPair({ allowHalfOpen: true })
  const heard: Array<unknown> = []
  const cutter = new FrameCutter(1e6, {
    element: () => heard.push("element"),
    taken: (count) => heard.push(count),
    end: () => heard.push("end"),
    close: () => heard.push("close")
  })
  peer.on("data", (chunk: Buffer) => cutter.push(chunk))
  peer.on("end", () => heard.push("FIN"))
  const violations: Array<string> = []
  const connection = new Connection({
    socket,
    codec: compile(Schema.Unknown, Schema.Unknown),
    ours: terms,
    theirs: { ...terms, ...theirs },
    rest: Buffer.alloc(0),
    onViolation: (violation: Violation) => violations.push(violation.message)
  })
  return { connection, peer, heard, violations }
}

const element = (tag = "_"): Buffer => frame(Kind.element, bodyOf(tag))

describe("connection", () => {
  it("says what was taken at half of its places, or when nothing is left, and never before it was taken: S246, G14", async () => {
    await Effect.runPromise(
      Effect.gen(function* () {
        const { connection, heard, peer } = make()
        for (let i = 0; i < 8; i++) peer.write(element())
        yield* turns(5)
        assert.deepStrictEqual(heard, [])
        for (let i = 0; i < 3; i++) yield* connection.receive
        yield* turns(5)
        assert.deepStrictEqual(heard, [])
        yield* connection.receive
        yield* turns(5)
        assert.deepStrictEqual(heard, [4])
        for (let i = 0; i < 4; i++) yield* connection.receive
        peer.write(element())
        yield* connection.receive
        yield* turns(5)
        assert.deepStrictEqual(heard, [4, 4, 1])
      })
    )
  })

  it("takes an interrupted receive for none, and hands the element to the next one: S246", async () => {
    await Effect.runPromise(
      Effect.gen(function* () {
        const { connection, peer } = make()
        const first = yield* Effect.forkChild(connection.receive, { startImmediately: true })
        const second = yield* Effect.forkChild(connection.receive, { startImmediately: true })
        yield* Fiber.interrupt(first)
        peer.write(element("T"))
        assert.strictEqual(yield* Fiber.join(second), true)
      })
    )
  })

  it("counts in PeerLost what was taken and what may have been, and receives what had come first: S247, G15", async () => {
    await Effect.runPromise(
      Effect.gen(function* () {
        const { connection, peer } = make()
        for (let i = 0; i < 6; i++) yield* connection.send(i)
        peer.write(Buffer.concat([encodeTaken(4), element("T"), element("F").subarray(0, 7)]))
        yield* turns(5)
        peer.destroy()
        yield* turns(5)
        assert.strictEqual(yield* connection.closed, "lost")
        assert.strictEqual(yield* connection.receive, true)
        const error = yield* Effect.flip(connection.receive)
        assert.deepInclude(error.reason, { _tag: "PeerLost", taken: 4, uncertain: 2 })
        assert.strictEqual((yield* Effect.flip(connection.send(1))).reason._tag, "PeerLost")
      })
    )
  })

  it("is lost to a side that ended and died, as long as this one could send; what came is received as closed: S247, G15", async () => {
    await Effect.runPromise(
      Effect.gen(function* () {
        const { connection, peer } = make()
        yield* connection.send(1)
        peer.write(Buffer.concat([element("T"), encodeLast(Kind.end)]))
        yield* turns(5)
        peer.end()
        assert.strictEqual(yield* connection.closed, "lost")
        assert.strictEqual(yield* connection.receive, true)
        assert.strictEqual((yield* Effect.flip(connection.receive)).reason._tag, "Closed")
        assert.deepInclude((yield* Effect.flip(connection.send(2))).reason, {
          _tag: "PeerLost",
          taken: 0,
          uncertain: 1
        })
      })
    )
  })

  it("writes its last frame behind all others, hangs up, and drops what comes later: S247, G15", async () => {
    await Effect.runPromise(
      Effect.gen(function* () {
        const { connection, heard, peer, violations } = make()
        yield* connection.send(1)
        yield* connection.end
        const closing = yield* Effect.forkChild(connection.close, { startImmediately: true })
        yield* turns(5)
        assert.deepStrictEqual(heard, ["element", "end", "close", "FIN"])
        peer.write("anything")
        peer.end()
        yield* Fiber.join(closing)
        assert.strictEqual(yield* connection.closed, "closed")
        assert.deepStrictEqual(violations, [])
      })
    )
  })

  it("closes by force when the other side neither reads nor hangs up: S248, G2", async () => {
    const { connection, peer } = make()
    peer.pause()
    await Effect.runPromise(connection.close)
    assert.strictEqual(await Effect.runPromise(connection.closed), "closed")
  })

  it("refuses an element beyond the limits of the other side before it is sent: S243, G16", async () => {
    await Effect.runPromise(
      Effect.gen(function* () {
        const { connection, heard } = make({ maxFrameBytes: 100, maxDepth: 1 })
        const large = yield* Effect.flip(connection.send("x".repeat(101)))
        assert.deepInclude(large.reason, { _tag: "Unsendable", path: "$" })
        assert.match(large.message, /larger than 100 bytes/)
        assert.match((yield* Effect.flip(connection.send([[]]))).message, /deeper than 1 levels/)
        const path = yield* Effect.flip(connection.send({ a: () => 1 }))
        assert.deepInclude(path.reason, { _tag: "Unsendable", path: "$.a" })
        yield* connection.send([1])
        yield* turns(5)
        assert.deepStrictEqual(heard, ["element"])
      })
    )
  })

  it("captures an element when it is sent, though it waits for its place: S246, G10", async () => {
    await Effect.runPromise(
      Effect.gen(function* () {
        const { connection, peer } = make({ buffer: 1 })
        const changing = { value: "before" }
        yield* connection.send("first")
        const waiting = yield* Effect.forkChild(connection.send(changing), { startImmediately: true })
        changing.value = "after"
        const bytes: Array<Buffer> = []
        peer.on("data", (chunk: Buffer) => bytes.push(chunk))
        peer.write(encodeTaken(1))
        yield* Fiber.join(waiting)
        yield* turns(5)
        assert.include(Buffer.concat(bytes).toString("latin1"), "before")
      })
    )
  })
})
