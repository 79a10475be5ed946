import { assert, describe, it } from "@effect/vitest"
import {
  events,
  type LinkAction,
  type LinkState,
  states,
  step,
  table
} from "../../../src/internal/machine/linkMachine.ts"

describe("the life of an end of a pipe", () => {
  it("each cell is what the table says, and every event has a cell in every state", () => {
    for (const state of states) {
      for (const event of events) assert.strictEqual(step(state, event), table[state][event])
    }
  })

  it("exactly one end is told, on every path: G15", () => {
    const over: ReadonlyArray<LinkState> = ["closed", "lost", "moved"]
    const seen = new Set<string>()
    const go = (state: LinkState, done: ReadonlyArray<LinkAction>): void => {
      const key = `${state} ${done.length}`
      if (seen.has(key)) return
      seen.add(key)
      assert.strictEqual(done.length, over.includes(state) ? 1 : 0, key)
      for (const event of events) {
        const cell = table[state][event]!
        go(cell.next, [...done, ...cell.actions])
      }
    }
    go("open", [])
    assert.strictEqual(new Set([...seen].map((key) => key.split(" ")[0])).size, states.length)
  })

  it("an end that was told as closed or lost stays so; both directions must end", () => {
    assert.strictEqual(table.closed.lose!.next, "closed")
    assert.strictEqual(table.lost.peerEnd!.next, "lost")
    assert.deepStrictEqual([table.open.end!.next, table.mine.peerEnd!.next], ["mine", "closed"])
    assert.deepStrictEqual([table.open.peerEnd!.next, table.theirs.end!.next], ["theirs", "closed"])
  })
})
