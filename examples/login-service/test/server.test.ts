// The server over real sockets; the hashes are held back by hand, on simulated workers, so that nothing depends on time.
import { assert, describe, it } from "@effect/vitest"
import { TaskPool } from "@heddle/core"
import { SimulatedWorkers } from "@heddle/testing"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { Agent } from "node:http"
import { layerPooled } from "../src/Hasher.ts"
import { login } from "../src/load.ts"
import * as Server from "../src/server.ts"
import { HashPassword } from "../src/tasks.ts"

const users = new Map([["ada", { salt: "salt", hash: "the hash" }]])

/** A pool of one whose hashes wait until they are let go. */
const withServer = <A>(
  deadline: string,
  use: (parts: {
    readonly enter: Effect.Effect<number>
    readonly started: Deferred.Deferred<void>
    readonly release: Deferred.Deferred<string>
    readonly interrupted: Deferred.Deferred<void>
    readonly post: (body: string) => Effect.Effect<number>
    readonly abortable: (signal: AbortSignal) => Promise<unknown>
    readonly retryAfter: () => string | undefined
  }) => Effect.Effect<A, unknown, TaskPool.TaskPool>
): Promise<A> => {
  const started = Deferred.makeUnsafe<void>()
  const release = Deferred.makeUnsafe<string>()
  const interrupted = Deferred.makeUnsafe<void>()
  const handlers = HashPassword.toLayer(() =>
    Deferred.succeed(started, undefined).pipe(
      Effect.andThen(Deferred.await(release)),
      Effect.onInterrupt(() => Deferred.succeed(interrupted, undefined))
    )
  )
  const pool = TaskPool.layer({ size: 1, queue: { capacity: 1, strategy: "reject" } }).pipe(
    Layer.provide(SimulatedWorkers.layer(handlers))
  )
  const layer = Server.layer(users).pipe(
    Layer.provide(layerPooled(deadline as "1 second")),
    Layer.provideMerge(pool)
  )
  const program = Effect.gen(function* () {
    const url = yield* Server.url
    const agent = new Agent()
    let retryAfter: string | undefined
    const enter = Effect.promise(async () => {
      const answer = await login(url, agent)
      retryAfter = answer.retryAfter
      return answer.status
    })
    const post = (body: string) =>
      Effect.promise(async () => (await fetch(url, { method: "POST", body })).status)
    return yield* use({
      enter,
      started,
      release,
      interrupted,
      post,
      abortable: (signal) => login(url, agent, signal),
      retryAfter: () => retryAfter
    })
  })
  return Effect.runPromise(Effect.provide(program, layer))
}

/** Looks until it is so: the sockets are real. */
const until = (isSo: (snapshot: TaskPool.PoolSnapshot) => boolean) =>
  TaskPool.snapshot.pipe(Effect.repeat({ until: isSo }), Effect.asVoid)

describe("login", () => {
  it("answers 200 for the right password, 401 for a wrong one, 400 for what it does not understand", () =>
    withServer("1 minute", ({ enter, post, release }) =>
      Effect.gen(function* () {
        yield* Deferred.succeed(release, "the hash")
        assert.strictEqual(yield* enter, 200)
        assert.strictEqual(yield* post(JSON.stringify({ name: "eve", password: "?" })), 401)
        assert.strictEqual(yield* post("not JSON"), 400)
        assert.strictEqual(yield* post(JSON.stringify({ name: "ada" })), 400)
      })
    ))

  it("G7: one runs, one waits, and the third is told to come back: 503 with Retry-After", () =>
    withServer("1 minute", ({ enter, release, retryAfter, started }) =>
      Effect.gen(function* () {
        const first = yield* Effect.forkChild(enter)
        yield* Deferred.await(started)
        const second = yield* Effect.forkChild(enter)
        yield* until(({ queue }) => queue.length === 1)
        assert.strictEqual(yield* enter, 503)
        assert.strictEqual(retryAfter(), "1")
        yield* Deferred.succeed(release, "the hash")
        assert.deepStrictEqual([yield* Fiber.join(first), yield* Fiber.join(second)], [200, 200])
      })
    ))

  it("G4: an answer that would come too late is 504, and its hash is interrupted", () =>
    withServer("50 millis", ({ enter, interrupted }) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* enter, 504)
        yield* Deferred.await(interrupted)
      })
    ))

  it("G3: a client that disconnects cancels its hash", () =>
    withServer("1 minute", ({ abortable, interrupted, started }) =>
      Effect.gen(function* () {
        const controller = new AbortController()
        const left = abortable(controller.signal).catch((error: unknown) => error)
        yield* Deferred.await(started)
        controller.abort()
        yield* Deferred.await(interrupted)
        assert.instanceOf(yield* Effect.promise(() => left), Error)
        yield* TaskPool.drain
        assert.strictEqual((yield* TaskPool.snapshot).counts.interrupted, 1)
      })
    ))
})
