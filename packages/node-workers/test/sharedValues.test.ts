// Values in shared memory between real threads.
import { assert, it, layer, vi } from "@effect/vitest"
import { Channel, TaskPool } from "@heddle/core"
import { expectReason } from "@heddle/testing/conformance/suite/Harness"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as NodeProcesses from "../src/NodeProcesses.ts"
import * as NodeThreads from "../src/NodeThreads.ts"
import * as SharedArray from "../src/SharedArray.ts"
import * as SharedCounter from "../src/SharedCounter.ts"
import * as SharedStruct from "../src/SharedStruct.ts"
import * as SharedValue from "../src/SharedValue.ts"
import { AddOne, Count, Drain, Four, Grow, Late, Row } from "./fixtures/sharedValues.tasks.ts"

// A worker takes its time to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const entry = new URL("./fixtures/sharedValues.worker.ts", import.meta.url)
const on = (transport: Layer.Layer<any, any>) =>
  TaskPool.layer({ size: 3, startTimeout: "1 minute" }).pipe(Layer.provide(transport))
const points = [
  { x: 1, on: true },
  { x: 2, on: false }
]

layer(on(NodeThreads.layer({ entry })), { excludeTestServices: true })("between threads", (test) => {
  test.effect("a worker sees the bytes of the host, and the host those of the worker: S139, S098", () =>
    Effect.gen(function* () {
      const bytes = yield* SharedArray.make("u8", 5)
      const rows = yield* SharedStruct.make(Row, { count: 3 })
      bytes.array.set([1, 2, 3, 4, 255])
      yield* rows.set(1, { name: "Ångström", count: 41, points })
      assert.strictEqual(yield* AddOne({ bytes, rows }), "Ångström")
      assert.deepStrictEqual(bytes.slice(), new Uint8Array([2, 3, 4, 5, 0]))
      assert.deepStrictEqual(yield* rows.get(1), { name: "Ångström", count: 42, points })
      assert.strictEqual(rows.getSync(2).points[1]!.x, 0.5)
    }).pipe(Effect.scoped)
  )

  test.effect("no atomic operation of three workers is lost: S333", () =>
    Effect.gen(function* () {
      const words = yield* SharedArray.make("i32", 2)
      const bigs = yield* SharedArray.make("u64", 1)
      const counter = yield* SharedCounter.make(5)
      const product = yield* SharedValue.make("f64", 1)
      const rows = yield* SharedStruct.make(Row, { count: 2 })
      const times = 100_000
      const payload = { times, words, bigs, counter, product, rows }
      yield* Effect.all([Count(payload), Count(payload), Count(payload)], { concurrency: 3 })
      assert.deepStrictEqual(words.slice(), new Int32Array([3, 3 * times]))
      assert.strictEqual(bigs.atomic.load(0), BigInt.asUintN(64, BigInt(-3 * times)))
      assert.strictEqual(rows.getSync(0).count, 6 * times)
      assert.strictEqual(yield* counter.value, 5 + 3 * times)
      assert.strictEqual(yield* product.get, 1 + 1.5 * times)
    }).pipe(Effect.scoped)
  )

  test.effect("growth in a worker is seen by the host, by an array that it had before: S334", () =>
    Effect.gen(function* () {
      const array = yield* SharedArray.make("f32", 2, { maxLength: 1000 })
      const live = array.array
      const grown = yield* Grow({ array, to: 900 })
      assert.strictEqual(grown.before, 2)
      assert.deepStrictEqual([array.length, live.length, live[899], live[898]], [900, 900, 7, 0])
      assert.strictEqual(grown.array.array.buffer, grown.array.bytes.buffer)
      yield* grown.array.set(0, 3)
      assert.strictEqual(live[0], 3)
      const past = yield* Effect.exit(Grow({ array, to: 1001 }))
      assert.include(String(past), "length: expected an integer from 1 to 1000, got 1001")
      yield* array.grow(950)
      assert.strictEqual((yield* Grow({ array, to: 900 })).before, 950)
    }).pipe(Effect.scoped)
  )

  test.effect("an array goes through a channel, and both sides see the same memory: S333", () =>
    Effect.gen(function* () {
      const array = yield* SharedArray.make("i32", 2)
      const { receiver, sender } = yield* Channel.make(SharedArray.Schema("i32"))
      yield* sender.sendAll([array, array, array])
      yield* sender.end
      assert.strictEqual(yield* Drain({ receiver }), 3)
      assert.strictEqual(array.array[1], 3)
    }).pipe(Effect.scoped)
  )

  test.effect("once the scope is closed, Effects in a worker fail with Disposed: S139, S335", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const array = yield* Scope.provide(SharedArray.make("i32", 4), scope)
      const counter = yield* Scope.provide(SharedCounter.make(), scope)
      const gate = new Int32Array(new SharedArrayBuffer(8))
      const late = yield* Effect.forkChild(Late({ gate, array, counter }))
      yield* Effect.promise(async () => {
        const started = Atomics.waitAsync(gate, 1, 0)
        if (started.async) await started.value
      })
      yield* Scope.close(scope, Exit.void)
      Atomics.store(gate, 0, 1)
      Atomics.notify(gate, 0)
      assert.deepStrictEqual(
        yield* Fiber.join(late),
        Array.from({ length: 4 }, () => "Disposed")
      )
      const { reason } = yield* Effect.flip(array.get(0))
      assert.strictEqual(reason._tag, "Disposed")
    })
  )

  test.effect("an array that does not fit the schema of the task is refused, typed: S336", () =>
    Effect.gen(function* () {
      const three = yield* SharedArray.make("i32", 3)
      const four = yield* SharedArray.make("i32", 4)
      const floats = yield* SharedArray.make("f32", 4)
      assert.strictEqual(yield* Four(four), 4)
      const short = expectReason(yield* Effect.exit(Four(three)), "Malformed")
      assert.include(short.message, "it has a length of 3, and not of 4")
      const other = expectReason(yield* Effect.exit(Four(floats as never)), "Malformed")
      assert.include(other.message, "SharedArray of i32")
    }).pipe(Effect.scoped)
  )
})

it.live("on child processes a shared array is refused, with what to use instead: S337", () =>
  Effect.gen(function* () {
    const array = yield* SharedArray.make("i32", 4)
    const refused = expectReason(yield* Effect.exit(Four(array)), "NotSerializable")
    assert.strictEqual(refused.path, "$.buffer")
    assert.include(refused.detail, "shared memory, which no other process can share")
    assert.include(refused.detail, "NodeThreads")
  }).pipe(Effect.scoped, Effect.provide(on(NodeProcesses.layer({ entry }))))
)
