// Rows in shared memory, in one thread.
import { assert, describe, it } from "@effect/vitest"
import { InvalidOption } from "@heddle/core/InvalidOption"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as SharedMemory from "../src/SharedMemory.ts"
import * as SharedStruct from "../src/SharedStruct.ts"
import * as NodeProcesses from "../src/NodeProcesses.ts"
import * as NodeThreads from "../src/NodeThreads.ts"
import { refusedBy, refusedSync } from "./support/refusals.ts"

const Point = SharedStruct.layout({ x: SharedStruct.f64, y: SharedStruct.i16 })
const Row = SharedStruct.layout({
  id: SharedStruct.u32,
  hits: SharedStruct.i64,
  name: SharedStruct.text(8),
  is: SharedStruct.boolean,
  path: SharedStruct.array(Point, 2)
})
const row = {
  id: 7,
  hits: -1n,
  name: "héllo",
  is: true,
  path: [
    { x: 0.5, y: -3 },
    { x: NaN, y: 4 }
  ]
}

describe("rows", () => {
  it.effect("are read and written as objects, apart from each other: S330", () =>
    Effect.gen(function* () {
      const rows = yield* SharedStruct.make(Row, { count: 3 })
      yield* rows.set(1, row)
      assert.deepStrictEqual(yield* rows.get(1), row)
      const empty = {
        id: 0,
        hits: 0n,
        name: "",
        is: false,
        path: [
          { x: 0, y: 0 },
          { x: 0, y: 0 }
        ]
      }
      assert.deepStrictEqual([rows.getSync(0), rows.getSync(2)], [empty, empty])
      assert.deepStrictEqual([rows.count, rows.bytes.length], [3, 3 * Row.byteLength])
      assert.strictEqual((yield* SharedStruct.make(Row)).count, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("refuse a wrong row and a wrong value, and write nothing: S331", () =>
    Effect.gen(function* () {
      const rows = yield* SharedStruct.make(Row, { count: 2 })
      yield* rows.set(0, row)
      for (const index of [-1, 2, 0.5, NaN]) {
        assert.match(yield* refusedBy(rows.get(index)), /^OutOfBounds .*: the length is 2$/)
        assert.match(yield* refusedBy(rows.set(index, row)), /^OutOfBounds/)
      }
      const long = { ...row, id: 8, name: "123456789" }
      assert.strictEqual(
        yield* refusedBy(rows.set(0, long)),
        "Misfit $.name: the text is longer than 8 bytes of UTF-8"
      )
      const deep = { ...row, id: 8, path: [row.path[0]!, { x: 1, y: 40_000 }] }
      assert.match(
        refusedSync(() => rows.setSync(0, deep)),
        /^Misfit \$\.path\[1\]\.y: expected -32768 to 32767 for i16, got 40000$/
      )
      assert.deepStrictEqual(yield* rows.get(0), row)
    }).pipe(Effect.scoped)
  )

  it.effect("give access to one field of all rows: S330", () =>
    Effect.gen(function* () {
      const rows = yield* SharedStruct.make(Row, { count: 3 })
      yield* rows.set(2, row)
      const hits = rows.field("hits")
      const y = rows.field("path").item(1).field("y")
      hits.set(2, 5n)
      y.set(2, -9)
      rows.field("name").set(2, "né")
      rows.field("is").set(2, false)
      assert.deepStrictEqual([hits.get(2), y.get(2), rows.field("name").get(2)], [5n, -9, "né"])
      assert.deepStrictEqual([hits.atomic.add(2, 6n), y.atomic.exchange(2, 1)], [5n, -9])
      assert.strictEqual(rows.field("id").atomic.compareExchange(2, 7, 8), 7)
      assert.deepStrictEqual(rows.getSync(2), {
        id: 8,
        hits: 11n,
        name: "né",
        is: false,
        path: [row.path[0]!, { x: NaN, y: 1 }]
      })
      assert.deepStrictEqual(rows.getSync(1).hits, 0n)
      for (const use of [() => hits.get(3), () => hits.atomic.load(-1), () => y.set(3, 1)]) {
        assert.match(refusedSync(use), /^OutOfBounds/)
      }
      assert.match(
        refusedSync(() => y.set(0, 1e6)),
        /^Misfit/
      )
      assert.match(
        refusedSync(() => rows.field("name").set(0, "123456789")),
        /^Misfit/
      )
      assert.match(
        refusedSync(() => rows.field("path").item(2)),
        /^OutOfBounds/
      )
      assert.match(
        refusedSync(() => rows.field("toString" as never)),
        /^Misfit \$\.toString: there is no such field/
      )
    }).pipe(Effect.scoped)
  )

  it.effect("come from a schema: S332", () =>
    Effect.gen(function* () {
      const schema = Schema.Struct({
        at: Schema.Tuple([Schema.Finite, Schema.Boolean]),
        nested: Schema.Struct({ name: Schema.String.check(Schema.isMaxLength(3)) })
      })
      const rows = yield* SharedStruct.make(SharedStruct.fromSchema(schema))
      const value = { at: [1, true], nested: { name: "€€€" } } as const
      yield* rows.set(0, value)
      assert.deepStrictEqual(yield* rows.get(0), value)
      assert.strictEqual(rows.field("nested").field("name").get(0), "€€€")
      assert.match(
        yield* refusedBy(rows.set(0, { at: [1, 1] as never, nested: { name: "" } })),
        /^Misfit \$\.at\[1\]: expected true or false/
      )
      assert.throws(() => SharedStruct.fromSchema(Schema.Tuple([Schema.Finite])), InvalidOption)
    }).pipe(Effect.scoped)
  )
})

describe("sizes", () => {
  for (const count of [0, -1, 1.5, NaN, Infinity, 2 ** 40, "1"]) {
    it.effect(`a count of ${count} is typed: S139`, () =>
      Effect.gen(function* () {
        const refused = yield* refusedBy(SharedStruct.make(Row, { count: count as never }))
        assert.match(refused, /^InvalidSize count: expected an integer from 1 to /)
      }).pipe(Effect.scoped)
    )
  }

  it("a wrong description is a mistake of the program: S139", () => {
    for (const size of [0, -1, 1.5, NaN, 2 ** 53, "4" as never]) {
      assert.throws(() => SharedStruct.text(size), InvalidOption, "maxBytes: expected an integer from 1 to")
      assert.throws(() => SharedStruct.bytes(size), InvalidOption)
      assert.throws(() => SharedStruct.array(SharedStruct.u8, size), InvalidOption, "length: expected")
    }
    assert.throws(() => SharedStruct.layout({}), InvalidOption, "fields: a record needs a field")
    assert.throws(
      () => SharedStruct.layout({ a: "f64" as never }),
      InvalidOption,
      "fields.a: expected a field"
    )
    assert.throws(() => SharedStruct.layout(null as never), InvalidOption)
    assert.throws(() => SharedStruct.layout(JSON.parse('{"__proto__": 1}')), InvalidOption, "__proto__")
    assert.throws(() => SharedStruct.array({ ...SharedStruct.u8 }, 2), InvalidOption, "element: ")
    assert.throws(() => SharedStruct.array(SharedStruct.bytes(2 ** 20), 2 ** 20), InvalidOption, "length: ")
    assert.throws(() => SharedStruct.make(SharedStruct.u8 as never), InvalidOption, "layout: ")
    assert.throws(() => SharedStruct.make(Row, { rows: 1 } as never), InvalidOption, "rows: is no option")
  })
})

describe("the scope and the schema", () => {
  it.effect("once the scope is closed, reading and writing fails with Disposed: S139, S335", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const rows = yield* Scope.provide(SharedStruct.make(Row), scope)
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(rows.isDisposed)
      assert.match(yield* refusedBy(rows.get(0)), /^Disposed/)
      assert.match(yield* refusedBy(rows.set(0, row)), /^Disposed/)
      assert.match(
        refusedSync(() => rows.getSync(0)),
        /^Disposed/
      )
    })
  )

  it.effect("rows of another layout or count, and buffers that are too small, are refused: S336", () =>
    Effect.gen(function* () {
      const rows = yield* SharedStruct.make(Row, { count: 2 })
      const schema = SharedStruct.Schema(Row)
      const encoded = Schema.encodeUnknownSync(schema)(rows) as { readonly buffer: SharedArrayBuffer }
      const again = Schema.decodeUnknownSync(schema)(encoded)
      again.setSync(1, row)
      assert.deepStrictEqual(rows.getSync(1), row)
      const other = SharedStruct.layout({ id: SharedStruct.u32 })
      const refused: ReadonlyArray<readonly [Schema.Decoder<unknown>, unknown]> = [
        [SharedStruct.Schema(other), encoded],
        [SharedStruct.Schema(Row, { count: 3 }), encoded],
        [schema, { ...encoded, length: 3 }],
        [schema, { ...encoded, length: 0 }],
        [schema, { ...encoded, buffer: new SharedArrayBuffer(8) }]
      ]
      for (const [by, value] of refused) assert.isTrue(Exit.isFailure(Schema.decodeUnknownExit(by)(value)))
      assert.isTrue(Exit.isSuccess(Schema.decodeUnknownExit(SharedStruct.Schema(Row, { count: 2 }))(encoded)))
      assert.isTrue(Exit.isFailure(Schema.encodeUnknownExit(SharedStruct.Schema(other))(rows)))
    }).pipe(Effect.scoped)
  )

  it.effect("tells whether workers share memory: S337", () =>
    Effect.gen(function* () {
      assert.isTrue(yield* Effect.provide(SharedMemory.isShared, NodeThreads.layer()))
      assert.isFalse(yield* Effect.provide(SharedMemory.isShared, NodeProcesses.layer()))
    })
  )
})
