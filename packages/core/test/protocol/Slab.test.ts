import { assert, describe, it } from "@effect/vitest"
import * as Slab from "../../src/protocol/Slab.ts"

describe("a slab", () => {
  it("G6: has a place for each item and one for each answer, and no two are the same", () => {
    const buffer = Slab.make(4)
    assert.strictEqual(Slab.capacityOf(buffer), 4)
    for (const count of [1, 3, 4]) {
      const items = Slab.items(buffer, count).fill(7)
      const answers = Slab.answers(items)!
      assert.strictEqual(answers.length, count)
      answers.fill(8)
      assert.deepStrictEqual(Array.from(items), Array(count).fill(7))
      assert.isTrue(Slab.isShared(items) && Slab.isShared(answers))
    }
  })

  it("no other list of payloads is taken for one", () => {
    for (const list of [[1, 2], new Float64Array(4), new Int32Array(new SharedArrayBuffer(16)), undefined]) {
      assert.isUndefined(Slab.answers(list))
    }
  })
})
