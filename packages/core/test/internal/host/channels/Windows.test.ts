import { assert, describe, it } from "vitest"
import { Opening } from "../../../../src/internal/host/channels/Opening.ts"
import { Windows } from "../../../../src/internal/host/channels/Windows.ts"
import { defaults } from "../../../../src/internal/model/defaults.ts"

/** Receivers of one channel, and the windows that each of them was told of. */
const channelOf = (capacity: number) => {
  const windows = new Windows(capacity, (answer) => answer())
  const join = () => {
    const told: Array<number> = []
    const opening = new Opening("receive", {
      grant: (count) => void told.push(count),
      recall: () => {},
      over: () => {}
    })
    windows.joined(opening)
    return { opening, told }
  }
  return { join, windows }
}

describe("how far streams fetch ahead", () => {
  it("an only receiver is told once, when its stream asks, of half of the capacity: S263", () => {
    const { join, windows } = channelOf(300)
    const { opening, told } = join()
    assert.deepStrictEqual(told, [])
    windows.asked(opening)
    windows.asked(opening)
    assert.deepStrictEqual(told, [150])
  })

  it("the window has a most, and a small channel keeps the usual one: S263", () => {
    for (const [capacity, expected] of [
      [100_000, [defaults.channelAheadMost]],
      [2 * defaults.channelAhead, []]
    ] as const) {
      const { join, windows } = channelOf(capacity)
      const { opening, told } = join()
      windows.asked(opening)
      assert.deepStrictEqual(told, [...expected])
    }
  })

  it("a second receiver takes the wide window away; the one that is left gets it again: S262", () => {
    const { join, windows } = channelOf(300)
    const one = join()
    windows.asked(one.opening)
    const other = join()
    windows.asked(other.opening)
    assert.deepStrictEqual([one.told, other.told], [[150, defaults.channelAhead], []])
    windows.left(one.opening)
    windows.asked(other.opening)
    assert.deepStrictEqual(other.told, [150])
  })
})
