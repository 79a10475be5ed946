import { assert, describe, it } from "@effect/vitest"
import { defaults } from "../../../src/internal/model/defaults.ts"
import { from } from "../../../src/internal/shared/inputs.ts"
import { SharedChunks } from "../../../src/internal/shared/sharedChunks.ts"

const same = (value: unknown) => value

/** An iterator that tells what is asked of it. */
const iterable = (count: number) => {
  const asked: Array<string> = []
  const inputs: Iterable<number> = {
    [Symbol.iterator]: () => {
      let n = 0
      return {
        next: () => {
          asked.push("next")
          return n < count ? { done: false, value: n++ } : { done: true, value: undefined }
        },
        return: () => {
          asked.push("return")
          return { done: true, value: undefined }
        }
      }
    }
  }
  return { asked, inputs }
}

describe("an array as the input", () => {
  it("is drawn in slices, fewer only at the end; what is left is known", () => {
    const inputs = from(["a", "b", "c"], same)
    assert.deepStrictEqual(inputs.draw(2), ["a", "b"])
    assert.strictEqual(inputs.remaining, 1)
    assert.deepStrictEqual(inputs.draw(2), ["c"])
    assert.deepStrictEqual(inputs.draw(2), [])
  })

  it("counts as it is when it is drawn: G10", () => {
    const list = [1, 2, 3]
    const inputs = from(list, same)
    inputs.draw(1)
    list[1] = 20
    list.pop()
    assert.deepStrictEqual(inputs.draw(5), [20])
  })

  it("that is typed is drawn in copies of its own kind", () => {
    const list = Float32Array.of(1, 2, 3)
    const drawn = from(list, same).draw(2)
    assert.deepStrictEqual(drawn, Float32Array.of(1, 2))
    assert.notStrictEqual((drawn as Float32Array).buffer, list.buffer)
  })

  it("of numbers travels in larger chunks than of other values, by what comes next", () => {
    const inputs = from([1, "a", 2n], same)
    const most = [1, 1, 1].map((size) => {
      const { chunkMax } = inputs
      inputs.draw(size)
      return chunkMax
    })
    assert.deepStrictEqual(most, [defaults.packedChunkMax, defaults.chunkMax, defaults.packedChunkMax])
  })

  it("whose iterator is its owner's is asked through it", () => {
    const list = [1, 2]
    list[Symbol.iterator] = () => [10].values()
    const inputs = from(list, same)
    assert.strictEqual(inputs.remaining, Infinity)
    assert.deepStrictEqual(inputs.draw(5), [10])
  })
})

describe("numbers that go where the worker can read them: S132", () => {
  const many = Float64Array.from({ length: 2048 }, (_, n) => n)

  it("are drawn into shared memory where they are worth it", () => {
    const inputs = from(many, same, new SharedChunks(() => 1))
    const drawn = inputs.draw(2000) as Float64Array
    assert.instanceOf(drawn.buffer, SharedArrayBuffer)
    assert.deepStrictEqual([...drawn], [...many.subarray(0, 2000)])
    assert.notInstanceOf((inputs.draw(10) as Float64Array).buffer, SharedArrayBuffer)
  })

  it("are not where they are big, or stand in a plain array", () => {
    const chunks = new SharedChunks(() => 1)
    const big = BigInt64Array.from({ length: 2048 }, (_, n) => BigInt(n))
    assert.notInstanceOf((from(big, same, chunks).draw(2000) as BigInt64Array).buffer, SharedArrayBuffer)
    assert.isArray(from([...many], same, chunks).draw(2000))
  })
})

describe("anything else as the input", () => {
  it("is asked for no more than is drawn, and each is taken as it comes: G7, G10", () => {
    const { asked, inputs } = iterable(9)
    const taken: Array<unknown> = []
    const drawn = from(inputs, (value) => {
      taken.push([value, asked.length])
      return value
    }).draw(2)
    assert.deepStrictEqual(drawn, [0, 1])
    assert.deepStrictEqual(taken, [
      [0, 1],
      [1, 2]
    ])
    assert.deepStrictEqual(asked, ["next", "next"])
  })

  it("may be at its end sooner: nobody knows how many come", () => {
    const { inputs } = iterable(3)
    const all = from(inputs, same)
    assert.strictEqual(all.remaining, Infinity)
    assert.strictEqual(all.chunkMax, defaults.chunkMax)
    assert.deepStrictEqual(all.draw(5), [0, 1, 2])
  })

  it("is told when no more will be drawn: G2", () => {
    const { asked, inputs } = iterable(3)
    from(inputs, same).giveUp()
    assert.deepStrictEqual(asked, ["return"])
  })

  it("throws what it throws", () => {
    const inputs = from(
      (function* () {
        yield 1
        throw new Error("broken")
      })(),
      same
    )
    assert.throws(() => inputs.draw(2), "broken")
  })
})
