// What strangers, and programs with the key that do not keep to the protocol, may do to a listener. After each attack a good client is
// served, and the attack is told in one event.
import type * as Listener from "@heddle/node-workers/Listener"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { connect as connectSecure } from "node:tls"
import { readFileSync } from "node:fs"
import { assert, describe, it } from "vitest"
import { connect, expectService, listen, type Options, refusals } from "./support/connections.ts"
import { openDescriptors, within } from "./support/processTable.ts"
import { seeded } from "./support/random.ts"
import { bodyOf, frame, RawClient } from "./support/RawClient.ts"
import { headerLength, Kind } from "../src/internal/connection/framing.ts"

const run = <A, E>(program: Effect.Effect<A, E, Scope.Scope>): Promise<A> =>
  Effect.runPromise(Effect.scoped(program))

const opening = Buffer.concat([Buffer.from("HDL1"), Buffer.alloc(32, 7)])

type Address = Listener.Listener<any, any>["address"]

/** Attacks one listener, and expects these refusals, a closed socket, and service for a good client. */
const attack = async (
  options: Options,
  expected: ReadonlyArray<string>,
  hit: (address: Address) => Promise<ReadonlyArray<RawClient>>
): Promise<ReadonlyArray<Listener.Refused>> =>
  run(
    Effect.gen(function* () {
      const listener = yield* listen(options)
      const { reach, seen } = yield* refusals(listener)
      const raws = yield* Effect.promise(() => hit(listener.address))
      assert.deepStrictEqual((yield* reach(expected.length)).toSorted(), expected.toSorted())
      yield* Effect.promise(() => Promise.all(raws.map(({ closed }) => closed)))
      assert.strictEqual(yield* expectService(listener), "are you there?")
      assert.strictEqual(seen.length, expected.length)
      return seen
    })
  )

const soon: Options = { handshake: 60 }

describe("a listener", () => {
  it("refuses silence, and a byte now and then, at the one deadline of the handshake: S242, G16", async () => {
    await attack(soon, ["TimedOut"], async (address) => [new RawClient(address)])
    const began = performance.now()
    await attack(soon, ["TimedOut"], async (address) => {
      const raw = new RawClient(address)
      let at = 0
      const drip = setInterval(() => raw.socket.write(opening.subarray(at, ++at)), 5)
      void raw.closed.then(() => clearInterval(drip))
      return [raw]
    })
    assert.isAtLeast(performance.now() - began, 60)
    // Also after the challenge.
    await attack(soon, ["TimedOut"], async (address) => {
      const raw = new RawClient(address)
      raw.send(opening)
      assert.strictEqual(String((await raw.read(36)).subarray(0, 4)), "HDL1")
      return [raw]
    })
  })

  it("refuses garbage at its first bytes, hung-up and half-open clients, and says nothing but a challenge: S242, G16", async () => {
    const seen = await attack({}, ["NotHeddle"], async (address) => {
      const raw = new RawClient(address)
      raw.send(Buffer.from("GET / HTTP/1.1\r\n\r\n"))
      await raw.closed
      assert.strictEqual(raw.received.length, 0)
      return [raw]
    })
    assert.match(seen[0]!.detail, /none of this protocol; 18 bytes came before/)
    await attack({}, ["NotHeddle"], async (address) => {
      const raw = new RawClient(address)
      raw.send(Buffer.alloc(1024 ** 2, 0x55))
      return [raw]
    })
    await attack({}, ["HungUp", "HungUp"], async (address) => {
      const [gone, half] = [new RawClient(address), new RawClient(address)]
      gone.send(opening)
      await gone.read(36)
      gone.socket.destroy()
      half.send(opening)
      await half.read(36)
      half.socket.end()
      return [gone, half]
    })
  })

  it("refuses a wrong key, a replayed handshake and the reflection of its own challenge, without a proof: S241, G16", async () => {
    await attack({}, ["WrongProof"], async (address) => {
      const raw = new RawClient(address)
      raw.send(opening)
      await raw.read(36)
      raw.send(Buffer.alloc(32, 9))
      await raw.closed
      assert.strictEqual(raw.received.length, 0)
      return [raw]
    })
    await run(
      Effect.gen(function* () {
        const listener = yield* listen()
        const { reach } = yield* refusals(listener)
        yield* Effect.promise(async () => {
          const honest = new RawClient(listener.address)
          const recorded = await honest.authenticate()
          honest.socket.destroy()
          const replay = new RawClient(listener.address)
          replay.send(recorded[0]!)
          await replay.read(36)
          replay.send(recorded[1]!, recorded[2]!)
          await replay.closed
          assert.strictEqual(replay.received.length, 0)
        })
        // More came with the proof than a client may know by then.
        assert.deepStrictEqual(yield* reach(1), ["WrongProof"])
        assert.strictEqual(
          (yield* Effect.flip(Effect.flatMap(listener.accept, ({ receive }) => receive))).reason._tag,
          "PeerLost"
        )
        assert.strictEqual(yield* expectService(listener), "are you there?")
      })
    )
    // The challenge of one connection is handed to a second one, in the hope that it answers with the proof.
    await attack({}, ["WrongProof", "WrongProof"], async (address) => {
      const [raw, oracle] = [new RawClient(address), new RawClient(address)]
      raw.send(opening)
      oracle.send(await raw.read(36))
      const answer = await oracle.read(36)
      raw.send(answer.subarray(4))
      oracle.send(answer.subarray(4))
      return [raw, oracle]
    })
  })

  it("refuses frames that claim a gigabyte, nest deep, or are endless when decoded, from a client with the key: S244, G16", async () => {
    const laughs = Buffer.concat([
      bodyOf(),
      Buffer.from("A\x02".repeat(60), "latin1"),
      Buffer.from("A\0$\0\0", "latin1"),
      ...Array.from({ length: 60 }, (_, i) =>
        Buffer.from(["^".charCodeAt(0), 60 - i, "$".charCodeAt(0), 0, 2])
      )
    ])
    const header = Buffer.alloc(headerLength)
    header.writeUInt32LE(2 ** 30, 0)
    header.writeUInt8(Kind.element, 4)
    const attacks: ReadonlyArray<readonly [bytes: Buffer, detail: RegExp]> = [
      [header, /larger than 16777216 bytes: 1073741824/],
      [
        frame(Kind.element, Buffer.concat([bodyOf(), Buffer.from("A\x01".repeat(1e5), "latin1")])),
        /nested deeper than 128/
      ],
      [frame(Kind.element, bodyOf("a", 0x80, 0x80, 0x80, 0x10, "@", 0, 0x80, 0x80, 0x80, 0x10)), /holes/],
      [frame(Kind.element, laughs), /needs more than 268435456 bytes/],
      [frame(Kind.element, Buffer.from("not V8's")), /layout/],
      [
        Buffer.concat(Array.from({ length: 65 }, () => frame(Kind.element, bodyOf("_")))),
        /more than 64 elements/
      ],
      [frame(Kind.taken, Buffer.from([1, 0, 0, 0])), /more elements were taken than sent/],
      [
        Buffer.concat([frame(Kind.end, Buffer.alloc(0)), frame(Kind.element, bodyOf("_"))]),
        /follows the last one/
      ],
      [Buffer.from("more garbage"), /kind|header|larger/]
    ]
    const before = process.memoryUsage().rss
    for (const [bytes, detail] of attacks) {
      const began = performance.now()
      await run(
        Effect.gen(function* () {
          const listener = yield* listen()
          const { reach, seen } = yield* refusals(listener)
          const raw = new RawClient(listener.address)
          yield* Effect.promise(() => raw.authenticate())
          const end = yield* listener.accept
          raw.send(bytes)
          assert.deepStrictEqual(yield* reach(1), ["BadFrame"])
          assert.match(seen[0]!.detail, detail)
          assert.strictEqual(yield* end.closed, "lost")
          yield* Effect.promise(() => raw.closed)
          assert.strictEqual(yield* expectService(listener), "are you there?")
        })
      )
      assert.isBelow(performance.now() - began, 5000, String(detail))
    }
    assert.isBelow(process.memoryUsage().rss - before, 200e6)
  })

  it("serves a good client behind and among a hundred bad ones, of which at most sixteen are there at a time: S242, G16", async () => {
    await run(
      Effect.gen(function* () {
        const listener = yield* listen({ handshake: "30 seconds" })
        const { reach } = yield* refusals(listener)
        const descriptors = openDescriptors()
        const bad = Array.from({ length: 100 }, () => new RawClient(listener.address))
        yield* reach(84)
        const good = yield* Effect.all(
          Array.from({ length: 8 }, () => connect(listener.address)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(good.length, 8)
        assert.deepStrictEqual(new Set(yield* reach(84)), new Set(["Crowded"]))
        for (const { socket } of bad) socket.destroy()
        yield* reach(100)
        for (let i = 0; i < 8; i++) yield* Effect.scoped(listener.accept)
        assert.strictEqual(yield* expectService(listener), "are you there?")
        yield* Effect.promise(() => Promise.all(bad.map(({ closed }) => closed)))
        assert.isTrue(yield* Effect.promise(() => within(5000, () => openDescriptors() <= descriptors + 1)))
      })
    )
  })

  it("survives 3,000 handshakes and frames of random bytes, and leaves no descriptor: S245, G16", async () => {
    const below = seeded(1914)
    await run(
      Effect.gen(function* () {
        const listener = yield* listen({ maxConnections: 1000 })
        yield* Effect.forkScoped(
          listener.serve((end) =>
            Effect.forever(end.receive).pipe(Effect.catchTag("ChannelError", () => Effect.void))
          )
        )
        const descriptors = openDescriptors()
        const noise = () => Buffer.from(Array.from({ length: 1 + below(80) }, () => below(256)))
        for (let round = 0; round < 30; round++) {
          yield* Effect.promise(() =>
            Promise.all(
              Array.from({ length: 10 }, async (_, i) => {
                const raw = new RawClient(listener.address)
                if (i < 4) raw.send(opening.subarray(0, below(37)), noise())
                else {
                  await raw.authenticate()
                  for (let sent = 0; sent < 15; sent++) {
                    raw.send(
                      below(2) === 0
                        ? frame(1 + below(4), noise())
                        : frame(Kind.element, bodyOf("A", 1, "_", "$", 0, 1))
                    )
                  }
                }
                raw.socket.end()
                raw.socket.resume()
                await raw.closed
              })
            )
          )
        }
        const client = yield* connect(listener.address)
        yield* client.send("still there")
        assert.isTrue(yield* Effect.promise(() => within(5000, () => openDescriptors() <= descriptors + 2)))
      })
    )
  })

  it("refuses what breaks TLS, in the time of the handshake: S242, G16", async () => {
    const pem = (name: string) =>
      readFileSync(new URL(`./fixtures/connection/test-only.${name}.pem`, import.meta.url), "utf8")
    const options: Options = {
      address: { port: 0 },
      tls: { cert: pem("cert"), key: pem("key") },
      handshake: 200
    }
    await run(
      Effect.gen(function* () {
        const listener = yield* listen(options)
        const { reach, seen } = yield* refusals(listener)
        const address = listener.address as { readonly port: number; readonly host: string }
        const silent = new RawClient(address)
        yield* reach(1)
        const garbage = new RawClient(address)
        garbage.send(Buffer.from("GET / HTTP/1.1\r\n\r\n"))
        yield* reach(2)
        const secured = connectSecure({ ...address, ca: pem("cert") })
        secured.on("error", () => {})
        secured.on("secureConnect", () => secured.write("GET / HTTP/1.1\r\n\r\n"))
        assert.deepStrictEqual(yield* reach(3), ["TimedOut", "HungUp", "NotHeddle"])
        assert.match(seen[1]!.detail, /the handshake of TLS failed/)
        yield* Effect.promise(() => Promise.all([silent.closed, garbage.closed]))
        const client = yield* connect(address, { tls: { ca: pem("cert") } })
        yield* client.send(1)
        const host = yield* listener.accept
        assert.strictEqual(yield* host.receive, 1)
      })
    )
  })

  it("that is not one, and reflects or invents everything, convinces no client: S241, G16", async () => {
    const { createServer } = await import("node:net")
    const liars: ReadonlyArray<(socket: import("node:net").Socket) => void> = [
      (socket) => socket.pipe(socket),
      (socket) => void socket.write(Buffer.alloc(100_000, 1)),
      (socket) => void socket.write(Buffer.concat([opening, Buffer.alloc(44)])),
      (socket) => {
        // The client's own proof, as if it were the listener's.
        const seen: Array<Buffer> = []
        socket.write(opening)
        socket.on("data", (chunk: Buffer) => {
          seen.push(chunk)
          const bytes = Buffer.concat(seen)
          if (bytes.length === 68) socket.write(Buffer.concat([bytes.subarray(36), Buffer.alloc(12)]))
        })
      },
      (socket) => void socket.end()
    ]
    for (const [index, lie] of liars.entries()) {
      const server = createServer((socket) => {
        socket.on("error", () => {})
        socket.resume()
        lie(socket)
      })
      await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
      const { port } = server.address() as { port: number }
      const error = await run(Effect.flip(connect({ port })))
      assert.strictEqual(error.reason._tag, "Untrusted", `liar ${index}`)
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    }
  })
})
