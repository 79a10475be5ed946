import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as HashMap from "effect/HashMap"
import * as HashSet from "effect/HashSet"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import {
  defaultPolicy,
  type PlainSchema,
  type TaskDefinition,
  type Validation
} from "../../../src/internal/model/definition.ts"
import { codecOf, movesPayload, transferAnnotation } from "../../../src/protocol/values/Codec.ts"
import * as Task from "../../../src/Task.ts"
import { Malformed } from "../../../src/TaskError.ts"

interface Schemas {
  readonly payload?: PlainSchema
  readonly success?: PlainSchema
  readonly error?: PlainSchema
}

const define = (
  schemas: Schemas,
  validate: Validation = "receiver",
  module?: TaskDefinition["module"]
): TaskDefinition => ({
  name: "T",
  payload: schemas.payload ?? Schema.Void,
  success: schemas.success ?? Schema.Void,
  error: schemas.error ?? Schema.Never,
  policy: { ...defaultPolicy, validate },
  module
})

/** A task with one schema in all three places. */
const everywhere = (schema: PlainSchema, validate?: Validation) =>
  codecOf(define({ payload: schema, success: schema, error: schema }, validate))

const malformed = (f: () => unknown): Malformed => {
  try {
    f()
  } catch (error) {
    if (error instanceof Malformed) return error
    throw error
  }
  return assert.fail("it did not throw")
}

class Point extends Schema.Class<Point>("Point")({ x: Schema.Int, at: Schema.Date }) {
  get doubled(): number {
    return this.x * 2
  }
}

interface Tree {
  readonly value: number
  readonly kids: ReadonlyArray<Tree>
}
const Tree = Schema.Struct({
  value: Schema.Number,
  kids: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree))
})

const Users = Schema.Struct({ users: Schema.Array(Schema.Struct({ name: Schema.String })) })

/** Payloads, and the expected values on arrival. */
const values: ReadonlyArray<readonly [name: string, schema: PlainSchema, value: unknown]> = [
  ["undefined", Schema.Undefined, undefined],
  ["nothing", Schema.Void, undefined],
  ["null", Schema.Null, null],
  ["NaN", Schema.Number, NaN],
  ["-0", Schema.Number, -0],
  ["-Infinity", Schema.Number, -Infinity],
  ["a bigint", Schema.BigInt, 2n ** 70n],
  ["a Date", Schema.Date, new Date(5)],
  ["a Map", Schema.ReadonlyMap(Schema.String, Schema.Number), new Map([["a", 1]])],
  ["a Set", Schema.ReadonlySet(Schema.String), new Set(["a"])],
  ["a Uint8Array", Schema.Uint8Array, new Uint8Array([1, 2])],
  ["a regular expression", Schema.RegExp, /a/g],
  ["an ArrayBuffer", Schema.instanceOf(ArrayBuffer), new Uint8Array([1, 2]).buffer],
  [
    "a Float64Array",
    Schema.Struct({ xs: Schema.instanceOf(Float64Array) }),
    { xs: new Float64Array([1, NaN]) }
  ],
  ["shared memory", Schema.instanceOf(SharedArrayBuffer), new SharedArrayBuffer(4)],
  ["a recursive struct", Tree, { value: 1, kids: [{ value: NaN, kids: [] }] }],
  ["anything", Schema.Unknown, { a: new Map([[1, 2n]]), u: undefined }],
  ["an optional key that is absent", Schema.Struct({ a: Schema.optionalKey(Schema.String) }), {}],
  [
    "an optional key that is undefined",
    Schema.Struct({ a: Schema.optional(Schema.String) }),
    { a: undefined }
  ],
  ["a record", Schema.Record(Schema.String, Schema.Number), { a: 1, b: NaN }],
  ["a tuple", Schema.Tuple([Schema.String, Schema.BigInt]), ["a", 1n]],
  ["Some", Schema.Option(Schema.Number), Option.some(3)],
  ["Some of NaN", Schema.Option(Schema.Number), Option.some(NaN)],
  ["Some of undefined", Schema.Option(Schema.Undefined), Option.some(undefined)],
  ["None", Schema.Option(Schema.Number), Option.none()],
  ["a Duration", Schema.Duration, Duration.millis(1500)],
  ["an infinite Duration", Schema.Duration, Duration.infinity],
  ["a HashMap", Schema.HashMap(Schema.String, Schema.Number), HashMap.make(["a", 1])],
  ["a HashSet", Schema.HashSet(Schema.Number), HashSet.make(1, 2)],
  ["a URL", Schema.URL, new URL("https://example.org/a?b")],
  ["a Redacted", Schema.Redacted(Schema.String), Redacted.make("secret")],
  ["a symbol", Schema.Symbol, Symbol.for("s")],
  ["a class", Point, new Point({ x: 2, at: new Date(1) })],
  [
    "a class among others",
    Schema.Array(Schema.Union([Point, Schema.String])),
    ["a", new Point({ x: 1, at: new Date(2) })]
  ],
  [
    "a Map of Options",
    Schema.ReadonlyMap(Schema.String, Schema.Option(Schema.Date)),
    new Map([["a", Option.some(new Date(3))]])
  ],
  [
    "all of them together",
    Schema.Struct({
      option: Schema.Option(Schema.Number),
      number: Schema.Number,
      zero: Schema.Number,
      big: Schema.BigInt,
      none: Schema.Undefined,
      date: Schema.Date,
      map: Schema.ReadonlyMap(Schema.Number, Schema.Date),
      bytes: Schema.Uint8Array,
      url: Schema.URL,
      absent: Schema.optionalKey(Schema.String)
    }),
    {
      option: Option.none(),
      number: NaN,
      zero: -0,
      big: 5n,
      none: undefined,
      date: new Date(7),
      map: new Map([[1, new Date(8)]]),
      bytes: new Uint8Array([1, 2, 3]),
      url: new URL("https://example.org")
    }
  ]
]

/**
 * Replaces values by the expected value where Effect calls both equal, so that hash maps and the like compare as data.
 */
const alike = (actual: unknown, expected: unknown): unknown =>
  Equal.equals(actual, expected) ? expected : actual

describe("values survive the boundary", () => {
  for (const [name, schema, value] of values) {
    it(`${name} arrives as it was: as a payload, as a success, as an error: S001, G10`, () => {
      const codec = everywhere(schema)
      assert.deepStrictEqual(
        alike(codec.worker.decodePayload(structuredClone(codec.host.encodePayload(value))), value),
        value
      )
      assert.deepStrictEqual(
        alike(codec.host.decodeSuccess(structuredClone(codec.worker.encodeSuccess(value))), value),
        value
      )
      assert.deepStrictEqual(
        alike(codec.host.decodeError(structuredClone(codec.worker.encodeError(value))), value),
        value
      )
    })
  }

  it("an instance arrives as an instance, methods included: G9", () => {
    const codec = everywhere(Point)
    const wire = codec.host.encodePayload(new Point({ x: 2, at: new Date(1) }))
    assert.strictEqual(Object.getPrototypeOf(wire), Object.prototype)
    const point = codec.worker.decodePayload(structuredClone(wire)) as Point
    assert.instanceOf(point, Point)
    assert.strictEqual(point.doubled, 4)
  })

  it("an own __proto__ key stays an inert key: S156, G10", () => {
    for (const validate of ["both", "receiver", "none"] as const) {
      const codec = everywhere(Schema.Record(Schema.String, Schema.Unknown), validate)
      const value = JSON.parse('{"__proto__": {"polluted": true}, "a": 1}') as unknown
      const arrived: any = codec.worker.decodePayload(structuredClone(codec.host.encodePayload(value)))
      assert.strictEqual(Object.getPrototypeOf(arrived), Object.prototype)
      assert.strictEqual(arrived.a, 1)
      assert.isUndefined(arrived.polluted)
      assert.isUndefined(({} as any).polluted)
    }
  })
})

describe("beside a part that is encoded", () => {
  const beside = (schema: PlainSchema) =>
    everywhere(Schema.Struct({ option: Schema.Option(Schema.Number), data: schema }))

  it("a declaration that says that it needs no JSON form crosses as it is: G10", () => {
    const schema = Schema.instanceOf(Float64Array).annotate({ toCodecJson: () => undefined })
    const value = { option: Option.some(1), data: new Float64Array([1, NaN]) }
    const codec = beside(schema)
    const wire: any = codec.host.encodePayload(value)
    assert.strictEqual(wire.data, value.data)
    const arrived: any = codec.worker.decodePayload(structuredClone(wire))
    assert.deepStrictEqual(arrived.data, value.data)
    assert.deepStrictEqual(alike(arrived.option, value.option), value.option)
  })
})

describe("values that need no conversion", () => {
  const identities: ReadonlyArray<readonly [name: string, schema: PlainSchema, value: unknown]> = [
    ["a struct", Users, { users: [{ name: "a" }] }],
    ["a checked number in a list", Schema.Array(Schema.Int), [1, 2]],
    ["bytes", Schema.Struct({ bytes: Schema.Uint8Array }), { bytes: new Uint8Array(3) }],
    ["a Map of Dates", Schema.ReadonlyMap(Schema.String, Schema.Date), new Map([["a", new Date(0)]])],
    ["a union", Schema.Union([Schema.Struct({ a: Schema.Number }), Schema.String]), { a: 1 }],
    ["a recursive struct", Tree, { value: 1, kids: [] }],
    ["a record", Schema.Record(Schema.String, Schema.Number), { a: 1 }],
    ["anything", Schema.Unknown, { a: 1 }],
    ["JSON", Schema.Json, { a: [1, null] }],
    ["a struct with a check", Schema.Struct({ a: Schema.Number.check(Schema.isGreaterThan(0)) }), { a: 1 }]
  ]
  for (const [name, schema, value] of identities) {
    it(`on the host ${name} passes by reference, both ways`, () => {
      const codec = everywhere(schema)
      assert.strictEqual(codec.host.encodePayload(value), value)
      assert.strictEqual(codec.host.decodeSuccess(value), value)
      assert.strictEqual(codec.host.decodeError(value), value)
    })
  }

  it("a codec is compiled once per task", () => {
    const definition = define({ payload: Users })
    assert.strictEqual(codecOf(definition), codecOf(definition))
    assert.notStrictEqual(codecOf(definition), codecOf(define({ payload: Users })))
  })

  it("functions of a plain module have no schemas: whatever clones, crosses", () => {
    const codec = codecOf(
      define({ payload: Schema.Never, success: Schema.Never, error: Schema.Never }, "both", {
        url: "file:///m.ts",
        name: "f"
      })
    )
    const value = [{ any: "thing" }]
    const converts = [...Object.values(codec.host), ...Object.values(codec.worker)]
    assert.strictEqual(converts.length, 6)
    for (const convert of converts) assert.strictEqual(convert(value), value)
  })
})

describe("the side that validates", () => {
  const bad = { users: [{ name: "a" }, { name: "b" }, { name: 3 }] }
  const path = "$.users[2].name"

  it("by default the worker checks payloads, and the replies that it makes; the host checks nothing twice: S107, G10", () => {
    const codec = everywhere(Users)
    assert.strictEqual(codec.host.encodePayload(bad), bad)
    assert.deepInclude(
      malformed(() => codec.worker.decodePayload(bad)),
      { side: "worker", what: "payload", path }
    )
    assert.deepInclude(
      malformed(() => codec.worker.encodeSuccess(bad)),
      { side: "worker", what: "success", path }
    )
    assert.deepInclude(
      malformed(() => codec.worker.encodeError(bad)),
      { side: "worker", what: "error", path }
    )
    assert.strictEqual(codec.host.decodeSuccess(bad), bad)
    assert.strictEqual(codec.host.decodeError(bad), bad)
  })

  it("with validate both, either side checks what it sends and what it gets: S107", () => {
    const codec = everywhere(Users, "both")
    assert.deepInclude(
      malformed(() => codec.host.encodePayload(bad)),
      { side: "host", what: "payload", path }
    )
    assert.deepInclude(
      malformed(() => codec.worker.decodePayload(bad)),
      { side: "worker", what: "payload", path }
    )
    assert.deepInclude(
      malformed(() => codec.worker.encodeSuccess(bad)),
      { side: "worker", what: "success", path }
    )
    assert.deepInclude(
      malformed(() => codec.worker.encodeError(bad)),
      { side: "worker", what: "error", path }
    )
    assert.deepInclude(
      malformed(() => codec.host.decodeSuccess(bad)),
      { side: "host", what: "success", path }
    )
    assert.deepInclude(
      malformed(() => codec.host.decodeError(bad)),
      { side: "host", what: "error", path }
    )
  })

  it("with validate none, nobody checks what a schema leaves as it is, except failures", () => {
    const codec = everywhere(Users, "none")
    assert.strictEqual(codec.host.encodePayload(bad), bad)
    assert.strictEqual(codec.worker.decodePayload(bad), bad)
    assert.strictEqual(codec.worker.encodeSuccess(bad), bad)
    assert.strictEqual(codec.host.decodeSuccess(bad), bad)
    assert.strictEqual(codec.host.decodeError(bad), bad)
    assert.deepInclude(
      malformed(() => codec.worker.encodeError(bad)),
      { side: "worker", what: "error", path }
    )
  })

  it("a schema that transforms is run by both sides, whoever validates", () => {
    for (const validate of ["both", "receiver", "none"] as const) {
      const codec = everywhere(Schema.NumberFromString, validate)
      assert.strictEqual(codec.host.encodePayload(5), "5")
      assert.strictEqual(codec.worker.decodePayload("5"), 5)
      assert.strictEqual(codec.worker.encodeSuccess(5), "5")
      assert.strictEqual(codec.host.decodeSuccess("5"), 5)
      assert.strictEqual(codec.worker.encodeError(5), "5")
      assert.strictEqual(codec.host.decodeError("5"), 5)
    }
  })

  it("keys of a record are transformed by both sides, as values are: G10", () => {
    const Key = Schema.String.pipe(
      Schema.decodeTo(
        Schema.String,
        SchemaTransformation.transform({
          decode: (key) => `in ${key}`,
          encode: (key) => key.replace("in ", "")
        })
      )
    )
    const codec = everywhere(Schema.Record(Key, Schema.Number))
    assert.deepStrictEqual(codec.host.encodePayload({ "in a": 1 }), { a: 1 })
    assert.deepStrictEqual(codec.worker.decodePayload({ a: 1 }), { "in a": 1 })
    assert.deepStrictEqual(codec.worker.encodeSuccess({ "in a": 1 }), { a: 1 })
    assert.deepStrictEqual(codec.host.decodeSuccess({ a: 1 }), { "in a": 1 })
  })

  it("a payload is what the schema's make takes: classes from their fields, constructor defaults filled in", () => {
    class Job extends Schema.Class<Job>("Job")({
      n: Schema.Int,
      retries: Schema.Int.pipe(Schema.withConstructorDefault(Effect.succeed(3)))
    }) {}
    for (const validate of ["both", "receiver", "none"] as const) {
      const codec = codecOf(define({ payload: Schema.Struct({ job: Job }) }, validate))
      for (const job of [{ n: 1 }, { n: 1, retries: 3 }, new Job({ n: 1 })]) {
        const wire = codec.host.encodePayload({ job })
        assert.deepStrictEqual(structuredClone(wire), { job: { n: 1, retries: 3 } })
        assert.instanceOf((codec.worker.decodePayload(structuredClone(wire)) as any).job, Job)
      }
      assert.deepInclude(
        malformed(() => codec.host.encodePayload({ job: { n: "1" } })),
        { side: "host", what: "payload", path: "$.job.n" }
      )
    }
  })

  it("a transformation that refuses is Malformed on the side that ran it: S107", () => {
    const codec = everywhere(Schema.Struct({ n: Schema.FiniteFromString }))
    assert.deepInclude(
      malformed(() => codec.host.encodePayload({ n: NaN })),
      { side: "host", what: "payload", path: "$.n" }
    )
    assert.deepInclude(
      malformed(() => codec.worker.decodePayload({ n: "NaN" })),
      { side: "worker", what: "payload", path: "$.n" }
    )
    assert.deepInclude(
      malformed(() => codec.host.decodeSuccess({ n: "many" })),
      { side: "host", what: "success", path: "$.n" }
    )
  })

  it("the detail says what was expected: S107", () => {
    const codec = everywhere(Users)
    assert.include(malformed(() => codec.worker.decodePayload(bad)).detail, "Expected string")
    assert.include(malformed(() => codec.worker.decodePayload(bad)).message, `at ${path}: Expected string`)
  })

  it("paths lead through lists, records, tuples and maps; the root is $: S107", () => {
    const at = (schema: PlainSchema, value: unknown) =>
      malformed(() => everywhere(schema).worker.decodePayload(value)).path
    assert.strictEqual(at(Schema.Number, "5"), "$")
    assert.strictEqual(at(Schema.Array(Schema.Array(Schema.Number)), [[1], [2, "3"]]), "$[1][1]")
    assert.strictEqual(at(Schema.Record(Schema.String, Schema.Number), { a: 1, b: "2" }), "$.b")
    assert.strictEqual(at(Schema.Tuple([Schema.Number, Schema.String]), [1, 2]), "$[1]")
    assert.strictEqual(at(Schema.Struct({ a: Schema.Struct({ b: Schema.Int }) }), { a: { b: 1.5 } }), "$.a.b")
    assert.strictEqual(at(Schema.Struct({ a: Schema.String }), {}), "$.a")
    assert.match(at(Schema.ReadonlyMap(Schema.String, Schema.Number), new Map([["a", "1"]])), /^\$\./)
    assert.strictEqual(
      at(Tree, { value: 1, kids: [{ value: 2, kids: [{ value: "3", kids: [] }] }] }),
      "$.kids[0].kids[0].value"
    )
  })

  it("a schema that throws, or is asynchronous, is Malformed and never a hang or a foreign error: S107", () => {
    const throwing = Schema.String.check(
      Schema.makeFilter(() => {
        throw new Error("filter broke")
      })
    )
    const detail = malformed(() => everywhere(throwing).worker.decodePayload("a")).detail
    assert.include(detail, "filter broke")
    const slow: PlainSchema = Schema.String.pipe(
      Schema.decodeTo(
        Schema.String,
        SchemaTransformation.transformEffect({
          decode: (text: string) => Effect.delay(Effect.succeed(text), "1 second"),
          encode: (text: string) => Effect.delay(Effect.succeed(text), "1 second")
        })
      )
    )
    assert.deepInclude(
      malformed(() => everywhere(slow).worker.decodePayload("a")),
      { side: "worker", what: "payload", path: "$" }
    )
    assert.deepInclude(
      malformed(() => everywhere(slow).host.encodePayload("a")),
      { side: "host", what: "payload", path: "$" }
    )
  })

  it("a payload that no JSON form exists for is refused, never replaced by null: S107", () => {
    class Opaque {
      readonly secret = 1
    }
    const codec = everywhere(Schema.instanceOf(Opaque))
    // Structured clone drops the prototype, so the receiver must notice.
    const wire = structuredClone(codec.host.encodePayload(new Opaque()))
    assert.deepInclude(
      malformed(() => codec.worker.decodePayload(wire)),
      { side: "worker", what: "payload" }
    )
  })
})

describe("objects to transfer", () => {
  const moving = (schema: PlainSchema): PlainSchema =>
    Task.transfer(schema, (value: Uint8Array<ArrayBuffer>) => [value.buffer])
  const Bytes = moving(Schema.Uint8Array)
  const bytes = (n = 4) => new Uint8Array(n)

  it("nothing moves without the annotation: S098", () => {
    const codec = everywhere(Schema.Struct({ a: Schema.Uint8Array }))
    assert.isUndefined(codec.transferPayload)
    assert.isUndefined(codec.transferSuccess)
    assert.isFalse(movesPayload(Schema.Uint8Array))
  })

  it("Task.transfer leaves the annotation that the codec reads: S098", () => {
    assert.isFunction((Bytes.ast.annotations as any)[transferAnnotation])
  })

  it("an annotated schema says what moves, payloads and replies apart: S098", () => {
    const codec = codecOf(define({ payload: Bytes, success: Schema.Uint8Array }))
    const value = bytes()
    assert.deepStrictEqual(codec.transferPayload?.(value), [value.buffer])
    assert.isUndefined(codec.transferSuccess)
    const back = codecOf(define({ payload: Schema.Uint8Array, success: Bytes }))
    assert.isUndefined(back.transferPayload)
    assert.deepStrictEqual(back.transferSuccess?.(value), [value.buffer])
    assert.isTrue(movesPayload(Bytes))
  })

  it("fields of nested structs are found, each buffer once: S098", () => {
    const codec = everywhere(
      Schema.Struct({
        top: Bytes,
        copied: Schema.Uint8Array,
        nested: Schema.Struct({ inner: Bytes, deeper: Schema.Struct({ last: Bytes }) }),
        again: Bytes
      })
    )
    const [top, inner, last] = [bytes(1), bytes(2), bytes(3)]
    const value = { top, copied: bytes(), nested: { inner, deeper: { last } }, again: top }
    assert.deepStrictEqual(codec.transferPayload?.(value), [top.buffer, inner.buffer, last.buffer])
  })

  it("an optional field that is absent moves nothing: S098", () => {
    const codec = everywhere(
      Schema.Struct({ a: Schema.optionalKey(Bytes), nested: Schema.optionalKey(Schema.Struct({ b: Bytes })) })
    )
    assert.deepStrictEqual(codec.transferPayload?.({}), [])
    const b = bytes()
    assert.deepStrictEqual(codec.transferPayload?.({ nested: { b } }), [b.buffer])
  })

  it("a transferred object has left the sender and arrives in full: S098", () => {
    const codec = everywhere(Schema.Struct({ a: Bytes }))
    const value = { a: new Uint8Array([1, 2, 3]) }
    const transfer = codec.transferPayload!(value)
    const arrived = codec.worker.decodePayload(
      structuredClone(codec.host.encodePayload(value), { transfer: transfer as Array<ArrayBuffer> })
    )
    assert.strictEqual(value.a.byteLength, 0)
    assert.deepStrictEqual(arrived, { a: new Uint8Array([1, 2, 3]) })
  })

  class Moving extends Schema.Class<Moving>("Moving")({ a: Bytes }) {}

  interface Chain {
    readonly bytes: Uint8Array<ArrayBuffer> | undefined
    readonly next: Chain | undefined
  }
  const Chain: PlainSchema = Schema.Struct({
    bytes: Schema.UndefinedOr(Bytes),
    next: Schema.UndefinedOr(Schema.suspend((): Schema.Codec<Chain> => Chain))
  })

  const silent: ReadonlyArray<
    readonly [name: string, schema: PlainSchema, value: (b: Uint8Array) => unknown]
  > = [
    [
      "on a schema with a check",
      moving(Schema.Uint8Array.check(Schema.makeFilter((u: Uint8Array) => u.length > 0))),
      (b) => b
    ],
    [
      "in an optional field that may be undefined",
      Schema.Struct({ a: Schema.optional(Bytes) }),
      (a) => ({ a })
    ],
    ["in a field that may be null", Schema.Struct({ a: Schema.NullOr(Bytes) }), (a) => ({ a })],
    ["in a list", Schema.Struct({ a: Schema.Array(Bytes) }), (b) => ({ a: [b] })],
    ["in a tuple", Schema.Tuple([Schema.String, Bytes]), (b) => ["a", b]],
    [
      "in the last element of a tuple with a rest",
      Schema.TupleWithRest(Schema.Tuple([Schema.String]), [Schema.Number, Bytes]),
      (b) => ["a", 1, 2, b]
    ],
    ["in a record", Schema.Record(Schema.String, Bytes), (b) => ({ a: b })],
    ["in a Map", Schema.ReadonlyMap(Schema.String, Bytes), (b) => new Map([["a", b]])],
    ["in a Set", Schema.ReadonlySet(Bytes), (b) => new Set([b])],
    [
      "in one of several structs",
      Schema.Union([Schema.Struct({ a: Bytes }), Schema.Struct({ b: Bytes })]),
      (b) => ({ b })
    ],
    ["in a recursive struct", Chain, (b) => ({ bytes: undefined, next: { bytes: b, next: undefined } })],
    ["in a class", Moving, (a) => ({ a })],
    ["in an Option", Schema.Option(Bytes), (b) => Option.some(b)],
    [
      "in an Option of an Option",
      Schema.Struct({ o: Schema.Option(Schema.Option(Bytes)) }),
      (b) => ({ o: Option.some(Option.some(b)) })
    ],
    [
      "beside an Option",
      Schema.Struct({ o: Schema.Option(Schema.Number), b: Bytes }),
      (b) => ({ o: Option.none(), b })
    ],
    ["in a HashMap", Schema.HashMap(Schema.String, Bytes), (b) => HashMap.make(["a", b])]
  ]
  for (const [name, schema, value] of silent) {
    it(`an annotation is never ignored in silence: ${name}: S098`, () => {
      // Either the annotation is honoured, or the definition is refused. Otherwise data would be copied instead of
      // moved, and a transferring task could pass for idempotent.
      try {
        Task.make("T", { payload: schema })
      } catch {
        return
      }
      const b = bytes()
      assert.isTrue(movesPayload(schema))
      assert.deepStrictEqual(everywhere(schema).transferPayload?.(value(b)), [b.buffer])
    })
  }

  it("an annotated part moves beside an encoded part, too: S105, S204", () => {
    const codec = everywhere(Schema.Struct({ option: Schema.Option(Schema.Number), a: Bytes }))
    const value = { option: Option.none(), a: new Uint8Array([1, 2, 3]) }
    const transfer = codec.transferPayload!(value)
    const sent = structuredClone(codec.host.encodePayload(value), {
      transfer: transfer as Array<ArrayBuffer>
    })
    const arrived: any = codec.worker.decodePayload(sent)
    assert.deepStrictEqual(arrived.a, new Uint8Array([1, 2, 3]))
    assert.isTrue(Option.isNone(arrived.option))
    assert.strictEqual(value.a.byteLength, 0)
  })
})
