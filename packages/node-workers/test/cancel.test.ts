// Interruption, where only real threads and Node itself can show it.
import { getEventListeners } from "node:events"
import process from "node:process"
import * as TaskPool from "@heddle/core/TaskPool"
import { WorkerTransport } from "@heddle/core/WorkerTransport"
import { awaitRunning, expectNext, spinning } from "@heddle/testing/conformance/suite/cancel.steps"
import { Occupy, occupy } from "@heddle/testing/conformance/suite/cancel.tasks"
import { expectReason, type Harness, withPool } from "@heddle/testing/conformance/suite/Harness"
import * as Signal from "@heddle/testing/conformance/suite/Signal"
import { Add, Sabotage } from "@heddle/testing/conformance/suite/tasks"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { threads } from "./support/threadsHarness.ts"

/** Blocks this thread, timers and messages included. */
const blockUnsafe = (millis: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis)

const block = (millis: number) => Effect.sync(() => blockUnsafe(millis))

/** Threads whose host is put to sleep after each post, as a busy machine may: the worker always gets ahead of it. */
const outrun: Harness = {
  ...threads,
  transport: (options) =>
    Layer.effect(
      WorkerTransport,
      Effect.map(WorkerTransport, (transport) => ({
        ...transport,
        spawn: (start, listener) => {
          const connection = transport.spawn(start, listener)
          const post = connection.post.bind(connection)
          return Object.assign(connection, {
            post: (...args: Parameters<typeof post>) => {
              post(...args)
              blockUnsafe(50)
            }
          })
        }
      }))
    ).pipe(Layer.provide(threads.transport(options)))
}

const timeout = 60_000

describe("interruption", () => {
  it.live(
    "S041, G2: a signal shared by a thousand tasks keeps no listener, and Node never warns of too many",
    () =>
      withPool(
        threads,
        { size: 2 },
        Effect.gen(function* () {
          const warnings: Array<Error> = []
          const warn = (warning: Error) => warnings.push(warning)
          yield* Effect.acquireRelease(
            Effect.sync(() => process.on("warning", warn)),
            () => Effect.sync(() => process.off("warning", warn))
          )
          const { signal } = new AbortController()
          const listeners = () => getEventListeners(signal, "abort").length
          const add = (n: number) => TaskPool.run(Add, { a: n, b: 1 }, { signal })
          const inputs = Array.from({ length: 1_000 }, (_, n) => n)
          for (const n of inputs.slice(0, 100)) yield* add(n)
          assert.strictEqual(listeners(), 0)
          yield* Effect.forEach(inputs, add, { concurrency: 5 })
          assert.strictEqual(listeners(), 0)
          // Warnings come in a later turn.
          yield* Effect.sleep(0)
          assert.deepStrictEqual(warnings, [])
        })
      ),
    timeout
  )

  it.live(
    "S047: a task whose signal was aborted before never runs, however quick its worker is",
    () =>
      withPool(
        outrun,
        { size: 1 },
        Effect.gen(function* () {
          const signal = Signal.make()
          for (let i = 0; i < 5; i++) {
            // In a turn of its own: what is said while a frame is handled is posted when that is done.
            yield* Effect.sleep(1)
            const exit = yield* Effect.exit(TaskPool.run(Occupy, { signal }, { signal: AbortSignal.abort() }))
            assert.strictEqual(expectReason(exit, "Interrupted").by, "signal")
          }
          yield* expectNext(1)
          assert.strictEqual(Signal.read(signal, occupy.arrived), 0)
        })
      ),
    timeout
  )

  it.live(
    "S054, G3, G4: a worker that ended while the host was busy was forced, not stuck, whatever the timers say first",
    () =>
      withPool(
        threads,
        { size: 1, grace: 0, terminateTimeout: 500 },
        Effect.gen(function* () {
          const handle = yield* spinning()
          const interruption = yield* Effect.forkChild(handle.interrupt, { startImmediately: true })
          yield* block(1_500)
          assert.strictEqual((yield* Fiber.join(interruption))._tag, "forced")
          yield* expectNext(2)
        })
      ),
    timeout
  )

  it.live(
    "G4, G9: the pool's limits are kept by a host that is busy now and then",
    () =>
      withPool(
        threads,
        { size: 1, grace: 100, terminateTimeout: 5_000 },
        Effect.gen(function* () {
          const task = yield* TaskPool.fork(Sabotage, { how: "spin" }, { timeout: 200 })
          yield* awaitRunning(task)
          yield* block(400)
          const { limit, phase } = expectReason(yield* Effect.exit(task.await), "DeadlineExceeded")
          assert.deepStrictEqual([phase, limit], ["run", 200])
          yield* expectNext(2)
        })
      ),
    timeout
  )
})
