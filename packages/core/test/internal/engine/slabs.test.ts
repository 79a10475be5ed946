import { assert, describe, it } from "@effect/vitest"
import { Slabs } from "../../../src/internal/engine/slabs.ts"
import { defaults } from "../../../src/internal/model/defaults.ts"
import * as Slab from "../../../src/protocol/Slab.ts"

const array = Int32Array.from({ length: 70_000 }, (_, n) => n)

describe("the slabs of a pool", () => {
  it("S132: hold a part of an array, each number as it was", () => {
    const items = new Slabs(() => 1).take(array, 5, 2005)!
    assert.strictEqual(items.length, 2000)
    assert.isTrue(items.every((n, i) => n === array[i + 5]))
  })

  it("are for as many numbers as are worth it, and for no more than a chunk has", () => {
    const slabs = new Slabs(() => 1)
    assert.isUndefined(slabs.take(array, 0, 1023))
    assert.isDefined(slabs.take(array, 0, 1024))
    assert.isDefined(slabs.take(array, 0, defaults.packedChunkMax))
    assert.isUndefined(slabs.take(array, 0, defaults.packedChunkMax + 1))
  })

  it("G1: one that is out is nobody else's until its answers have come back", () => {
    const slabs = new Slabs(() => 2)
    const first = slabs.take(array, 0, 2000)!
    const second = slabs.take(array, 0, 2000)!
    assert.notStrictEqual(second.buffer, first.buffer)
    slabs.giveBack(Slab.answers(first))
    assert.strictEqual(slabs.take(array, 0, 3000)!.buffer, first.buffer)
    assert.notStrictEqual(slabs.take(array, 0, 3000)!.buffer, second.buffer)
  })

  it("S146: no more are kept than may be out at a time, and nothing that is not one", () => {
    const slabs = new Slabs(() => 1)
    const [first, second] = [slabs.take(array, 0, 2000)!, slabs.take(array, 0, 2000)!]
    const others = [[1], new Float64Array(2000), Slab.items(Slab.make(2000), 2000), undefined]
    for (const other of others) slabs.giveBack(other)
    slabs.giveBack(first)
    slabs.giveBack(second)
    assert.strictEqual(slabs.take(array, 0, 2000)!.buffer, first.buffer)
    assert.notStrictEqual(slabs.take(array, 0, 2000)!.buffer, second.buffer)
  })

  it("S146: as many are kept as the size of the pool asks for now", () => {
    let most = 1
    const slabs = new Slabs(() => most)
    const takeAll = () => [1, 2, 3].map(() => slabs.take(array, 0, 2000)!)
    const kept = (before: ReadonlyArray<Slab.Slab>) => {
      for (const slab of before) slabs.giveBack(slab)
      const known = new Set(before.map((slab) => slab.buffer))
      return takeAll().filter((slab) => known.has(slab.buffer)).length
    }
    assert.strictEqual(kept(takeAll()), 1)
    most = 3
    const all = takeAll()
    assert.strictEqual(kept(all), 3)
    for (const slab of all) slabs.giveBack(slab)
    most = 1
    slabs.giveBack(undefined)
    const left = new Set(all.map((slab) => slab.buffer))
    assert.strictEqual(takeAll().filter((slab) => left.has(slab.buffer)).length, 1)
  })
})
