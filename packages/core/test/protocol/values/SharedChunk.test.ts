import { assert, describe, it } from "@effect/vitest"
import * as SharedChunk from "../../../src/protocol/values/SharedChunk.ts"

describe("a sharedChunk", () => {
  it("has a place for each item and one for each answer, and no two are the same: G6", () => {
    const buffer = SharedChunk.make(4)
    assert.strictEqual(SharedChunk.capacityOf(buffer), 4)
    for (const count of [1, 3, 4]) {
      const items = SharedChunk.items(buffer, count).fill(7)
      const answers = SharedChunk.answers(items)!
      assert.strictEqual(answers.length, count)
      answers.fill(8)
      assert.deepStrictEqual(Array.from(items), Array(count).fill(7))
      assert.isTrue(SharedChunk.isShared(items) && SharedChunk.isShared(answers))
    }
  })

  it("no other list of payloads is taken for one", () => {
    for (const list of [[1, 2], new Float64Array(4), new Int32Array(new SharedArrayBuffer(16)), undefined]) {
      assert.isUndefined(SharedChunk.answers(list))
    }
  })
})
