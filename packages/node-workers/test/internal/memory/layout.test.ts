// Layouts of records: pure. Records and values are random, by a seed.
import { assert, describe, it } from "@effect/vitest"
import { InvalidOption } from "@heddle/core/InvalidOption"
import * as Schema from "effect/Schema"
import * as Fields from "../../../src/internal/memory/fields.ts"
import { type Layout, layoutOf, regionOf } from "../../../src/internal/memory/layout.ts"
import { fieldOf } from "../../../src/internal/memory/schemaLayout.ts"
import { SharedError } from "../../../src/SharedError.ts"
import { seeded } from "../../support/random.ts"

type Random = (bound: number) => number

/** A field, and a way to make a value of it. */
interface Sort {
  readonly field: Fields.Field<any>
  readonly value: (random: Random) => unknown
}

const below = (random: Random, bits: number): bigint =>
  BigInt.asUintN(bits, BigInt(random(2 ** 32)) * 0x9e37_79b9_7f4a_7c15n)

const leaves: ReadonlyArray<(random: Random) => Sort> = [
  () => ({ field: Fields.numbers.i8, value: (random) => random(256) - 128 }),
  () => ({ field: Fields.numbers.u8, value: (random) => random(256) }),
  () => ({ field: Fields.numbers.i16, value: (random) => random(65_536) - 32_768 }),
  () => ({ field: Fields.numbers.u16, value: (random) => random(65_536) }),
  () => ({ field: Fields.numbers.i32, value: (random) => random(2 ** 32) - 2 ** 31 }),
  () => ({ field: Fields.numbers.u32, value: (random) => random(2 ** 32) }),
  () => ({ field: Fields.numbers.f32, value: (random) => Math.fround(random(1000) / 7) }),
  () => ({ field: Fields.numbers.f64, value: (random) => [random(1000) / 7, NaN, -0, Infinity][random(4)] }),
  () => ({ field: Fields.numbers.i64, value: (random) => BigInt.asIntN(64, below(random, 64)) }),
  () => ({ field: Fields.numbers.u64, value: (random) => below(random, 64) }),
  () => ({ field: Fields.boolean, value: (random) => random(2) === 1 }),
  (random) => {
    const max = 4 * (1 + random(5))
    const letters = ["a", "é", "€", "🦢", "\0", "\uFEFF"]
    const text = (next: Random) =>
      Array.from({ length: next(max / 4 + 1) }, () => letters[next(letters.length)]).join("")
    return { field: Fields.text(max), value: text }
  },
  (random) => {
    const max = 1 + random(9)
    const bytes = (next: Random) => Uint8Array.from({ length: next(max + 1) }, () => next(256))
    return { field: Fields.bytes(max), value: bytes }
  }
]

const sort = (random: Random, depth: number): Sort => {
  const choice = depth === 0 ? 0 : random(4)
  if (choice === 3) return record(random, depth - 1)
  if (choice === 2) {
    const element = sort(random, depth - 1)
    const length = 1 + random(3)
    const value = (next: Random) => Array.from({ length }, () => element.value(next))
    return { field: Fields.array(element.field, length), value }
  }
  return leaves[random(leaves.length)]!(random)
}

const record = (random: Random, depth: number) => {
  const parts = Array.from({ length: 1 + random(5) }, (_, i) => [`f${i}`, sort(random, depth)] as const)
  const layout = layoutOf(Object.fromEntries(parts.map(([name, { field }]) => [name, field])))
  const value = (next: Random) => Object.fromEntries(parts.map(([name, part]) => [name, part.value(next)]))
  return { field: layout, layout, value }
}

const misfitOf = (body: () => unknown): string => {
  try {
    body()
  } catch (error) {
    assert.instanceOf(error, SharedError)
    const { reason } = error
    assert.strictEqual(reason._tag, "Misfit")
    return "path" in reason ? `${reason.path}: ${"detail" in reason ? reason.detail : ""}` : ""
  }
  throw new Error("nothing was refused")
}

/** Writes between two other bytes, and checks that these stay. */
const between = (layout: Layout<any>) => {
  const { align, byteLength } = layout
  const region = regionOf(new SharedArrayBuffer(byteLength + 2 * align))
  region.bytes.fill(0xa5)
  return {
    region,
    write: (value: unknown) => layout.write(region, align, value),
    read: () => layout.read(region, align),
    neighbours: () => [...region.bytes.slice(0, align), ...region.bytes.slice(align + byteLength)]
  }
}

describe("a layout", () => {
  it("reads what was written, whatever the fields, and touches no neighbour: S330", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seeded(seed)
      const { layout, value } = record(random, 3)
      const place = between(layout)
      for (let round = 0; round < 3; round++) {
        const written = value(random)
        place.write(written)
        assert.deepStrictEqual(place.read(), written, `seed ${seed}`)
        assert.isTrue(
          place.neighbours().every((byte) => byte === 0xa5),
          `seed ${seed}`
        )
      }
    }
  })

  it("puts fields at aligned offsets, one behind the other, as C does: S330", () => {
    const inner = layoutOf({ a: Fields.numbers.u8, b: Fields.numbers.i16 })
    const layout = layoutOf({
      flag: Fields.boolean,
      number: Fields.numbers.f64,
      small: Fields.numbers.u8,
      inner,
      list: Fields.array(inner, 3),
      text: Fields.text(5)
    })
    const offsets = Object.values(layout.fields).map(({ offset }) => offset)
    assert.deepStrictEqual(offsets, [0, 8, 16, 18, 22, 36])
    assert.deepStrictEqual([inner.byteLength, inner.align, layout.byteLength, layout.align], [4, 2, 48, 8])
  })

  it("keeps each field aligned and apart from the others: S330", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { layout } = record(seeded(seed), 2)
      let end = 0
      for (const { field, offset } of Object.values(layout.fields) as Array<any>) {
        assert.strictEqual(offset % field.align, 0)
        assert.isAtLeast(offset, end)
        end = offset + field.byteLength
      }
      assert.isAtLeast(layout.byteLength, end)
      assert.strictEqual(layout.byteLength % layout.align, 0)
    }
  })
})

describe("a value that does not fit", () => {
  const layout = layoutOf({
    first: Fields.numbers.u8,
    name: Fields.text(4),
    raw: Fields.bytes(2),
    deep: Fields.array(layoutOf({ n: Fields.numbers.i32, big: Fields.numbers.i64, is: Fields.boolean }), 2)
  })
  const deep = [
    { n: 1, big: 1n, is: true },
    { n: 2, big: 2n, is: false }
  ]
  const good = { first: 1, name: "good", raw: new Uint8Array([1, 2]), deep }
  const at = (index: number, change: object) => ({
    ...good,
    first: 9,
    deep: deep.map((item, i) => (i === index ? { ...item, ...change } : item))
  })
  const cases: ReadonlyArray<readonly [string, unknown, string]> = [
    ["text past its bound", { ...good, first: 9, name: "€€" }, "$.name: the text is longer than 4 bytes"],
    ["half a surrogate pair", { ...good, first: 9, name: "\uD800" }, "$.name: the text has half"],
    ["bytes past their bound", { ...good, first: 9, raw: new Uint8Array(3) }, "$.raw: 3 bytes, where 2"],
    ["no bytes", { ...good, first: 9, raw: [1] }, "$.raw: expected a Uint8Array, got object"],
    ["a number past its range", { ...good, first: 256 }, "$.first: expected 0 to 255 for u8, got 256"],
    ["a fraction", at(1, { n: 0.5 }), "$.deep[1].n: expected an integer, got 0.5"],
    ["NaN for an integer", at(1, { n: NaN }), "$.deep[1].n: expected an integer, got NaN"],
    ["a number for a bigint", at(0, { big: 1 }), "$.deep[0].big: expected a bigint for i64, got number"],
    ["a bigint past its range", at(0, { big: 2n ** 63n }), "$.deep[0].big: expected -9223372036854775808"],
    ["a number for a boolean", at(1, { is: 1 }), "$.deep[1].is: expected true or false, got number"],
    ["a missing field", { ...good, first: 9, name: undefined }, "$.name: expected a string, got undefined"],
    ["too few elements", { ...good, first: 9, deep: [deep[0]] }, "$.deep: expected 2 elements, got 1"],
    ["no list", { ...good, first: 9, deep: { length: 2 } }, "$.deep: expected a list, got object"],
    [
      "null for a record",
      { ...good, first: 9, deep: [null, null] },
      "$.deep[0]: expected an object, got null"
    ],
    ["no record", 7, "$: expected an object, got number"]
  ]
  for (const [what, value, expected] of cases) {
    it(`${what} is refused with its path, and nothing is written: S331`, () => {
      const place = between(layout)
      place.write(good)
      const before = place.region.bytes.slice()
      assert.include(
        misfitOf(() => place.write(value)),
        expected
      )
      assert.deepStrictEqual(place.region.bytes.slice(), before)
    })
  }

  it("a getter that throws, or writes a record itself, harms no other: S331", () => {
    const place = between(layout)
    const other = between(layout)
    place.write(good)
    const throwing = {
      ...good,
      get raw() {
        throw new Error("no")
      }
    }
    assert.include(
      misfitOf(() => place.write(throwing)),
      "$: reading the value threw"
    )
    place.write({
      first: 3,
      get name() {
        other.write({ ...good, first: 7 })
        return "own"
      },
      raw: new Uint8Array(0),
      deep
    })
    assert.deepStrictEqual(place.read(), { first: 3, name: "own", raw: new Uint8Array(0), deep })
    assert.deepStrictEqual(other.read(), { ...good, first: 7 })
  })

  it("a stored length that was overwritten reads no byte past the field: S331", () => {
    const place = between(layout)
    place.write(good)
    place.region.bytes.fill(0xff, layout.align, layout.align + layout.byteLength)
    const { name, raw } = place.read() as { readonly name: string; readonly raw: Uint8Array }
    assert.strictEqual(name, "\uFFFD".repeat(4))
    assert.deepStrictEqual(raw, new Uint8Array([255, 255]))
  })
})

describe("the layout of a schema", () => {
  const signature = (schema: Schema.Top) => fieldOf(schema.ast).signature
  it("has a field for each part of a bounded size: S332", () => {
    const schema = Schema.Struct({
      float: Schema.Number,
      finite: Schema.Finite,
      int: Schema.Int,
      i32: Schema.Number.check(Schema.isInt32()),
      u32: Schema.Number.check(Schema.isUint32()),
      small: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })),
      is: Schema.Boolean,
      big: Schema.BigInt,
      text: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(5)),
      points: Schema.String.check(Schema.isMaxCodePoints(2)),
      pair: Schema.Tuple([Schema.Finite, Schema.Finite]),
      mixed: Schema.Tuple([Schema.Boolean, Schema.Finite]),
      nested: Schema.Struct({ is: Schema.Boolean })
    })
    assert.strictEqual(
      signature(schema),
      '{"float":f64,"finite":f64,"int":f64,"i32":i32,"u32":u32,"small":u32,"is":boolean,"big":i64,' +
        '"text":text(15),"points":text(8),"pair":f64[2],"mixed":["0":boolean,"1":f64],"nested":{"is":boolean}}'
    )
    const layout = fieldOf(schema.ast) as Layout<any>
    const value = Schema.decodeUnknownSync(schema)({
      float: NaN,
      finite: 1,
      int: Number.MIN_SAFE_INTEGER,
      i32: -1,
      u32: 4_294_967_295,
      small: 9,
      is: true,
      big: -5n,
      text: "€€€€€",
      points: "🦢🦢",
      pair: [1, 2],
      mixed: [true, 0.5],
      nested: { is: true }
    })
    const place = between(layout)
    place.write(value)
    assert.deepStrictEqual(place.read(), value)
  })

  const cases: ReadonlyArray<readonly [string, Schema.Top, string]> = [
    ["a string without a bound", Schema.String, "a.b"],
    ["an array", Schema.Array(Schema.Finite), "a.b"],
    ["a tuple with a rest", Schema.TupleWithRest(Schema.Tuple([Schema.Finite]), [Schema.Finite]), "a.b"],
    ["an optional field", Schema.optionalKey(Schema.Finite), "a.b"],
    ["a union", Schema.NullOr(Schema.Finite), "a.b"],
    ["a record", Schema.Record(Schema.String, Schema.Finite), "a.b"],
    ["a transformation", Schema.FiniteFromString, "a.b"],
    ["an empty struct", Schema.Struct({}), "a.b"]
  ]
  for (const [what, schema, path] of cases) {
    it(`${what} is refused by its path: S332`, () => {
      const whole = Schema.Struct({ a: Schema.Struct({ b: schema }) })
      assert.throws(() => fieldOf(whole.ast), InvalidOption, `schema.${path}: `)
    })
  }
})
