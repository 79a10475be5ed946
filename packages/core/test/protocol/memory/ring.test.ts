import { assert, describe, it } from "@effect/vitest"
import * as Ring from "../../../src/protocol/memory/ring.ts"
import * as Slots from "../../../src/protocol/memory/slots.ts"

/** A ring behind other words, whose first ticket is `from`. */
const make = (bits = 2, from = 0): Ring.Ring => {
  const ring = { words: new Int32Array(new SharedArrayBuffer(4 * (3 + Ring.wordsOf(bits) + 1))), at: 3, bits }
  ring.words[ring.at] = ring.words[ring.at + 1] = from
  for (let i = 0; i < 1 << bits; i++) {
    const ticket = (from + i) | 0
    ring.words[Slots.slotOf(ring, ticket)] = Slots.freeWord(ring, ticket)
  }
  ring.words[2] = ring.words[ring.words.length - 1] = 42
  return ring
}

const enter = (ring: Ring.Ring, agent: number): Ring.Ticket => Ring.enter(ring, agent, agent * 10)!

const line = (ring: Ring.Ring) => Ring.places(ring).map(({ agent, state }) => `${agent} ${state}`)

describe("ring", () => {
  it("the first agent holds at once, each other waits for its turn, in order", () => {
    const ring = make()
    const [a, b, c] = [enter(ring, 1), enter(ring, 2), enter(ring, 3)]
    assert.deepStrictEqual(Ring.places(ring), [
      { agent: 1, who: 10, state: "held", ticket: a },
      { agent: 2, who: 20, state: "waiting", ticket: b },
      { agent: 3, who: 30, state: "waiting", ticket: c }
    ])
    assert.isTrue(Ring.leave(ring, a, 1))
    assert.strictEqual(Ring.stateOf(ring, a, 1), "gone")
    assert.deepStrictEqual(line(ring), ["2 granted", "3 waiting"])
    assert.isTrue(Ring.take(ring, b, 2))
    assert.isFalse(Ring.take(ring, c, 3))
    assert.isTrue(Ring.leave(ring, b, 2))
    assert.deepStrictEqual(line(ring), ["3 granted"])
  })

  it("only the holder leaves, and once", () => {
    const ring = make()
    const [a, b] = [enter(ring, 1), enter(ring, 2)]
    assert.isFalse(Ring.leave(ring, a, 2))
    assert.isFalse(Ring.leave(ring, b, 2))
    assert.isTrue(Ring.leave(ring, a, 1))
    assert.isFalse(Ring.leave(ring, a, 1))
    assert.isFalse(Ring.leave(ring, b, 2), "granted is not held")
  })

  it("the word of a place is the one to sleep on while it waits, and another one after", () => {
    const ring = make()
    const [a, b] = [enter(ring, 1), enter(ring, 2)]
    const word = () => ring.words[Ring.slotOf(ring, b)]
    assert.strictEqual(word(), Ring.waitingWord(ring, b, 2))
    Ring.leave(ring, a, 1)
    assert.notStrictEqual(word(), Ring.waitingWord(ring, b, 2))
  })

  it("a place that was given up is passed over, or taken again before that", () => {
    const ring = make()
    const [a, b, c] = [enter(ring, 1), enter(ring, 2), enter(ring, 3)]
    assert.isTrue(Ring.giveUp(ring, b, 2))
    assert.isFalse(Ring.giveUp(ring, b, 2))
    assert.strictEqual(Ring.stateOf(ring, b, 2), "gone")
    assert.isTrue(Ring.enterAgain(ring, b, 2, 0))
    assert.isTrue(Ring.giveUp(ring, b, 2))
    Ring.leave(ring, a, 1)
    assert.deepStrictEqual(line(ring), ["3 granted"])
    assert.isFalse(Ring.enterAgain(ring, b, 2, 0))
    assert.isFalse(Ring.giveUp(ring, c, 3), "a granted place is taken, and left")
  })

  it("an agent that gives up and enters again does not fill the ring", () => {
    const ring = make(1)
    enter(ring, 1)
    const ticket = enter(ring, 2)
    for (let i = 0; i < 100; i++) {
      assert.isTrue(Ring.giveUp(ring, ticket, 2))
      assert.isTrue(Ring.enterAgain(ring, ticket, 2, 0))
    }
    assert.isUndefined(Ring.enter(ring, 3, 0), "two slots, two agents")
  })

  it("trying takes the only place, or none; the tail does not fall behind an agent that died in front of it", () => {
    const ring = make(1)
    const a = Ring.tryEnter(ring, 1, 0)!
    assert.isUndefined(Ring.tryEnter(ring, 2, 0))
    // As an agent leaves it that dies before it moves the tail on.
    ring.words[ring.at + 1] = a
    Ring.leave(ring, a, 1)
    for (let i = 0; i < 10; i++) {
      const ticket = Ring.tryEnter(ring, 2, 0)!
      assert.isTrue(Ring.leave(ring, ticket, 2))
      assert.strictEqual(Slots.tailOf(ring), Slots.headOf(ring))
    }
  })

  it("a death frees each place, and marks only one that was held", () => {
    const ring = make()
    const [a] = [enter(ring, 1), enter(ring, 2), enter(ring, 3)]
    Ring.recover(ring, 2)
    assert.deepStrictEqual(line(ring), ["1 held", "3 waiting"])
    Ring.leave(ring, a, 1)
    Ring.recover(ring, 3)
    assert.deepStrictEqual([line(ring), Ring.deadOwner(ring)], [[], 0])
    const b = enter(ring, 2)
    enter(ring, 3)
    Ring.recover(ring, 2)
    Ring.recover(ring, 2)
    assert.deepStrictEqual([line(ring), Ring.deadOwner(ring)], [["3 granted"], 2])
    assert.strictEqual(Ring.stateOf(ring, b, 2), "gone")
    Ring.repair(ring)
    assert.strictEqual(Ring.deadOwner(ring), 0)
  })

  it.each([0, 2 ** 31 - 5, -5, ((2 ** 17) << 2) - 5])(
    "the line goes round, across the ends of the numbers of laps and tickets: from %i",
    (from) => {
      const ring = make(2, from)
      let held = enter(ring, 1)
      assert.strictEqual(held, from)
      for (let i = 1; i < 20; i++) {
        const agent = 1 + (i % 3)
        const next = enter(ring, agent)
        assert.strictEqual(next, (from + i) | 0)
        Ring.leave(ring, held, 1 + ((i - 1) % 3))
        assert.isTrue(Ring.take(ring, next, agent))
        held = next
      }
      Ring.recover(ring, 1 + (19 % 3))
      assert.deepStrictEqual(line(ring), [])
      assert.isDefined(Ring.tryEnter(ring, Ring.maxAgent, 0))
      assert.deepStrictEqual(line(ring), [`${Ring.maxAgent} held`])
    }
  )

  it("no word outside of the ring is written", () => {
    const ring = make(1)
    for (let i = 0; i < 5; i++) Ring.leave(ring, enter(ring, 1), 1)
    Ring.recover(ring, 1)
    assert.deepStrictEqual(Array.from(ring.words.subarray(0, 3)), [0, 0, 42])
    assert.strictEqual(ring.words.at(-1), 42)
  })
})
