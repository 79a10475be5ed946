// Maps over threads: that they run side by side, and that the input is the host's own.
import { threadId } from "node:worker_threads"
import { assert, describe, it, vi } from "@effect/vitest"
import { Task, TaskPool } from "@heddle/core"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Signal from "@heddle/testing/conformance/suite/Signal"
import { awaitSnapshot, range } from "@heddle/testing/conformance/suite/Steps"
import * as NodeThreads from "../src/NodeThreads.ts"
import type * as surroundings from "./fixtures/surroundings.module.ts"

const Module = Task.fromModule<typeof surroundings>(
  new URL("./fixtures/surroundings.module.ts", import.meta.url)
)

const plain = TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeThreads.layer({ output: "discard" })))

const twoReady = awaitSnapshot(
  ({ workers }) => workers.filter((w) => w.state === "ready").length === 2,
  "two are ready"
)

// A thread takes its time to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

describe("a map over threads", () => {
  it.live(
    "S132: two items that block their threads run side by side, on two threads, neither of them this one",
    () =>
      Effect.gen(function* () {
        yield* twoReady
        const words = Signal.shared(2)
        const map = yield* Effect.forkChild(TaskPool.forEach(Module.block, [words, words], { chunkSize: 1 }))
        yield* Signal.awaitAtLeast(words, 1, 2)
        Signal.addUnsafe(words, 0)
        Atomics.notify(words, 0)
        const ran = yield* Fiber.join(map)
        const { workers } = yield* TaskPool.snapshot
        assert.deepStrictEqual(ran.toSorted(), workers.map((worker) => worker.threadId!).toSorted())
        assert.notInclude(ran, threadId)
      }).pipe(Effect.provide(plain))
  )

  it.live("S132: functions of a module map without a worker file, in order, by forEach and by stream", () =>
    Effect.gen(function* () {
      const inputs = range(500).map((length) => new Uint8Array(length))
      assert.deepStrictEqual(yield* TaskPool.forEach(Module.lengthOf, inputs), range(500))
      assert.deepStrictEqual(
        yield* Stream.runCollect(TaskPool.stream(Module.lengthOf, inputs, { chunkSize: 50 })),
        range(500)
      )
      assert.deepStrictEqual(
        inputs.map(({ byteLength }) => byteLength),
        range(500),
        "copied, not moved"
      )
    }).pipe(Effect.provide(plain))
  )

  it.live("G7: while the host itself computes, no more is drawn than may be in flight", () =>
    Effect.gen(function* () {
      yield* twoReady
      let drawn = 0
      function* inputs() {
        for (; drawn < 10_000;) {
          drawn++
          yield new Uint8Array(8)
        }
      }
      const map = yield* Effect.forkChild(TaskPool.forEach(Module.lengthOf, inputs(), { chunkSize: 1 }), {
        startImmediately: true
      })
      // Threads answer meanwhile, but nobody here hears them.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
      assert.isAtMost(drawn, 4)
      assert.strictEqual((yield* Fiber.join(map)).length, 10_000)
    }).pipe(Effect.provide(plain))
  )
})
