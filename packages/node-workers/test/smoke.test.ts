// From end to end: a pool of two threads.
import { assert, describe, it } from "@effect/vitest"
import { Task, TaskPool } from "@heddle/core"
import type { PoolEvent } from "@heddle/core/PoolEvent"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NodeThreads from "../src/NodeThreads.ts"
import type * as smoke from "./fixtures/smoke.module.ts"
import { CountPrimes, TooLarge } from "./fixtures/smoke.tasks.ts"

const Module = Task.fromModule<typeof smoke>(new URL("./fixtures/smoke.module.ts", import.meta.url))

const pool = (options: NodeThreads.Options = {}) =>
  TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeThreads.layer(options)))

const entry = new URL("./fixtures/smoke.worker.ts", import.meta.url)

describe("a pool of two threads", () => {
  it.live("serves the tasks of a worker file, and their typed errors: S012", () =>
    Effect.gen(function* () {
      const counts = yield* TaskPool.forEach(CountPrimes, [{ limit: 10 }, { limit: 100 }, { limit: 1000 }])
      assert.deepStrictEqual(counts, [4, 25, 168])
      const error = yield* Effect.flip(CountPrimes({ limit: 2_000_000 }))
      assert.instanceOf(error, TooLarge)
    }).pipe(Effect.provide(pool({ entry })))
  )

  it.live("runs the functions of a plain module without a worker file, on both threads", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Module.count(100), 25)
      const words = new Int32Array(new SharedArrayBuffer(4))
      const ids = yield* Effect.all([Module.meet(words), Module.meet(words)], { concurrency: 2 })
      assert.strictEqual(new Set(ids).size, 2)
    }).pipe(Effect.provide(pool()))
  )

  it.live("its private channel is not to be found in workerData: G10", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Module.seen(), [])
    }).pipe(Effect.provide(pool()))
  )

  it.live("a worker that was asked to stop ends, whatever timers its tasks left in it: G2", () => {
    const ends: Array<PoolEvent["_tag"]> = []
    return Effect.gen(function* () {
      const { subscribe } = yield* TaskPool.TaskPool
      subscribe((event) => {
        if (/^Worker(?:Stopped|Terminating|Lost)$/.test(event._tag)) ends.push(event._tag)
      })
      yield* TaskPool.broadcast(Module.litter, undefined)
    }).pipe(
      Effect.provide(pool()),
      Effect.andThen(Effect.sync(() => assert.deepStrictEqual(ends, ["WorkerStopped", "WorkerStopped"])))
    )
  })
})
