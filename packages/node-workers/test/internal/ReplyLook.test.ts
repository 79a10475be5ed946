// When the host looks for a reply. Time and turns are the test's own.
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { type Loop, ReplyLook, loneInARow, lookMillis, watchMillis } from "../../src/internal/ReplyLook.ts"

let now: number
let turns: Array<() => void>
let reads: number
/** What a read does: nothing is there, unless a test says otherwise. */
let onRead: () => void
let looking: ReplyLook
let hasPosted: boolean
/** How often the word was watched. */
let spins: number
const loop: Loop = {
  now: () => now,
  nextTurn: (f) => void turns.push(f),
  spin: () => void spins++
}

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

afterEach(() => looking.end())

beforeEach(() => {
  now = 0
  turns = []
  reads = 0
  onRead = () => {}
  hasPosted = true
  spins = 0
  looking = new ReplyLook(
    () => hasPosted,
    () => {
      reads++
      onRead()
    },
    loop
  )
})

describe("the look for a lone reply", () => {
  it("looks once per turn until something is heard, and then takes no further turn but the one that was begun", () => {
    post()
    for (let i = 0; i < 3; i++) turn()
    assert.strictEqual(reads, 3)
    onRead = () => looking.heard()
    turn()
    turn()
    assert.deepStrictEqual([reads, turns.length], [4, 0])
  })

  it("leaves the port alone until the thread has posted: a look takes the lock that the post needs", () => {
    hasPosted = false
    post()
    for (let i = 0; i < 3; i++) turn()
    assert.deepStrictEqual([reads, spins], [0, 3])
    hasPosted = true
    turn()
    assert.strictEqual(reads, 1)
  })

  it("watches the word of one thread, and of none while two threads are looked for", () => {
    post()
    turn()
    assert.strictEqual(spins, 1)
    const other = new ReplyLook(
      () => false,
      () => {},
      loop
    )
    other.expect()
    turn()
    assert.strictEqual(spins, 1)
    other.end()
    turn()
    assert.strictEqual(spins, 2)
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

  it("a burst is not looked for: a frame posted behind the first one ends the look before its first turn: S228", () => {
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

  it("a lone task is looked for again once so many in a row have come one by one: S228", () => {
    post()
    looking.posted()
    looking.heard()
    turn()
    assert.deepStrictEqual(calls(loneInARow + 2), [...Array(loneInARow).fill(false), true, true])
  })

  it("a terminated thread is watched for its time, or until the thread is gone, even while frames come", () => {
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
