import { assert, describe, it } from "@effect/vitest"
import { isTypedArray } from "../../../src/internal/model/typedArray.ts"
import * as Packed from "../../../src/protocol/values/Packed.ts"

const many = Array.from({ length: 20 }, (_, i) => i - 0.5)

describe("packed numbers", () => {
  it("each number survives exactly as it was, -0 and NaN too", () => {
    const odd = [...many, -0, NaN, Infinity, -Infinity, Number.MIN_VALUE, 2 ** 53]
    const packed = Packed.pack(odd)!
    assert.isTrue(odd.every((n, i) => Object.is(n, packed[i])))
  })

  it("a short list, or a list with other values, is not packed", () => {
    assert.isUndefined(Packed.pack([...many, "1"]))
    assert.isUndefined(Packed.pack([...many, 1n]))
    const holes = many.slice()
    holes.length = 21
    assert.isUndefined(Packed.pack(holes))
    assert.isUndefined(Packed.pack(many.slice(0, 15)))
    assert.isDefined(Packed.pack(many.slice(0, 16)))
  })

  it("a builder gives back what was pushed, in one buffer for as long as all are numbers", () => {
    for (const values of [
      many,
      [...many, "last"],
      ["first", ...many],
      many.slice(0, 3),
      [],
      [...many, undefined]
    ]) {
      const builder = new Packed.Builder(values.length)
      for (const value of values) builder.push(value)
      assert.strictEqual(builder.length, values.length)
      const built = builder.build()
      assert.strictEqual(isTypedArray(built), values === many)
      assert.deepStrictEqual(Array.from(built as ArrayLike<unknown>), values)
    }
  })

  it("conversions reach every element, holes included, and are skipped where they change nothing", () => {
    assert.strictEqual(Packed.mapAll(many, Packed.asIs), many)
    const holes: Array<unknown> = [1]
    holes.length = 3
    assert.deepStrictEqual(
      Packed.mapAll(holes, (value) => String(value)),
      ["1", "undefined", "undefined"]
    )
    assert.isFalse(isTypedArray(new DataView(new ArrayBuffer(8))))
  })
})
