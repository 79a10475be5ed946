// When the host looks for a reply. Time and turns are the test's own.
import { assert, beforeEach, describe, it } from "vitest"
import { ReplyLook, loneInARow, lookMillis, watchMillis } from "../../src/internal/ReplyLook.ts"

let now: number
let turns: Array<() => void>
let reads: number
/** What a read does: nothing is there, unless a test says otherwise. */
let onRead: () => void
let looking: ReplyLook

const turn = (): void => {
  const due = turns
  turns = []
  for (const f of due) f()
}

/** A lone task is posted; answers whether it is looked for. */
const post = (): boolean => {
  looking.posted()
  looking.expect()
  return turns.length > 0
}

/** One whose reply comes through the event loop, before the next turn. */
const call = (): boolean => {
  const isLookedFor = post()
  looking.heard()
  turn()
  return isLookedFor
}

const calls = (count: number, f = call): ReadonlyArray<boolean> => Array.from({ length: count }, f)

beforeEach(() => {
  now = 0
  turns = []
  reads = 0
  onRead = () => {}
  looking = new ReplyLook(
    () => {
      reads++
      onRead()
    },
    { now: () => now, nextTurn: (f) => void turns.push(f) }
  )
})

describe("looking", () => {
  it("looks once per turn until something is heard, and then takes no further turn but the one that was begun", () => {
    post()
    for (let i = 0; i < 3; i++) turn()
    assert.strictEqual(reads, 3)
    onRead = () => looking.heard()
    turn()
    turn()
    assert.deepStrictEqual([reads, turns.length], [4, 0])
  })

  it("looks no longer than its time", () => {
    post()
    now = lookMillis / 2
    turn()
    now = lookMillis * 1.1
    turn()
    assert.deepStrictEqual([reads, turns.length], [1, 0])
  })

  it("a call that is made when the one before is heard is looked for in the same turns", () => {
    post()
    onRead = () => {
      looking.heard()
      post()
    }
    for (let i = 0; i < 5; i++) {
      turn()
      assert.strictEqual(turns.length, 1)
    }
    assert.strictEqual(reads, 5)
  })

  it("S228 many at once are not looked for: what is posted behind the first one ends its look before it begins", () => {
    for (let batch = 0; batch < 3; batch++) {
      post()
      looking.posted()
      looking.posted()
      turn()
      looking.heard()
      looking.heard()
      turn()
    }
    assert.deepStrictEqual([reads, turns.length], [0, 0])
    // And from the second time on not even a turn is asked for.
    assert.isFalse(post())
  })

  it("S228 a lone task is looked for again once so many in a row have come one by one", () => {
    post()
    looking.posted()
    looking.heard()
    turn()
    assert.deepStrictEqual(calls(loneInARow + 2), [...Array(loneInARow).fill(false), true, true])
  })

  it("a thread that was terminated is watched for its time, whatever it says, or until it has gone", () => {
    for (const ends of [false, true]) {
      looking.watch()
      turn()
      looking.heard()
      looking.posted()
      turn()
      assert.strictEqual(turns.length, 1)
      if (ends) looking.end()
      else now += watchMillis * 1.1
      turn()
      assert.strictEqual(turns.length, 0)
    }
  })
})
