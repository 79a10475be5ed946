// Arrays in shared memory, in one thread.
import { assert, describe, it } from "@effect/vitest"
import { InvalidOption } from "@heddle/core/InvalidOption"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as SharedArray from "../src/SharedArray.ts"
import * as SharedCounter from "../src/SharedCounter.ts"
import { refusedBy, refusedSync } from "./support/refusals.ts"

const kinds = {
  i8: [-128, 127],
  u8: [0, 255],
  u8c: [0, 255],
  i16: [-32_768, 32_767],
  u16: [0, 65_535],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  f32: [-1.5, Infinity],
  f64: [Number.MIN_VALUE, NaN],
  i64: [-(2n ** 63n), 2n ** 63n - 1n],
  u64: [0n, 2n ** 64n - 1n]
} as const

/** A value that the kind cannot hold. Floats hold each number, and `u8c` clamps it. */
const outside: { readonly [kind: string]: unknown } = {
  i8: 128,
  u8: -1,
  u8c: 1n,
  i16: 40_000,
  u16: 1.5,
  i32: 2 ** 31,
  u32: -1,
  f32: "1",
  f64: undefined,
  i64: 2n ** 63n,
  u64: -1n
}

describe("an array of each kind", () => {
  for (const [name, [least, greatest]] of Object.entries(kinds)) {
    const kind = name as SharedArray.Kind
    it.effect(`${kind} holds what the kind holds, and refuses the rest: S338`, () =>
      Effect.gen(function* () {
        const array = yield* SharedArray.make<SharedArray.Kind>(kind, 3)
        yield* array.set(0, least)
        yield* array.set(2, greatest)
        assert.deepStrictEqual([yield* array.get(0), yield* array.get(2)], [least, greatest])
        assert.strictEqual(array.array[1], typeof least === "bigint" ? 0n : 0)
        const bad = outside[kind] as never
        assert.match(yield* refusedBy(array.set(1, bad)), /^Misfit \[1\]: expected /)
        assert.match(yield* refusedBy(array.fill(bad)), /^Misfit value: expected /)
        assert.match(yield* refusedBy(array.copyFrom([least, bad])), /^Misfit \[1\]: expected /)
        assert.deepStrictEqual([...array.array], [least, array.array[1], greatest])
        const isInteger = /^[iu]\d+$/.test(kind)
        assert.strictEqual(array.atomic !== undefined, isInteger)
        assert.strictEqual(array.bytes.length, 3 * array.array.BYTES_PER_ELEMENT)
      }).pipe(Effect.scoped)
    )
  }

  it("another kind, and another option, is a mistake of the program: S338", () => {
    assert.throws(() => SharedArray.make("f16" as never, 1), InvalidOption, "kind: expected one of i8, u8")
    assert.throws(() => SharedArray.Schema("toString" as never), InvalidOption)
    assert.throws(() => SharedArray.make("i8", 1, { max: 2 } as never), InvalidOption, "max: is no option")
  })
})

describe("sizes", () => {
  const wrong: ReadonlyArray<unknown> = [0, -1, 1.5, NaN, Infinity, 2 ** 53, "4", undefined]
  for (const size of wrong) {
    it.effect(`a length of ${String(size)} is typed: S139`, () =>
      Effect.gen(function* () {
        const message = yield* refusedBy(SharedArray.make("f64", size as never))
        assert.match(message, /^InvalidSize length: expected an integer from 1 to 536870912, got /)
        if (size === undefined) return
        const max = yield* refusedBy(SharedArray.make("u8", 1, { maxLength: size as never }))
        assert.match(max, /^InvalidSize maxLength: expected an integer from 1 to 4294967296, got /)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("a length past the greatest length is typed, and growth stops there: S139, S334", () =>
    Effect.gen(function* () {
      const past = yield* refusedBy(SharedArray.make("i16", 6, { maxLength: 5 }))
      assert.strictEqual(past, "InvalidSize length: expected an integer from 1 to 5, got 6")
      const array = yield* SharedArray.make("i16", 2, { maxLength: 5 })
      assert.deepStrictEqual([array.length, array.maxLength], [2, 5])
      for (const size of [0, -1, 2.5, NaN, 6]) {
        assert.match(
          yield* refusedBy(array.grow(size)),
          /^InvalidSize length: expected an integer from 1 to 5/
        )
      }
      const { array: live } = array
      yield* array.grow(5)
      yield* array.grow(3)
      assert.deepStrictEqual([array.length, live.length, array.bytes.length], [5, 5, 10])
      const fixed = yield* SharedArray.make("i16", 2)
      assert.match(yield* refusedBy(fixed.grow(3)), /^InvalidSize length: expected an integer from 1 to 2/)
      yield* fixed.grow(2)
    }).pipe(Effect.scoped)
  )
})

describe("access", () => {
  it.effect("past the ends is typed, and nothing is written: S338", () =>
    Effect.gen(function* () {
      const array = yield* SharedArray.make("i32", 3)
      for (const index of [-1, 3, 0.5, NaN, "0" as never]) {
        assert.match(
          yield* refusedBy(array.get(index)),
          /^OutOfBounds there is no index .*: the length is 3$/
        )
        assert.match(yield* refusedBy(array.set(index, 1)), /^OutOfBounds/)
        assert.match(
          refusedSync(() => array.atomic.add(index, 1)),
          /^OutOfBounds/
        )
      }
      assert.match(yield* refusedBy(array.copyFrom([1, 2], 2)), /^OutOfBounds/)
      assert.match(yield* refusedBy(array.copyFrom(new Int32Array(4))), /^OutOfBounds/)
      assert.match(yield* refusedBy(array.fill(1, 1, 4)), /^OutOfBounds/)
      assert.deepStrictEqual(
        [...array.bytes],
        Array.from({ length: 12 }, () => 0)
      )
    }).pipe(Effect.scoped)
  )

  it.effect("a view is the memory, a slice is a copy: S338", () =>
    Effect.gen(function* () {
      const array = yield* SharedArray.make("f64", 4)
      yield* array.copyFrom([1, 2, 3, 4])
      const view = array.view(1, 3)
      const slice = array.slice(-2)
      yield* array.fill(9, 2)
      yield* array.copyFrom(Float64Array.of(5), 1)
      assert.deepStrictEqual([...view], [5, 9])
      assert.deepStrictEqual([...slice], [3, 4])
      assert.notInstanceOf(slice.buffer, SharedArrayBuffer)
      assert.strictEqual(view.buffer, array.array.buffer)
    }).pipe(Effect.scoped)
  )

  it.effect("a source that throws, or has no length, is typed: S338", () =>
    Effect.gen(function* () {
      const array = yield* SharedArray.make("f64", 4)
      const throwing = new Proxy([1, 2], {
        get: () => {
          throw new Error("no")
        }
      })
      assert.strictEqual(yield* refusedBy(array.copyFrom(throwing)), "Misfit source: reading it threw")
      assert.match(yield* refusedBy(array.copyFrom({ length: 1e9 })), /^OutOfBounds/)
      assert.match(yield* refusedBy(array.copyFrom({} as never)), /^OutOfBounds/)
    }).pipe(Effect.scoped)
  )

  it.effect("atomic operations answer with the number before, and wrap around: S333", () =>
    Effect.gen(function* () {
      const { atomic } = yield* SharedArray.make("u8", 2)
      assert.strictEqual(atomic.store(1, 250), 250)
      assert.deepStrictEqual([atomic.add(1, 10), atomic.sub(1, 1), atomic.load(1)], [250, 4, 3])
      assert.deepStrictEqual(
        [atomic.and(1, 2), atomic.or(1, 5), atomic.xor(1, 1), atomic.load(1)],
        [3, 2, 7, 6]
      )
      assert.deepStrictEqual([atomic.exchange(1, 8), atomic.compareExchange(1, 7, 9)], [6, 8])
      assert.deepStrictEqual([atomic.compareExchange(1, 8, 9), atomic.load(1), atomic.load(0)], [8, 9, 0])
    }).pipe(Effect.scoped)
  )
})

describe("the scope", () => {
  it.effect("once closed, each Effect fails with Disposed: S139, S335", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const array = yield* Scope.provide(SharedArray.make("i32", 4), scope)
      yield* array.set(0, 7)
      assert.isFalse(array.isDisposed)
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(array.isDisposed)
      const uses = [array.get(0), array.set(0, 1), array.fill(1), array.copyFrom([1]), array.grow(4)]
      for (const use of uses) {
        assert.strictEqual(
          yield* refusedBy(use as Effect.Effect<unknown, any>),
          "Disposed the scope that owns it is closed"
        )
      }
      assert.strictEqual(array.array[0], 7)
      const codec = SharedArray.Schema("i32")
      const attached = Schema.decodeUnknownSync(codec)(Schema.encodeUnknownSync(codec)(array))
      assert.match(yield* refusedBy(attached.get(0)), /^Disposed/)
    })
  )
})

describe("the schema", () => {
  const schema = SharedArray.Schema("i32")
  const good = { shared: "SharedArray", shape: "i32", length: 2, buffer: new SharedArrayBuffer(24) }
  const hostile: ReadonlyArray<readonly [string, unknown]> = [
    ["another kind", { ...good, shape: "f64" }],
    ["another structure", { ...good, shared: "SharedCounter" }],
    ["a buffer that is too small", { ...good, length: 3 }],
    ["a buffer without a header", { ...good, buffer: new SharedArrayBuffer(8) }],
    ["a buffer of no whole words", { ...good, buffer: new SharedArrayBuffer(27) }],
    ["an empty buffer that can grow", { ...good, buffer: new SharedArrayBuffer(18, { maxByteLength: 99 }) }],
    ["a buffer that is not shared", { ...good, buffer: new ArrayBuffer(24) }],
    ["an object like a buffer", { ...good, buffer: { byteLength: 24 } }],
    ["no length", { ...good, length: 0 }],
    ["a negative length", { ...good, length: -1 }],
    ["a fraction", { ...good, length: 1.5 }],
    ["a huge length", { ...good, length: Number.MAX_SAFE_INTEGER }],
    ["nothing", undefined]
  ]
  for (const [what, encoded] of hostile) {
    it(`${what} is a typed error of decoding: S336`, () => {
      assert.isTrue(Exit.isFailure(Schema.decodeUnknownExit(schema)(encoded)))
      const { cause } = Schema.decodeUnknownExit(schema)(encoded) as Exit.Failure<never, Schema.SchemaError>
      assert.strictEqual(cause.reasons[0]!._tag, "Fail")
    })
  }

  it.effect("decodes to the same memory, and refuses handles of another sort: S336", () =>
    Effect.gen(function* () {
      const array = yield* SharedArray.make("i32", 2)
      const counter = yield* SharedCounter.make()
      const other = Schema.decodeUnknownSync(schema)(Schema.encodeUnknownSync(schema)(array))
      other.array[1] = 5
      assert.strictEqual(array.array[1], 5)
      assert.isTrue(Exit.isSuccess(Schema.decodeUnknownExit(schema)(good)))
      for (const value of [counter, yield* SharedArray.make("u32", 2), {}, null, array.array]) {
        assert.isTrue(Exit.isFailure(Schema.encodeUnknownExit(schema)(value)))
      }
    }).pipe(Effect.scoped)
  )
})
