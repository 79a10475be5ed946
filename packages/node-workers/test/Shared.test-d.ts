/* oxlint-disable vitest/expect-expect -- a line that must not compile is the assertion */
import { Task } from "@heddle/core"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import { describe, expectTypeOf, it } from "vitest"
import * as SharedArray from "../src/SharedArray.ts"
import type * as SharedCounter from "../src/SharedCounter.ts"
import type { SharedError } from "../src/SharedError.ts"
import * as SharedStruct from "../src/SharedStruct.ts"
import * as SharedValue from "../src/SharedValue.ts"

describe("shared memory", () => {
  it("an array has the typed array of its kind, and atomic operations for integers only", () => {
    expectTypeOf(SharedArray.make("f64", 3)).toEqualTypeOf<
      Effect.Effect<SharedArray.SharedArray<"f64">, SharedError, Scope>
    >()
    const floats = null! as SharedArray.SharedArray<"f64">
    const bigs = null! as SharedArray.SharedArray<"u64">
    const clamped = null! as SharedArray.SharedArray<"u8c">
    expectTypeOf(floats.array).toEqualTypeOf<Float64Array<SharedArrayBuffer>>()
    expectTypeOf(floats.view).returns.toEqualTypeOf<Float64Array<SharedArrayBuffer>>()
    expectTypeOf(bigs.slice).returns.toEqualTypeOf<BigUint64Array<ArrayBuffer>>()
    expectTypeOf(floats.atomic).toBeUndefined()
    expectTypeOf(clamped.atomic).toBeUndefined()
    expectTypeOf(bigs.atomic.add).returns.toBeBigInt()
    expectTypeOf(bigs.get(0)).toEqualTypeOf<Effect.Effect<bigint, SharedError>>()
    // @ts-expect-error: floats have no atomic operations
    expectTypeOf(() => floats.atomic.add(0, 1)).toBeFunction()
    // @ts-expect-error: a number is no bigint
    expectTypeOf(bigs.set(0, 1)).toBeObject()
    // @ts-expect-error: no such kind
    expectTypeOf(SharedArray.make("f16", 1)).toBeObject()
  })

  it("values, counters and rows keep their types through a payload", () => {
    const Row = SharedStruct.layout({ n: SharedStruct.i64 })
    const Use = Task.make("Use", {
      payload: {
        array: SharedArray.Schema("i32"),
        value: SharedValue.Schema("boolean"),
        rows: SharedStruct.Schema(Row)
      }
    })
    const serve = Use.toLayer(({ array, rows, value }) => {
      expectTypeOf(array).toEqualTypeOf<SharedArray.SharedArray<"i32">>()
      expectTypeOf(value.exchange(true)).toEqualTypeOf<Effect.Effect<boolean, SharedError>>()
      expectTypeOf(rows.getSync(0)).toEqualTypeOf<{ readonly n: bigint }>()
      return Effect.void
    })
    expectTypeOf(serve).toBeObject()
    expectTypeOf<SharedCounter.SharedCounter["increment"]>().toEqualTypeOf<
      Effect.Effect<number, SharedError>
    >()
    const value = null! as SharedValue.SharedValue<"boolean">
    const rows = null! as SharedStruct.SharedStruct<{ readonly n: SharedStruct.IntegerField<"i64"> }>
    const array = null! as SharedArray.SharedArray<"i32">
    expectTypeOf(Use({ array, value, rows })).toBeObject()
    const other = null! as SharedArray.SharedArray<"u32">
    // @ts-expect-error: another kind
    expectTypeOf(Use({ array: other, value, rows })).toBeObject()
  })

  it("rows have the types of their fields, and accessors by the sort of field", () => {
    const Row = SharedStruct.layout({
      n: SharedStruct.u32,
      f: SharedStruct.f32,
      name: SharedStruct.text(3),
      path: SharedStruct.array(SharedStruct.layout({ x: SharedStruct.f64, big: SharedStruct.u64 }), 2)
    })
    const rows = null! as SharedStruct.SharedStruct<
      typeof Row extends SharedStruct.Layout<infer F> ? F : never
    >
    expectTypeOf(rows.getSync(0)).toEqualTypeOf<{
      readonly n: number
      readonly f: number
      readonly name: string
      readonly path: ReadonlyArray<{ readonly x: number; readonly big: bigint }>
    }>()
    expectTypeOf(rows.field("n").atomic.add).returns.toBeNumber()
    expectTypeOf(rows.field("path").item(0).field("big").atomic.load).returns.toBeBigInt()
    expectTypeOf(rows.field("name").get).returns.toBeString()
    // @ts-expect-error: floats have no atomic operations
    expectTypeOf(rows.field("f").atomic).toBeObject()
    // @ts-expect-error: no such field
    expectTypeOf(rows.field("m")).toBeObject()
    // @ts-expect-error: a missing field
    expectTypeOf(rows.setSync(0, { n: 1, f: 2, name: "" })).toBeVoid()
  })

  it("a layout from a schema has the types of the schema", () => {
    const layout = SharedStruct.fromSchema(
      Schema.Struct({
        at: Schema.Tuple([Schema.Finite, Schema.Boolean]),
        nested: Schema.Struct({ n: Schema.BigInt })
      })
    )
    expectTypeOf<(typeof layout)["Type"]["at"]>().toEqualTypeOf<readonly [number, boolean]>()
    expectTypeOf<(typeof layout)["Type"]["nested"]["n"]>().toBeBigInt()
  })
})
