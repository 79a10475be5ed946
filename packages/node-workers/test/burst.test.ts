import { assert, describe, it } from "@effect/vitest"
import { TaskPool } from "@heddle/core"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { vi } from "vitest"
import * as NodeThreads from "../src/NodeThreads.ts"
import { Next } from "./fixtures/million.tasks.ts"

const threads = NodeThreads.layer({ entry: new URL("./fixtures/million.worker.ts", import.meta.url) })
const pool = (options?: TaskPool.PoolOptions) =>
  TaskPool.layer({ size: 2, ...options }).pipe(Layer.provide(threads))

const count = 10_000
const payloads = Array.from({ length: count }, (_, i) => i)
const answers = payloads.map((n) => n + 1)

/** The ids of tasks in the order in which they were handed to workers for the first time. */
const firstSent = Effect.map(TaskPool.TaskPool, (service) => {
  const sent = new Set<number>()
  service.subscribe((event) => {
    if (event._tag === "TaskSent") sent.add(event.id)
  })
  return sent
})

const timeout = 60_000

describe("a burst", () => {
  it.live(
    "many at once, again and again, wake no bell: the low-latency wait is for lone tasks: S228",
    () =>
      Effect.gen(function* () {
        const notify = yield* Effect.acquireRelease(
          Effect.sync(() => vi.spyOn(Atomics, "notify")),
          (spy) => Effect.sync(() => spy.mockRestore())
        )
        const batches = 100
        for (let batch = 0; batch < batches; batch++) {
          const results = yield* Effect.forEach(payloads.slice(0, 64), (n) => Next(n), {
            concurrency: "unbounded"
          })
          assert.deepStrictEqual(results, answers.slice(0, 64))
        }
        // New threads are taken to serve lone tasks; and three in a row may come alone by chance on a busy machine.
        assert.isBelow(notify.mock.calls.length, batches / 2)
      }).pipe(Effect.scoped, Effect.provide(pool())),
    timeout
  )

  it.live(
    "10,000 trivial tasks at once on two workers: all finish, in order, on a bounded stack: S073, G7, G8",
    () =>
      Effect.gen(function* () {
        const sent = yield* firstSent
        const results = yield* Effect.forEach(payloads, (n) => Next(n), { concurrency: "unbounded" })
        assert.deepStrictEqual(results, answers)
        // First come, first served, through the queue and the line of suspended callers before it.
        assert.deepStrictEqual(
          Array.from(sent),
          Array.from({ length: count }, (_, i) => i + 1)
        )
        const { counts, queue } = yield* TaskPool.snapshot
        assert.deepInclude(counts, { submitted: count, succeeded: count, rejected: 0, late: 0 })
        assert.deepInclude(queue, { length: 0, waiting: 0 })
      }).pipe(Effect.provide(pool())),
    timeout
  )

  it.live(
    "the same on a pool without a queue, and on one that takes them all: S073",
    () =>
      Effect.gen(function* () {
        for (const capacity of [0, count]) {
          const results = yield* Effect.forEach(payloads, (n) => Next(n), { concurrency: "unbounded" }).pipe(
            Effect.provide(pool({ queue: { capacity } }))
          )
          assert.deepStrictEqual(results, answers, `capacity ${capacity}`)
        }
      }),
    timeout
  )

  it.live(
    "as chunks of one list, and as a stream: S073",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* TaskPool.forEach(Next, payloads), answers)
        const streamed = yield* Stream.runCollect(TaskPool.stream(Next, payloads))
        assert.deepStrictEqual(Array.from(streamed), answers)
      }).pipe(Effect.provide(pool())),
    timeout
  )

  it.live(
    "chains of tasks that resubmit themselves as they complete end in order: S144",
    () =>
      Effect.gen(function* () {
        const chain = (length: number) =>
          Effect.gen(function* () {
            let n = 0
            while (n < length) n = yield* Next(n)
            return n
          })
        const ends = yield* Effect.all([chain(100), chain(50), chain(60)], { concurrency: "unbounded" })
        assert.deepStrictEqual(ends, [100, 50, 60])
      }).pipe(Effect.provide(pool())),
    timeout
  )
})
