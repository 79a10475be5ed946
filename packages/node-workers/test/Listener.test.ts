import { it as effectIt } from "@effect/vitest"
import { InvalidOption } from "@heddle/core"
import { Client, Listener } from "@heddle/node-workers"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { inspect } from "node:util"
import { assert, describe, it } from "vitest"
import { connect, expectService, key, listen, pair, refusals } from "./support/connections.ts"
import { openDescriptors, within } from "./support/processTable.ts"

const run = <A, E>(program: Effect.Effect<A, E, Scope.Scope>): Promise<A> =>
  Effect.runPromise(Effect.scoped(program))

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/connection/test-only.${name}.pem`, import.meta.url), "utf8")
const tls = { cert: fixture("cert"), key: fixture("key") }

const pathOf = (address: Listener.Listener<any, any>["address"]): string =>
  "path" in address ? address.path : ""

describe("Listener", () => {
  it("and client echo over a Unix socket, over TCP and over TLS: S240", async () => {
    const ways: ReadonlyArray<readonly [Parameters<typeof listen>[0], Parameters<typeof connect>[1]]> = [
      [{ address: "unix" }, {}],
      [{ address: { path: join(mkdtempSync(join(tmpdir(), "heddle-test-")), "socket") } }, {}],
      [{ address: { port: 0 } }, {}],
      [{ address: { port: 0 }, tls }, { tls: { ca: tls.cert } }]
    ]
    for (const [options, clientOptions] of ways) {
      const echoed = await run(
        Effect.gen(function* () {
          const { client, host } = yield* pair(options, clientOptions)
          const values = [1, "two", { three: new Map([[3, new Uint8Array(100_000)]]) }, undefined]
          for (const value of values) yield* client.send(value)
          yield* client.end
          const heard = yield* Stream.runCollect(host.stream)
          for (const value of heard) yield* host.send(value)
          yield* host.end
          const back = yield* Stream.runCollect(client.stream)
          assert.deepStrictEqual(back, values)
          return [yield* client.closed, yield* host.closed]
        })
      )
      assert.deepStrictEqual(echoed, ["closed", "closed"])
    }
  })

  it("takes elements by schema: what does not fit is refused at the sender, and at the receiver: S246", async () => {
    await run(
      Effect.gen(function* () {
        const Request = Schema.Struct({ id: Schema.Int, by: Schema.Option(Schema.String) })
        const listener = yield* Listener.make({
          address: "unix",
          key,
          frame: { send: Schema.Never, receive: Schema.Struct({ id: Schema.Int, by: Schema.String }) }
        })
        const strict = yield* Listener.make({
          address: "unix",
          key,
          frame: { send: Schema.Never, receive: Request }
        })
        const clientFrame = { send: Request, receive: Schema.Never }
        const client = yield* Client.connect({ address: strict.address, key, frame: clientFrame })
        const host = yield* strict.accept
        const bad = yield* Effect.flip(client.send({ id: 1.5, by: { _tag: "None" } as any }))
        assert.deepInclude(bad.reason, { _tag: "Misfit", side: "sender", path: "$.id" })
        const value = { id: 1, by: Schema.decodeUnknownSync(Schema.OptionFromNullOr(Schema.String))("me") }
        yield* client.send(value)
        assert.deepStrictEqual(yield* host.receive, value)

        // Another program, another schema: the element is lost, and the next one is not.
        const other = yield* Client.connect({
          address: listener.address,
          key,
          frame: { send: Schema.Unknown, receive: Schema.Never }
        })
        const loose = yield* listener.accept
        yield* other.send({ id: "1", by: "me" })
        yield* other.send({ id: 2, by: "me" })
        const misfit = yield* Effect.flip(loose.receive)
        assert.deepInclude(misfit.reason, { _tag: "Misfit", side: "receiver", path: "$.id" })
        assert.deepStrictEqual(yield* loose.receive, { id: 2, by: "me" })
      })
    )
  })

  it("holds the sender while the receiver is behind, by as many elements as the receiver says: S246, G14", async () => {
    await run(
      Effect.gen(function* () {
        const { client, host } = yield* pair({ buffer: 3 }, { buffer: 5 })
        for (let i = 0; i < 3; i++) assert.isTrue(yield* client.sendIfAvailable(i))
        assert.isFalse(yield* client.sendIfAvailable(3))
        for (let i = 0; i < 5; i++) assert.isTrue(yield* host.sendIfAvailable(i))
        assert.isFalse(yield* host.sendIfAvailable(5))
        const waiting = yield* Effect.forkChild(client.send("waited"), { startImmediately: true })
        const interrupted = yield* Effect.forkChild(client.send("never"), { startImmediately: true })
        yield* Fiber.interrupt(interrupted)
        const last = yield* Effect.forkChild(client.send("last"), { startImmediately: true })
        const heard = yield* Stream.runCollect(Stream.take(host.stream, 5))
        assert.deepStrictEqual(heard, [0, 1, 2, "waited", "last"])
        yield* Fiber.join(waiting)
        yield* Fiber.join(last)
      })
    )
  })

  it("passes ten thousand elements in order through a buffer of one, both ways at once: S246, G14", async () => {
    await run(
      Effect.gen(function* () {
        const { client, host } = yield* pair({ buffer: 1 }, { buffer: 1 })
        const count = 5000
        const send = (end: typeof client) =>
          Effect.forEach(Array.from({ length: count }).keys(), (i) => end.send(i), { discard: true })
        const take = (end: typeof client) => Stream.runCollect(Stream.take(end.stream, count))
        const [, , a, b] = yield* Effect.all([send(client), send(host), take(host), take(client)], {
          concurrency: "unbounded"
        })
        const expected = Array.from({ length: count }, (_, i) => i)
        assert.deepStrictEqual(a, expected)
        assert.deepStrictEqual(b, expected)
      })
    )
  })

  it("lets each side end by itself: what was sent arrives, then Closed says who it was: S247, G15", async () => {
    await run(
      Effect.gen(function* () {
        const { client, host } = yield* pair()
        yield* client.send(1)
        yield* client.end
        yield* client.end
        assert.deepInclude((yield* Effect.flip(client.send(2))).reason, { _tag: "Closed", by: "self" })
        assert.strictEqual(yield* host.receive, 1)
        assert.deepInclude((yield* Effect.flip(host.receive)).reason, { _tag: "Closed", by: "peer" })
        yield* host.send("still there")
        assert.strictEqual(yield* client.receive, "still there")
        yield* host.end
        assert.deepInclude((yield* Effect.flip(client.receive)).reason, { _tag: "Closed", by: "peer" })
        assert.strictEqual(yield* client.closed, "closed")
        assert.strictEqual(yield* host.closed, "closed")
      })
    )
  })

  it("closes a connection with its scope: the other side receives what was sent, and learns that it was in order: S247, G15", async () => {
    await run(
      Effect.gen(function* () {
        const listener = yield* listen()
        const scope = yield* Scope.make()
        const client = yield* Scope.provide(connect(listener.address), scope)
        const host = yield* listener.accept
        for (let i = 0; i < 10; i++) yield* client.send(i)
        const receiving = yield* Effect.forkChild(Effect.flip(client.receive), { startImmediately: true })
        yield* Scope.close(scope, Exit.void)
        assert.deepInclude((yield* Fiber.join(receiving)).reason, { _tag: "Closed", by: "scope" })
        assert.strictEqual((yield* Stream.runCollect(host.stream)).length, 10)
        assert.deepInclude((yield* Effect.flip(host.send(1))).reason, { _tag: "Closed", by: "peer" })
        assert.deepInclude((yield* Effect.flip(client.send(1))).reason, { _tag: "Closed", by: "scope" })
        assert.deepStrictEqual([yield* client.closed, yield* host.closed], ["closed", "closed"])
      })
    )
  })

  it("delivers ten megabytes after the end, to a receiver that takes its time: S247", async () => {
    await run(
      Effect.gen(function* () {
        const listener = yield* listen({ buffer: 100 })
        const sender = yield* Effect.forkChild(
          Effect.scoped(
            Effect.gen(function* () {
              const client = yield* connect(listener.address)
              for (let i = 0; i < 20; i++) yield* client.send(new Uint8Array(512 * 1024).fill(i))
              yield* client.end
            })
          )
        )
        const host = yield* listener.accept
        const heard = yield* Stream.runCollect(Stream.tap(host.stream, () => Effect.yieldNow))
        assert.deepStrictEqual(
          heard.map((bytes) => (bytes as Uint8Array)[0]),
          Array.from({ length: 20 }, (_, i) => i)
        )
        yield* Fiber.join(sender)
      })
    )
  })

  it("keeps its socket private, and removes it with its folder, its connections and its descriptors: S248, G2", async () => {
    await run(Effect.asVoid(pair()))
    const before = openDescriptors()
    let path = ""
    await run(
      Effect.gen(function* () {
        const { listener } = yield* pair()
        yield* connect(listener.address)
        path = pathOf(listener.address)
        assert.strictEqual(statSync(path).mode & 0o777, 0o600)
        assert.strictEqual(statSync(dirname(path)).mode & 0o777, 0o700)
      })
    )
    assert.isFalse(existsSync(path))
    assert.isFalse(existsSync(dirname(path)))
    assert.isTrue(await within(5000, () => openDescriptors() <= before))
  })

  it("ends its waiting accept and its streams when its scope closes, and each connection hears it: S247, S248, G2", async () => {
    await run(
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const listener = yield* Scope.provide(listen(), scope)
        const client = yield* connect(listener.address)
        // This connection belongs to the listener's scope.
        yield* client.send("hello")
        const [owned] = yield* Stream.runCollect(Stream.take(listener.connections, 1))
        assert.strictEqual(yield* owned!.receive, "hello")
        const connections = yield* Effect.forkChild(Stream.runCollect(listener.connections), {
          startImmediately: true
        })
        const refused = yield* Effect.forkChild(Stream.runCollect(listener.refused), {
          startImmediately: true
        })
        const accepting = yield* Effect.forkChild(Effect.flip(Effect.scoped(listener.accept)), {
          startImmediately: true
        })
        yield* Scope.close(scope, Exit.void)
        assert.strictEqual((yield* Fiber.join(accepting)).reason._tag, "NotListening")
        yield* Fiber.join(connections)
        yield* Fiber.join(refused)
        assert.strictEqual(yield* client.closed, "closed")
        assert.strictEqual((yield* Effect.flip(listener.accept)).reason._tag, "NotListening")
        assert.strictEqual((yield* Effect.flip(connect(listener.address))).reason._tag, "Unreachable")
      })
    )
  })

  effectIt.live("serves each connection by a handler, and outlives the handlers that fail: S240, G16", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const listener = yield* listen({ maxConnections: 3 })
        yield* Effect.forkScoped(
          listener.serve((end) =>
            Effect.flatMap(end.receive, (value): Effect.Effect<void, unknown> => {
              if (value === "die") return Effect.die("of it")
              return value === "fail" ? Effect.fail("of it") : end.send(value)
            })
          )
        )
        for (const word of ["die", "fail", "die", "echo"]) {
          const heard = yield* Effect.scoped(
            Effect.gen(function* () {
              const client = yield* connect(listener.address)
              yield* client.send(word)
              return yield* Effect.exit(client.receive)
            })
          )
          assert.strictEqual(Exit.isSuccess(heard), word === "echo")
        }
      })
    )
  )

  it("says why there is no listener or no connection: S240", async () => {
    const reasonOf = (
      program: Effect.Effect<unknown, { readonly reason: { readonly _tag: string } }, Scope.Scope>
    ) => Effect.map(Effect.scoped(Effect.flip(program)), ({ reason }) => reason._tag)
    await run(
      Effect.gen(function* () {
        const weak = Redacted.make<Uint8Array>(new Uint8Array(31))
        assert.strictEqual(yield* reasonOf(listen({ key: weak })), "WeakKey")
        const { address } = yield* listen({ address: { port: 0 }, maxConnections: 1 })
        assert.strictEqual(yield* reasonOf(connect(address, { key: weak })), "WeakKey")
        assert.strictEqual(yield* reasonOf(listen({ address })), "Unreachable")
        assert.strictEqual(
          yield* reasonOf(listen({ address: { path: "/none/such/folder/socket" } })),
          "Unreachable"
        )
        assert.strictEqual(yield* reasonOf(connect({ path: "/none/such/socket" })), "Unreachable")
        const other = Redacted.make<Uint8Array>(new Uint8Array(32))
        assert.strictEqual(yield* reasonOf(connect(address, { key: other })), "Untrusted")
        assert.strictEqual(yield* reasonOf(connect(address, { protocol: "other" })), "Untrusted")
        // A client of TLS meets a listener without it, and a certificate that nobody vouches for.
        assert.strictEqual(yield* reasonOf(connect(address, { tls: {} })), "Unreachable")
        const secure = yield* listen({ address: { port: 0 }, tls })
        assert.strictEqual(yield* reasonOf(connect(secure.address as any, { tls: {} })), "Unreachable")
        assert.strictEqual(yield* reasonOf(connect(secure.address as any)), "Untrusted")
      })
    )
  })

  it("gives up on a listener that says nothing, and closes its socket: S242", async () => {
    const { createServer } = await import("node:net")
    const sockets: Array<Promise<void>> = []
    const silent = createServer((socket) => {
      sockets.push(
        new Promise(
          (resolve) =>
            void socket
              .resume()
              .on("error", () => {})
              .on("close", () => resolve())
        )
      )
    })
    await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve))
    const { port } = silent.address() as { port: number }
    const error = await run(Effect.flip(connect({ port }, { timeout: 50 })))
    assert.deepInclude(error.reason, { _tag: "ConnectTimeout", millis: 50 })
    const interrupted = Effect.runFork(Effect.scoped(connect({ port })))
    while (sockets.length < 2) await new Promise((resolve) => setImmediate(resolve))
    await Effect.runPromise(Fiber.interrupt(interrupted))
    await Promise.all(sockets)
    await new Promise<void>((resolve) => void silent.close(() => resolve()))
  })

  it("tells a client with the key that it is full, and has the place again when a connection is over: S242, G16", async () => {
    await run(
      Effect.gen(function* () {
        const listener = yield* listen({ maxConnections: 1 })
        const { reach } = yield* refusals(listener)
        const first = yield* Scope.make()
        yield* Scope.provide(connect(listener.address), first)
        assert.strictEqual((yield* Effect.flip(connect(listener.address))).reason._tag, "Full")
        assert.deepStrictEqual(yield* reach(1), ["Full"])
        const host = yield* Effect.scoped(
          Effect.gen(function* () {
            const end = yield* listener.accept
            yield* Scope.close(first, Exit.void)
            yield* end.closed
            return end
          })
        )
        assert.strictEqual(yield* host.closed, "closed")
        assert.strictEqual(yield* expectService(listener), "are you there?")
      })
    )
  })

  it("shows its key to nobody, and refuses wrong options by name: S241", async () => {
    const secret = Redacted.make<Uint8Array>(Buffer.from("a secret of thirty-two bytes ...."))
    const error = await run(Effect.flip(connect({ path: "/none" }, { key: secret })))
    assert.notInclude(inspect(error, { depth: 20, showHidden: true }), "thirty-two")
    const wrong: ReadonlyArray<readonly [options: object, message: RegExp]> = [
      [{ key: new Uint8Array(32) }, /^key: expected Redacted\.make/],
      [{ key: Redacted.make("text") }, /^key: expected bytes/],
      [{ buffer: 0 }, /^buffer: expected an integer from 1 to 65536, got 0/],
      [{ maxFrameBytes: 2 ** 31 }, /^maxFrameBytes/],
      [{ maxDepth: 1001 }, /^maxDepth/],
      [{ handshake: "soon" }, /^handshake: expected a duration/],
      [{ address: { port: 1, path: "both" } }, /^address/],
      [{ tls: {} }, /^tls: needs a port/],
      [{ frames: {} }, /^frames: is not an option of a listener/],
      [{ frame: { send: String, receive: Schema.String } }, /^frame\.send: expected a schema/]
    ]
    for (const [options, message] of wrong) {
      const exit = await Effect.runPromiseExit(Effect.scoped(listen(options as any)))
      const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      assert.instanceOf(defect, InvalidOption.InvalidOption)
      assert.match(defect.message, message)
    }
    const file = join(mkdtempSync(join(tmpdir(), "heddle-test-")), "taken")
    writeFileSync(file, "")
    const taken = await run(Effect.flip(listen({ address: { path: file } })))
    assert.deepInclude(taken.reason, { _tag: "Unreachable", code: "EADDRINUSE" })
    assert.isTrue(existsSync(file))
  })
})
