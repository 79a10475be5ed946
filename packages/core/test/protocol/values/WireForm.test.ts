import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Equal from "effect/Equal"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { defaultPolicy, type PlainSchema, type Validation } from "../../../src/internal/model/definition.ts"
import { codecOf, type TaskCodec } from "../../../src/protocol/values/Codec.ts"
import * as Task from "../../../src/Task.ts"
import { random } from "../../support/random.ts"

class Point extends Schema.Class<Point>("Point")({ x: Schema.Number, at: Schema.Date }) {}
class Circle extends Schema.TaggedClass<Circle>()("Circle", { r: Schema.Option(Schema.Number) }) {}
class Square extends Schema.TaggedClass<Square>()("Square", { a: Schema.Number }) {}

interface Tree {
  readonly value: Option.Option<number>
  readonly note: string | bigint | undefined
  readonly kids: ReadonlyArray<Tree | string>
}
const Tree = Schema.Struct({
  value: Schema.Option(Schema.Number),
  note: Schema.Union([Schema.String, Schema.BigInt, Schema.Undefined]),
  kids: Schema.Array(Schema.Union([Schema.suspend((): Schema.Codec<Tree, any> => Tree), Schema.String]))
})

interface Shape {
  readonly name: string
  readonly schema: PlainSchema
  readonly values: ReadonlyArray<unknown>
}
const shape = (name: string, schema: PlainSchema, ...values: ReadonlyArray<unknown>): Shape => ({
  name,
  schema,
  values
})

/** Data that survives structured clone. */
const data: ReadonlyArray<Shape> = [
  shape("Undefined", Schema.Undefined, undefined),
  shape("Null", Schema.Null, null),
  shape("Boolean", Schema.Boolean, true, false),
  shape("Number", Schema.Number, 1, 0, -0, NaN, Infinity, -Infinity),
  shape("Int", Schema.Int, 3),
  shape(
    "String",
    Schema.String,
    "",
    "10",
    "NaN",
    "Infinity",
    "Symbol(s)",
    "2020-01-01T00:00:00.000Z",
    "AQI=",
    "Some",
    "null"
  ),
  shape("BigInt", Schema.BigInt, 10n, -(2n ** 70n)),
  shape("Literal", Schema.Literals(["a", 1, 2n]), "a", 1, 2n),
  shape("Date", Schema.Date, new Date(5), new Date(-1)),
  shape("Uint8Array", Schema.Uint8Array, new Uint8Array([1, 2])),
  shape("Float64Array", Schema.instanceOf(Float64Array), new Float64Array([1, NaN])),
  shape("RegExp", Schema.RegExp, /a/g),
  shape("Map", Schema.ReadonlyMap(Schema.String, Schema.Number), new Map([["a", NaN]])),
  shape("Set", Schema.ReadonlySet(Schema.UndefinedOr(Schema.Number)), new Set([undefined, NaN, 1])),
  shape("array", Schema.Array(Schema.NullishOr(Schema.Number)), [1, undefined, null, NaN]),
  shape(
    "tagged",
    Schema.Struct({ _tag: Schema.String, value: Schema.Number }),
    { _tag: "Some", value: 1 },
    { _tag: "None", value: 2 }
  ),
  shape(
    "optional",
    Schema.Struct({ is: Schema.Null, k: Schema.optional(Schema.Number) }),
    { is: null },
    { is: null, k: undefined },
    { is: null, k: NaN }
  )
]

/** Data that structured clone would lose. */
const encoded: ReadonlyArray<Shape> = [
  shape(
    "Option",
    Schema.Option(Schema.NullishOr(Schema.Number)),
    Option.none(),
    Option.some(NaN),
    Option.some(undefined),
    Option.some(null)
  ),
  shape(
    "Option of Option",
    Schema.Option(Schema.Option(Schema.BigInt)),
    Option.none(),
    Option.some(Option.none()),
    Option.some(Option.some(3n))
  ),
  shape("Result", Schema.Result(Schema.Number, Schema.String), Result.succeed(NaN), Result.fail("10")),
  shape("Duration", Schema.Duration, Duration.millis(1500), Duration.infinity, Duration.nanos(5n)),
  shape("DateTime", Schema.DateTimeUtc, DateTime.makeUnsafe(5)),
  shape("HashMap", Schema.HashMap(Schema.String, Schema.Number), HashMap.make(["a", NaN])),
  shape("URL", Schema.URL, new URL("https://example.org/a?b")),
  shape(
    "Redacted",
    Schema.Redacted(Schema.NullishOr(Schema.String)),
    Redacted.make("secret"),
    Redacted.make(undefined)
  ),
  shape("Symbol", Schema.Symbol, Symbol.for("s")),
  shape("class", Point, new Point({ x: NaN, at: new Date(1) })),
  shape(
    "tagged classes",
    Schema.Union([Circle, Square]),
    new Circle({ r: Option.some(-0) }),
    new Square({ a: NaN })
  ),
  shape("NumberFromString", Schema.NumberFromString, 10),
  shape(
    "Map of Options",
    Schema.ReadonlyMap(Schema.String, Schema.Option(Schema.Date)),
    new Map([["a", Option.some(new Date(3))]])
  ),
  shape("recursive", Tree, {
    value: Option.some(NaN),
    note: "10",
    kids: [
      "10",
      { value: Option.none(), note: 10n, kids: [] },
      { value: Option.none(), note: undefined, kids: ["a"] }
    ]
  })
]

/** An `Equal` value is looked for by Effect's own question; data by `deepStrictEqual`, which tells `-0` from `0`. */
const same = (actual: unknown, expected: unknown): unknown =>
  Equal.equals(actual, expected) ? expected : actual

const codecs = (schema: PlainSchema, validations: ReadonlyArray<Validation> = ["receiver"]) =>
  validations.map((validate) =>
    codecOf({
      name: "T",
      payload: schema,
      success: schema,
      error: schema,
      policy: { ...defaultPolicy, validate },
      module: undefined
    })
  )

/** Sends a value in each direction, and returns the received values. */
const ways = (
  codec: TaskCodec,
  value: unknown
): ReadonlyArray<readonly [way: string, arrived: () => unknown]> => [
  ["a payload", () => codec.worker.decodePayload(structuredClone(codec.host.encodePayload(value)))],
  ["a success", () => codec.host.decodeSuccess(structuredClone(codec.worker.encodeSuccess(value)))],
  ["a failure", () => codec.host.decodeError(structuredClone(codec.worker.encodeError(value)))]
]

const all = [...data, ...encoded]
/** A shape inside another shape, with one value. */
const wrappers: ReadonlyArray<
  readonly [name: string, schema: (s: PlainSchema) => PlainSchema, value: (v: unknown) => unknown]
> = [
  ["a field", (s) => Schema.Struct({ v: s }), (v) => ({ v })],
  ["an optional field", (s) => Schema.Struct({ v: Schema.optional(s) }), (v) => ({ v })],
  ["an optional key", (s) => Schema.Struct({ v: Schema.optionalKey(s) }), (v) => ({ v })],
  [
    "a nullish field",
    (s) => Schema.Struct({ v: Schema.NullishOr(s), u: Schema.NullishOr(s), n: Schema.NullishOr(s) }),
    (v) => ({ v, u: undefined, n: null })
  ],
  ["an array", (s) => Schema.Array(s), (v) => [v, v]],
  ["a tuple", (s) => Schema.Tuple([Schema.BigInt, s]), (v) => [1n, v]],
  [
    "a tuple with a rest",
    (s) => Schema.TupleWithRest(Schema.Tuple([Schema.String]), [s]),
    (v) => ["10", v, v]
  ],
  ["a record", (s) => Schema.Record(Schema.String, s), (v) => ({ a: v })],
  ["a Map", (s) => Schema.ReadonlyMap(Schema.BigInt, s), (v) => new Map([[1n, v]])]
]

describe("a value arrives as it was, whatever stands beside it", () => {
  for (const { name, schema, values } of all) {
    it(`${name}, beside each kind of part that is encoded: S204, G10`, () => {
      for (const other of encoded) {
        const [codec] = codecs(Schema.Struct({ a: schema, o: other.schema }))
        for (const a of values) {
          for (const o of other.values) {
            for (const [way, arrive] of ways(codec!, { a, o })) {
              const arrived: any = arrive()
              assert.deepStrictEqual(same(arrived.a, a), a, `${name} beside ${other.name} as ${way}`)
              assert.deepStrictEqual(same(arrived.o, o), o, `${other.name} beside ${name} as ${way}`)
            }
          }
        }
      }
    })

    it(`${name}, in each kind of container: S204, G10`, () => {
      const parts = (v: any): Array<unknown> => (v instanceof Map ? Array.from(v.values()) : Object.values(v))
      for (const [container, wrap, of] of wrappers) {
        const [codec] = codecs(wrap(schema))
        for (const value of values) {
          const inside = of(value) as any
          for (const [way, arrive] of ways(codec!, inside)) {
            const arrived: any = arrive()
            assert.deepStrictEqual(Object.keys(arrived), Object.keys(inside), container)
            assert.strictEqual(parts(arrived).length, parts(inside).length)
            parts(inside).forEach((part, i) =>
              assert.deepStrictEqual(same(parts(arrived)[i], part), part, `${name} in ${container} as ${way}`)
            )
          }
        }
      }
    })

    it(`${name}, in a union with each other kind: S204, G10`, () => {
      for (const other of all) {
        for (const members of [
          [schema, other.schema],
          [other.schema, schema]
        ]) {
          const [codec] = codecs(Schema.Union(members))
          for (const value of values) {
            for (const [way, arrive] of ways(codec!, value)) {
              assert.deepStrictEqual(same(arrive(), value), value, `${name} or ${other.name} as ${way}`)
            }
          }
        }
      }
    })
  }

  it("the cases of the report, whoever validates: S204, G10", () => {
    const option = Schema.Option(Schema.Int)
    const cases: ReadonlyArray<readonly [schema: PlainSchema, values: ReadonlyArray<unknown>]> = [
      [Schema.NullishOr(Schema.Int), [undefined, null, 1]],
      [Schema.Union([Schema.String, Schema.BigInt]), ["10", 10n]],
      [Schema.Union([Schema.Number, Schema.String]), ["NaN", NaN]],
      [Schema.Union([Schema.String, Schema.Date]), ["2020-01-01T00:00:00.000Z", new Date(0)]],
      [Schema.Union([Schema.String, Schema.Uint8Array]), ["AQI=", new Uint8Array([1, 2])]],
      [Schema.Unknown, [new Map([[1, undefined]]), { a: undefined }]],
      [Schema.Any, [new Map([[1, NaN]])]],
      [Schema.ObjectKeyword, [{ a: undefined }]]
    ]
    for (const [schema, values] of cases) {
      for (const codec of codecs(Schema.Struct({ x: schema, o: option }), ["receiver", "both", "none"])) {
        for (const x of values) {
          for (const [way, arrive] of ways(codec, { x, o: Option.some(1) })) {
            const arrived: any = arrive()
            assert.deepStrictEqual(arrived.x, x, way)
            assert.isTrue(Equal.equals(arrived.o, Option.some(1)))
          }
        }
      }
    }
  })

  it("an instance stays one beside a struct that has its fields, in either order: S204, G10", () => {
    const Plain = Schema.Struct({ x: Schema.Number, at: Schema.Date })
    for (const members of [
      [Point, Plain],
      [Plain, Point]
    ]) {
      const [codec] = codecs(Schema.Union(members))
      for (const value of [new Point({ x: 1, at: new Date(1) }), { x: 1, at: new Date(1) }]) {
        // A call may make an instance of plain fields, so only replies tell the two apart.
        for (const [, arrive] of ways(codec!, value).slice(1)) assert.deepStrictEqual(arrive(), value)
      }
    }
  })

  it("members that cannot be taken for one another cross without a number before them: S204", () => {
    const wire = (schema: PlainSchema, value: unknown) => codecs(schema)[0]!.host.encodePayload(value)
    assert.deepStrictEqual(wire(Schema.UndefinedOr(Schema.Option(Schema.Int)), Option.some(1)), {
      _tag: "Some",
      value: 1
    })
    const circle = wire(Schema.Union([Circle, Square]), new Circle({ r: Option.none() }))
    assert.deepStrictEqual(circle, { _tag: "Circle", r: { _tag: "None" } })
    assert.deepStrictEqual(wire(Schema.Union([Schema.String, Schema.Symbol]), Symbol.for("s")), [
      1,
      "Symbol(s)"
    ])
  })

  it("the neighbours of an encoded part pass by reference: S204", () => {
    const [codec] = codecs(Schema.Struct({ o: Schema.Option(Schema.Int), bytes: Schema.Uint8Array }))
    const value = { o: Option.none(), bytes: new Uint8Array(3) }
    assert.strictEqual((codec!.host.encodePayload(value) as any).bytes, value.bytes)
  })

  it("keys of a record that are symbols arrive; a field named by one is refused by the definition: S204", () => {
    const key = Symbol.for("k")
    const [codec] = codecs(Schema.Record(Schema.Symbol, Schema.Option(Schema.Number)))
    const arrived: any = codec!.worker.decodePayload(
      structuredClone(codec!.host.encodePayload({ [key]: Option.some(1) }))
    )
    assert.isTrue(Equal.equals(arrived[key], Option.some(1)))
    const schema = Schema.Struct({ a: Schema.Array(Schema.Struct({ [key]: Schema.Number })) })
    for (const place of ["payload", "success", "error"] as const) {
      try {
        Task.make("T", { [place]: schema })
        assert.fail("it was defined")
      } catch (error) {
        assert.deepInclude(error, { option: place })
        assert.match((error as Error).message, /Symbol\(k\).*name it by a string/)
      }
    }
  })

  it("shapes within shapes, by seed: S204, G10", () => {
    const next = random(204)
    const pick = <A>(list: ReadonlyArray<A>): A => list[Math.floor(next() * list.length)]!
    for (let i = 0; i < 500; i++) {
      let { name, schema, values } = pick(all)
      let value = pick(values)
      for (let depth = 0; depth < 3; depth++) {
        const by = next()
        if (by < 0.4) {
          const other = pick(all)
          schema = Schema.Union(next() < 0.5 ? [other.schema, schema] : [schema, other.schema])
          name = `${name} or ${other.name}`
        } else if (by < 0.6) {
          schema = Schema.Option(schema)
          value = Option.some(value)
          name = `Option of ${name}`
        } else {
          const [container, wrap, of] = pick(wrappers)
          schema = wrap(schema)
          value = of(value)
          name = `${name} in ${container}`
        }
      }
      const [codec] = codecs(schema)
      const once = structuredClone(codec!.host.encodePayload(value))
      const arrived = codec!.worker.decodePayload(once)
      // Deep equality does not see through Effect's values, so send the received value once more, and compare both wire
      // forms.
      assert.deepStrictEqual(structuredClone(codec!.host.encodePayload(arrived)), once, name)
    }
  })
})
