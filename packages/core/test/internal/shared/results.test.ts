import { assert, describe, it } from "@effect/vitest"
import { Results } from "../../../src/internal/shared/results.ts"
import type { TypedArray } from "../../../src/internal/model/typedArray.ts"
import { InvalidOption } from "../../../src/InvalidOption.ts"

/** Places three chunks, the last one first. */
const filled = (results: Results, ...chunks: ReadonlyArray<Float64Array | ReadonlyArray<unknown>>) => {
  const offsets = chunks.map((chunk) => results.reserve(chunk.length))
  for (let i = chunks.length - 1; i >= 0; i--) results.place(offsets[i]!, chunks[i]!)
  return results.build()
}

const refused = (f: () => unknown): string => {
  try {
    f()
  } catch (error) {
    if (error instanceof InvalidOption) return error.message
    throw error
  }
  throw new Error("it was taken")
}

describe("the results of a forEach", () => {
  it("S132: a list of what the chunks have answered, in the order of the inputs, whichever came first", () => {
    const found = filled(new Results(undefined, 5), Float64Array.of(-0, NaN), Float64Array.of(1.5), [3, 4])
    assert.deepStrictEqual(found, [-0, NaN, 1.5, 3, 4])
    assert.isTrue(Object.is((found as ReadonlyArray<number>)[0], -0))
    assert.deepStrictEqual(filled(new Results(undefined, Infinity), ["a"], [undefined], [{}]), [
      "a",
      undefined,
      {}
    ])
    assert.deepStrictEqual(new Results(undefined, 0).build(), [])
  })

  it("S132: an array that was given is the answer, and what is in it beyond the results stays", () => {
    const rooms: ReadonlyArray<TypedArray> = [
      new Float64Array(6).fill(9),
      new Float32Array(6).fill(9),
      new Int32Array(new SharedArrayBuffer(24)).fill(9)
    ]
    for (const room of rooms) {
      const found = filled(new Results(room, 5), Float64Array.of(1, 2), [3], Float64Array.of(4, 5))
      assert.strictEqual(found, room)
      assert.deepStrictEqual(Array.from(room as Float64Array), [1, 2, 3, 4, 5, 9])
    }
    const big = new BigInt64Array(2)
    assert.strictEqual(filled(new Results(big, 2), [1n], [-2n]), big)
    assert.deepStrictEqual(Array.from(big), [1n, -2n])
  })

  it("an array that is too short is refused: at once where the inputs are counted, else when they are more", () => {
    assert.include(
      refused(() => new Results(new Float64Array(2), 3)),
      "room for 2 results, and there are 3"
    )
    const results = new Results(new Float64Array(2), Infinity)
    assert.strictEqual(results.reserve(2), 0)
    assert.include(
      refused(() => results.reserve(1)),
      "room for 2 results, and there are 3"
    )
  })

  it("an array that cannot hold a result says which", () => {
    const place = (room: TypedArray, values: Float64Array | ReadonlyArray<unknown>) => () => {
      const results = new Results(room, Infinity)
      results.reserve(4)
      results.place(results.reserve(values.length), values)
    }
    assert.include(refused(place(new Float64Array(8), [1, "2"])), "holds numbers, and result 5 is a string")
    assert.include(refused(place(new Int8Array(8), [1n])), "holds numbers, and result 4 is a bigint")
    assert.include(
      refused(place(new BigUint64Array(8), Float64Array.of(1))),
      "holds bigints, and result 4 is a number"
    )
  })
})
