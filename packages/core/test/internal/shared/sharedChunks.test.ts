import { assert, describe, it } from "@effect/vitest"
import { SharedChunks } from "../../../src/internal/shared/sharedChunks.ts"
import { defaults } from "../../../src/internal/model/defaults.ts"
import * as SharedChunk from "../../../src/protocol/values/SharedChunk.ts"

const array = Int32Array.from({ length: 70_000 }, (_, n) => n)

describe("the sharedChunks of a pool", () => {
  it("S132: hold a part of an array, each number as it was", () => {
    const items = new SharedChunks(() => 1).take(array, 5, 2005)!
    assert.strictEqual(items.length, 2000)
    assert.isTrue(items.every((n, i) => n === array[i + 5]))
  })

  it("are for as many numbers as are worth it, and for no more than a chunk has", () => {
    const sharedChunks = new SharedChunks(() => 1)
    assert.isUndefined(sharedChunks.take(array, 0, 1023))
    assert.isDefined(sharedChunks.take(array, 0, 1024))
    assert.isDefined(sharedChunks.take(array, 0, defaults.packedChunkMax))
    assert.isUndefined(sharedChunks.take(array, 0, defaults.packedChunkMax + 1))
  })

  it("G1: one that is out is nobody else's until its answers have come back", () => {
    const sharedChunks = new SharedChunks(() => 2)
    const first = sharedChunks.take(array, 0, 2000)!
    const second = sharedChunks.take(array, 0, 2000)!
    assert.notStrictEqual(second.buffer, first.buffer)
    sharedChunks.giveBack(SharedChunk.answers(first))
    assert.strictEqual(sharedChunks.take(array, 0, 3000)!.buffer, first.buffer)
    assert.notStrictEqual(sharedChunks.take(array, 0, 3000)!.buffer, second.buffer)
  })

  it("S146: no more are kept than may be out at a time, and nothing that is not one", () => {
    const sharedChunks = new SharedChunks(() => 1)
    const [first, second] = [sharedChunks.take(array, 0, 2000)!, sharedChunks.take(array, 0, 2000)!]
    const others = [[1], new Float64Array(2000), SharedChunk.items(SharedChunk.make(2000), 2000), undefined]
    for (const other of others) sharedChunks.giveBack(other)
    sharedChunks.giveBack(first)
    sharedChunks.giveBack(second)
    assert.strictEqual(sharedChunks.take(array, 0, 2000)!.buffer, first.buffer)
    assert.notStrictEqual(sharedChunks.take(array, 0, 2000)!.buffer, second.buffer)
  })

  it("S146: as many are kept as the size of the pool asks for now", () => {
    let most = 1
    const sharedChunks = new SharedChunks(() => most)
    const takeAll = () => [1, 2, 3].map(() => sharedChunks.take(array, 0, 2000)!)
    const kept = (before: ReadonlyArray<SharedChunk.SharedChunk>) => {
      for (const sharedChunk of before) sharedChunks.giveBack(sharedChunk)
      const known = new Set(before.map((sharedChunk) => sharedChunk.buffer))
      return takeAll().filter((sharedChunk) => known.has(sharedChunk.buffer)).length
    }
    assert.strictEqual(kept(takeAll()), 1)
    most = 3
    const all = takeAll()
    assert.strictEqual(kept(all), 3)
    for (const sharedChunk of all) sharedChunks.giveBack(sharedChunk)
    most = 1
    sharedChunks.giveBack(undefined)
    const left = new Set(all.map((sharedChunk) => sharedChunk.buffer))
    assert.strictEqual(takeAll().filter((sharedChunk) => left.has(sharedChunk.buffer)).length, 1)
  })
})
