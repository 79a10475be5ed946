import { assert, describe, it } from "@effect/vitest"
import * as Cells from "../../../src/protocol/memory/cells.ts"
import * as Slots from "../../../src/protocol/memory/slots.ts"

const make = (bits = 1, from = 0): Cells.Cells => {
  const cells = { words: new Int32Array(new SharedArrayBuffer(4 * Cells.wordsOf(bits))), at: 0, bits }
  cells.words[0] = cells.words[1] = from
  for (let i = 0; i < 1 << bits; i++) {
    const ticket = (from + i) | 0
    cells.words[Slots.slotOf(cells, ticket)] = Slots.freeWord(cells, ticket)
  }
  return cells
}

const begin = (found: Cells.Ticket | string): Cells.Ticket => {
  if (typeof found === "string") throw new Error(found)
  return found
}

const put = (cells: Cells.Cells, agent: number, records = 1): Cells.Ticket => {
  const ticket = begin(Cells.beginPut(cells, agent))
  assert.isTrue(Cells.commitPut(cells, ticket, agent, records))
  return ticket
}

const take = (cells: Cells.Cells, agent: number): number => {
  const ticket = begin(Cells.beginTake(cells, agent))
  const records = Cells.recordsIn(cells, ticket)
  assert.isTrue(Cells.commitTake(cells, ticket, agent))
  return records
}

describe("cells", () => {
  it("blocks are taken in order, with the number of their records", () => {
    const cells = make()
    put(cells, 1, 3)
    put(cells, 2, 64)
    assert.deepStrictEqual([Cells.length(cells), Cells.records(cells)], [2, 67])
    assert.strictEqual(Cells.beginPut(cells, 1), "full")
    assert.isTrue(Cells.isFull(cells))
    assert.deepStrictEqual([take(cells, 3), take(cells, 3)], [3, 64])
    assert.strictEqual(Cells.beginTake(cells, 3), "empty")
    assert.isTrue(Cells.isEmpty(cells))
  })

  it("a cell that is being written is not read, and those behind it wait", () => {
    const cells = make()
    const first = begin(Cells.beginPut(cells, 1))
    put(cells, 2)
    assert.strictEqual(Cells.beginTake(cells, 3), "empty")
    assert.isFalse(Cells.commitPut(cells, first, 2, 1), "another agent's")
    Cells.commitPut(cells, first, 1, 5)
    assert.isFalse(Cells.commitPut(cells, first, 1, 6), "published already")
    assert.strictEqual(take(cells, 3), 5)
  })

  it("a cell that is being read is not written", () => {
    const cells = make()
    put(cells, 1)
    put(cells, 1)
    const ticket = begin(Cells.beginTake(cells, 2))
    assert.strictEqual(Cells.beginPut(cells, 1), "full")
    assert.isFalse(Cells.commitTake(cells, ticket, 3))
    assert.isTrue(Cells.commitTake(cells, ticket, 2))
    assert.isFalse(Cells.commitTake(cells, ticket, 2))
    put(cells, 1)
  })

  it("what a dead producer was writing is skipped, by a consumer or by a producer that needs the cell", () => {
    for (const isTaken of [true, false]) {
      const cells = make()
      begin(Cells.beginPut(cells, 1))
      put(cells, 2, 7)
      assert.strictEqual(Cells.recover(cells, 1), 0)
      if (isTaken) assert.strictEqual(take(cells, 3), 7)
      else {
        assert.isFalse(Cells.isFull(cells))
        put(cells, 2, 8)
        assert.deepStrictEqual([take(cells, 3), take(cells, 3)], [7, 8])
      }
      assert.strictEqual(Cells.beginTake(cells, 3), "empty")
    }
  })

  it("what a dead consumer was reading is lost and counted once, and the cell is free", () => {
    const cells = make()
    put(cells, 1, 9)
    put(cells, 1, 2)
    begin(Cells.beginTake(cells, 2))
    assert.deepStrictEqual([Cells.recover(cells, 2), Cells.recover(cells, 2), Cells.lostOf(cells)], [9, 0, 9])
    put(cells, 1, 3)
    assert.deepStrictEqual([take(cells, 3), take(cells, 3)], [2, 3])
  })

  it("a cell that its producer gives up is skipped", () => {
    const cells = make()
    const ticket = begin(Cells.beginPut(cells, 1))
    assert.isTrue(Cells.abortPut(cells, ticket, 1))
    assert.isFalse(Cells.commitPut(cells, ticket, 1, 1))
    assert.strictEqual(Cells.beginTake(cells, 2), "empty")
    for (const records of [4, 5]) put(cells, 1, records)
    assert.deepStrictEqual([take(cells, 2), take(cells, 2)], [4, 5])
  })

  it("after the end nothing is put, and what was put is taken before consumers see the end", () => {
    const cells = make()
    put(cells, 1, 4)
    put(cells, 1, 5)
    assert.strictEqual(Cells.end(cells), "full")
    take(cells, 2)
    assert.strictEqual(Cells.end(cells), "ended")
    assert.strictEqual(Cells.end(cells), "ended")
    assert.strictEqual(Cells.beginPut(cells, 1), "ended")
    assert.strictEqual(take(cells, 2), 5)
    assert.strictEqual(Cells.beginTake(cells, 2), "ended")
    assert.strictEqual(Cells.length(cells), 0)
  })

  it("the words to sleep on are there exactly while a producer or a consumer finds nothing to do", () => {
    const cells = make()
    const empty = Cells.emptyAt(cells)!
    assert.strictEqual(cells.words[empty.index], empty.word)
    assert.isUndefined(Cells.fullAt(cells))
    put(cells, 1)
    assert.isUndefined(Cells.emptyAt(cells))
    assert.notStrictEqual(cells.words[empty.index], empty.word)
    put(cells, 1)
    const full = Cells.fullAt(cells)!
    assert.strictEqual(cells.words[full.index], full.word)
    take(cells, 2)
    assert.isUndefined(Cells.fullAt(cells))
  })

  it.each([0, 2 ** 31 - 3, -3, 2 ** 18 - 3])(
    "the queue goes round, across the ends of the numbers of laps and tickets, deaths included: from %i",
    (from) => {
      const cells = make(1, from)
      for (let i = 0; i < 9; i++) {
        put(cells, 1, i + 1)
        begin(Cells.beginPut(cells, 2))
        assert.strictEqual(Cells.recover(cells, 2), 0)
        begin(Cells.beginTake(cells, 3))
        assert.strictEqual(Cells.recover(cells, 3), i + 1)
      }
      assert.strictEqual(Cells.beginTake(cells, 1), "empty")
    }
  )
})
