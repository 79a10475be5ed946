// Python's `multiprocessing.connection` by its own example, between two programs: an echo, and the same with the client killed in the
// middle. There `recv` raises EOFError or waits for ever, depending on who else holds the pipe.
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { spawn } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import { expectService, listen } from "./support/connections.ts"
import { keyBytes } from "./support/RawClient.ts"

const main = fileURLToPath(new URL("./fixtures/connection/client.main.ts", import.meta.url))

const run = <A, E>(program: Effect.Effect<A, E, Scope.Scope>): Promise<A> =>
  Effect.runPromise(Effect.scoped(program))

/** Starts a client program, which is killed with the scope. */
const start = (what: string, address: object) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [main, what, (address as { readonly path: string }).path], {
        stdio: ["pipe", "ignore", "inherit"]
      })
      child.stdin.end(keyBytes)
      const exited = new Promise<number | null>((resolve) => void child.on("exit", resolve))
      return { pid: child.pid!, exited, kill: () => void child.kill("SIGKILL") }
    }),
    ({ exited, kill }) =>
      Effect.promise(() => {
        kill()
        return exited
      })
  )

describe("two programs", () => {
  it("echo what they send, as in Python's example of Listener and Client: S249", async () => {
    await run(
      Effect.gen(function* () {
        const listener = yield* listen()
        const child = yield* start("echo", listener.address)
        const end = yield* listener.accept
        assert.deepStrictEqual(yield* end.receive, [2.25, null, "junk", 7])
        yield* end.send(Int32Array.of(0, 1, 2, 3, 4))
        assert.deepStrictEqual(yield* end.receive, Int32Array.of(0, 1, 2, 3, 4))
        assert.strictEqual((yield* Effect.flip(end.receive)).reason._tag, "Closed")
        assert.strictEqual(yield* end.closed, "closed")
        assert.strictEqual(yield* Effect.promise(() => child.exited), 0)
      })
    )
  })

  it("one of which is killed: the other receives what had come, then PeerLost with what was taken, and serves the next: S249, G15", async () => {
    await run(
      Effect.gen(function* () {
        const listener = yield* listen()
        const child = yield* start("die", listener.address)
        const end = yield* listener.accept
        for (let i = 0; i < 5; i++) yield* end.send(i)
        // The third of the client's elements says that it has taken two.
        const heard = yield* Stream.runCollect(Stream.take(end.stream, 3))
        assert.deepStrictEqual(heard, [0, 1, 2])
        const receiving = yield* Effect.forkChild(Effect.flip(end.receive), { startImmediately: true })
        process.kill(child.pid, "SIGKILL")
        const { reason } = yield* Fiber.join(receiving)
        assert.strictEqual(reason._tag, "PeerLost")
        const { taken, uncertain } = reason as typeof reason & { readonly _tag: "PeerLost" }
        assert.strictEqual(taken + uncertain, 5)
        assert.isAtMost(taken, 2)
        assert.strictEqual((yield* Effect.flip(end.send(5))).reason._tag, "PeerLost")
        const inStream = yield* Effect.flip(Stream.runDrain(end.stream))
        assert.strictEqual(inStream.reason._tag, "PeerLost")
        assert.strictEqual(yield* end.closed, "lost")
        assert.strictEqual(yield* expectService(listener), "are you there?")
      })
    )
  })
})
