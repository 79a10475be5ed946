// Values and counters in shared memory, in one thread.
import { assert, describe, it } from "@effect/vitest"
import { InvalidOption } from "@heddle/core/InvalidOption"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import type { SharedError } from "../src/SharedError.ts"
import * as SharedCounter from "../src/SharedCounter.ts"
import * as SharedValue from "../src/SharedValue.ts"
import { refusedBy, refusedSync } from "./support/refusals.ts"

const cases = [
  ["i32", 0, -5, 2 ** 31 - 1, 2 ** 31],
  ["i64", 0n, -5n, 2n ** 63n - 1n, 5],
  ["f64", 0, -0.5, NaN, "1"],
  ["boolean", false, true, false, 1]
] as const

describe("a value", () => {
  for (const [kind, zero, one, two, bad] of cases) {
    it.effect(`of ${kind} is read, written, exchanged, compared and updated: S338`, () =>
      Effect.gen(function* () {
        const value = yield* SharedValue.make<SharedValue.Kind>(kind)
        assert.strictEqual(yield* value.get, zero)
        yield* value.set(one)
        assert.strictEqual(yield* value.exchange(two), one)
        assert.isFalse(yield* value.compareAndSet(one, zero))
        assert.isTrue(yield* value.compareAndSet(two, one))
        assert.deepStrictEqual(yield* value.update(() => two), two)
        assert.deepStrictEqual(value.getSync(), two)
        assert.match(yield* refusedBy(value.set(bad as never)), /^Misfit value: expected /)
        assert.match(yield* refusedBy(value.update(() => bad as never)), /^Misfit value: expected /)
        assert.match(
          refusedSync(() => value.compareAndSetSync(two, bad as never)),
          /^Misfit replacement: expected /
        )
        assert.deepStrictEqual(value.getSync(), two)
        const initial = yield* SharedValue.make<SharedValue.Kind>(kind, one)
        assert.strictEqual(initial.exchangeSync(two), one)
        const refused = yield* refusedBy(SharedValue.make<SharedValue.Kind>(kind, bad as never))
        assert.match(refused, /^Misfit initial: expected /)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("tells 0 from -0 when floats are compared: S338", () =>
    Effect.gen(function* () {
      const value = yield* SharedValue.make("f64", -0)
      assert.isFalse(value.compareAndSetSync(0, 1))
      assert.isTrue(value.compareAndSetSync(-0, 1))
    }).pipe(Effect.scoped)
  )

  it.effect("is updated again from what another has written meanwhile: S333", () =>
    Effect.gen(function* () {
      const value = yield* SharedValue.make("i32", 1)
      let calls = 0
      const result = value.updateSync((before) => {
        // As another thread would.
        if (++calls === 1) value.setSync(10)
        return before + 1
      })
      assert.deepStrictEqual([result, value.getSync(), calls], [11, 11, 2])
      assert.throws(
        () =>
          value.updateSync(() => {
            throw new RangeError("mine")
          }),
        RangeError,
        "mine"
      )
      assert.strictEqual(value.getSync(), 11)
    }).pipe(Effect.scoped)
  )

  it("another kind is a mistake of the program: S338", () => {
    assert.throws(() => SharedValue.make("u8" as never), InvalidOption, "kind: expected one of i32")
    assert.throws(() => SharedValue.Schema("toString" as never), InvalidOption)
  })

  it.effect("keeps its kind through its schema: S336", () =>
    Effect.gen(function* () {
      const value = yield* SharedValue.make("boolean")
      const encoded = Schema.encodeUnknownSync(SharedValue.Schema("boolean"))(value)
      Schema.decodeUnknownSync(SharedValue.Schema("boolean"))(encoded).setSync(true)
      assert.isTrue(value.getSync())
      assert.isTrue(Exit.isFailure(Schema.decodeUnknownExit(SharedValue.Schema("i32"))(encoded)))
      assert.isTrue(Exit.isFailure(Schema.encodeUnknownExit(SharedValue.Schema("i32"))(value)))
      const small = { ...(encoded as object), buffer: new SharedArrayBuffer(20) }
      assert.isTrue(Exit.isFailure(Schema.decodeUnknownExit(SharedValue.Schema("boolean"))(small)))
    }).pipe(Effect.scoped)
  )
})

describe("a counter", () => {
  it.effect("counts past 32 bits, up and down: S338", () =>
    Effect.gen(function* () {
      const counter = yield* SharedCounter.make(2 ** 32)
      assert.strictEqual(yield* counter.increment, 2 ** 32 + 1)
      assert.strictEqual(yield* counter.add(-(2 ** 33)), 1 - 2 ** 32)
      assert.strictEqual(yield* counter.decrement, -(2 ** 32))
      assert.deepStrictEqual(
        [counter.incrementSync(), counter.addSync(2 ** 32), counter.decrementSync(), counter.valueSync()],
        [1 - 2 ** 32, 1, 0, 0]
      )
      for (const amount of [0.5, NaN, Infinity, 2 ** 53, 1n as never, "1" as never]) {
        assert.match(yield* refusedBy(counter.add(amount)), /^Misfit amount: expected a safe integer, got /)
      }
      assert.match(yield* refusedBy(SharedCounter.make(0.5)), /^Misfit initial: /)
      assert.strictEqual(yield* counter.value, 0)
    }).pipe(Effect.scoped)
  )
})

describe("the scope", () => {
  it.effect("once closed, each form fails with Disposed: S139, S335", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const value = yield* Scope.provide(SharedValue.make("i32"), scope)
      const counter = yield* Scope.provide(SharedCounter.make(), scope)
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(value.isDisposed && counter.isDisposed)
      const effects: ReadonlyArray<Effect.Effect<unknown, SharedError>> = [
        value.get,
        value.set(1),
        value.exchange(1),
        value.compareAndSet(0, 1),
        value.update(() => 1),
        counter.value,
        counter.increment,
        counter.decrement,
        counter.add(1)
      ]
      for (const effect of effects) assert.match(yield* refusedBy(effect), /^Disposed /)
      for (const sync of [
        () => value.getSync(),
        () => value.setSync(1),
        () => value.exchangeSync(1),
        () => value.compareAndSetSync(0, 1),
        () => value.updateSync(() => 1),
        () => counter.valueSync(),
        () => counter.incrementSync(),
        () => counter.decrementSync()
      ]) {
        assert.match(refusedSync(sync), /^Disposed /)
      }
    })
  )
})
