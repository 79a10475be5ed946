import { assert, describe, it } from "@effect/vitest"
import * as Counts from "../../../src/protocol/memory/counts.ts"

const make = (agents = 3): Counts.Counts => ({
  words: new Int32Array(new SharedArrayBuffer(4 * (1 + Counts.wordsOf(agents)))),
  at: 1,
  agents
})

describe("counts", () => {
  it("an agent takes what the others leave, and gives back its own alone", () => {
    const counts = make()
    assert.isTrue(Counts.take(counts, 1, 2, 3))
    assert.isFalse(Counts.take(counts, 3, 2, 3))
    assert.isTrue(Counts.take(counts, 3, 1, 3))
    assert.strictEqual(Counts.sum(counts), 3)
    assert.isFalse(Counts.giveBack(counts, 3, 2))
    assert.isFalse(Counts.giveBack(counts, 2, 1))
    assert.isTrue(Counts.giveBack(counts, 1, 1))
    assert.deepStrictEqual(
      [1, 2, 3].map((agent) => Counts.countOf(counts, agent)),
      [1, 0, 1]
    )
  })

  it("each return changes the number to sleep on, and no refusal does", () => {
    const counts = make()
    Counts.take(counts, 1, 1, 1)
    const seen = Counts.changes(counts)
    Counts.giveBack(counts, 2, 1)
    assert.strictEqual(Counts.changes(counts), seen)
    Counts.giveBack(counts, 1, 1)
    assert.notStrictEqual(Counts.changes(counts), seen)
  })

  it("a death returns what the agent had, more than once, and nothing of the others", () => {
    const counts = make()
    Counts.take(counts, 1, 2, 3)
    Counts.take(counts, 2, 1, 3)
    const seen = Counts.changes(counts)
    Counts.recover(counts, 1)
    Counts.recover(counts, 1)
    assert.deepStrictEqual([Counts.sum(counts), Counts.countOf(counts, 2)], [1, 1])
    assert.notStrictEqual(Counts.changes(counts), seen)
  })

  it("the count that nobody owns is given back by anybody, outlives deaths, and a signal goes past it", () => {
    const counts = make()
    assert.isTrue(Counts.take(counts, Counts.unowned, 2, 2))
    Counts.recover(counts, 1)
    assert.isFalse(Counts.take(counts, Counts.unowned, 1, 2))
    assert.isTrue(Counts.giveBack(counts, Counts.unowned, 2))
    assert.isFalse(Counts.giveBack(counts, Counts.unowned, 1))
    Counts.signal(counts, 1)
    assert.isTrue(Counts.take(counts, Counts.unowned, 3, 2))
  })

  it("one is alone where the sum is 0; its death marks, the death of a reader does not", () => {
    const counts = make()
    Counts.take(counts, 1, 1, 8)
    assert.isFalse(Counts.beginAlone(counts, 2))
    Counts.recover(counts, 1)
    assert.strictEqual(Counts.deadOwner(counts), 0)
    assert.isTrue(Counts.beginAlone(counts, 2))
    assert.isFalse(Counts.endAlone(counts, 1))
    Counts.recover(counts, 2)
    assert.deepStrictEqual([Counts.deadOwner(counts), Counts.aloneOf(counts)], [2, 0])
    assert.isTrue(Counts.beginAlone(counts, 3))
    Counts.repair(counts)
    assert.isTrue(Counts.endAlone(counts, 3))
    assert.deepStrictEqual([Counts.deadOwner(counts), Counts.aloneOf(counts)], [0, 0])
  })
})
