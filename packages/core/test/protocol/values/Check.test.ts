import { assert, describe, it } from "@effect/vitest"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import * as Check from "../../../src/protocol/values/Check.ts"

class Point {
  x = 1
}

/** Values of every sort that a caller might pass. */
const values: ReadonlyArray<unknown> = [
  undefined,
  null,
  0,
  -0,
  1.5,
  NaN,
  Infinity,
  1n,
  "",
  "a",
  true,
  Symbol.iterator,
  [],
  [1],
  [1, "a"],
  Array.from({ length: 1 }),
  Object.assign([], { length: 1 }),
  {},
  { x: 1 },
  { x: "1" },
  { x: 1, y: 2 },
  { x: 1, y: undefined },
  { x: 1, y: "b" },
  { x: undefined },
  { x: 1, [Symbol.iterator]: 1 },
  new Point(),
  Object.create({ x: 1 }),
  Object.assign(Object.create(null), { x: 1 }),
  new Map(),
  () => 1
]

const schemas: Record<string, Schema.Codec<any>> = {
  number: Schema.Number,
  finite: Schema.Finite,
  int: Schema.Int,
  positive: Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThan(2)),
  string: Schema.String,
  nonEmpty: Schema.NonEmptyString,
  boolean: Schema.Boolean,
  bigint: Schema.BigInt,
  nothing: Schema.Void,
  null: Schema.Null,
  literal: Schema.Literal("a"),
  numbers: Schema.Array(Schema.Number),
  maybes: Schema.Array(Schema.Undefined),
  point: Schema.Struct({ x: Schema.Number }),
  pair: Schema.Struct({ x: Schema.Number, y: Schema.String }),
  absent: Schema.Struct({ x: Schema.Number, y: Schema.Undefined }),
  nested: Schema.Array(Schema.Struct({ x: Schema.Finite }))
}

describe("quick checks", () => {
  for (const [name, schema] of Object.entries(schemas)) {
    it(`a value that passes is one that the parser answers as it is: ${name}: G9`, () => {
      const check = Check.compile(schema.ast)!
      const parse = SchemaParser.decodeUnknownExit(schema)
      let passed = 0
      for (const value of [...values, [{ x: 1 }], [{ x: NaN }]]) {
        const exit = parse(value)
        if (!check(value)) continue
        passed++
        assert.deepStrictEqual(exit, Exit.succeed(value), String(name))
      }
      assert.isAbove(passed, 0)
    })
  }

  it("a record passes with its fields in any order, and with each of them where a clone finds it: G9", () => {
    const check = Check.compile(Schema.Struct({ x: Schema.Number, y: Schema.String }).ast)!
    const hidden = (record: object, key: string, value: unknown) =>
      Object.defineProperty(record, key, { value, enumerable: false })
    const fitting = [{ x: 1, y: "a" }, { y: "a", x: 1 }, hidden({ x: 1, y: "a" }, "z", 1)]
    const others = [
      { x: 1 },
      { y: "a", z: 1 },
      { x: 1, y: "a", z: 1 },
      { z: 1, x: 1, y: "a" },
      { y: 1, x: 1 },
      hidden({ x: 1, z: 1 }, "y", "a"),
      Object.create({ x: 1, y: "a" })
    ]
    assert.deepStrictEqual(fitting.map(check), [true, true, true])
    assert.deepStrictEqual(
      others.map(check),
      others.map(() => false)
    )
  })

  it("a record does not inherit its fields: S159, G9", () => {
    const check = Check.compile(Schema.Struct({ x: Schema.Number, y: Schema.String }).ast)!
    const polluted = (key: string, value: unknown, run: () => boolean): boolean => {
      Reflect.defineProperty(Object.prototype, key, { value, enumerable: true, configurable: true })
      try {
        return run()
      } finally {
        Reflect.deleteProperty(Object.prototype, key)
      }
    }
    assert.isFalse(polluted("y", "a", () => check({ x: 1 })))
    assert.isTrue(polluted("z", "a", () => check({ x: 1, y: "a" })))
  })

  it("schemas that transform, or whose parser does more than look, have none", () => {
    for (const schema of [
      Schema.NumberFromString,
      Schema.Struct({ x: Schema.optional(Schema.Number) }),
      Schema.Struct({ n: Schema.NumberFromString }),
      Schema.Record(Schema.String, Schema.Number),
      Schema.Tuple([Schema.Number]),
      Schema.Union([Schema.Number, Schema.String]),
      Schema.Date
    ]) {
      assert.isUndefined(Check.compile(schema.ast))
    }
  })

  it("a filter that throws is no fit, so that the parser says what went wrong", () => {
    const throwing = Schema.String.check(
      Schema.makeFilter(() => {
        throw new Error("filter broke")
      })
    )
    assert.isFalse(Check.compile(throwing.ast)!("a"))
  })
})
