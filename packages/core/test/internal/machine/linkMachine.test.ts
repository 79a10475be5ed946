import { assert, describe, it } from "@effect/vitest"
import * as link from "../../../src/internal/machine/linkMachine.ts"
import { cellsOf, problemsOf, reachable, walkPaths } from "../../support/walk.ts"

const { events, states, table } = link

describe("the life of an end of a pipe", () => {
  it("each cell is what the table says, and every event has a cell in every state", () => {
    assert.deepStrictEqual(problemsOf(link), [])
    assert.strictEqual(cellsOf(link).length, states.length * events.length)
  })

  it("exactly one end is told, on every path: G15", () => {
    const over: ReadonlyArray<link.LinkState> = ["closed", "lost", "moved"]
    walkPaths(link, "open", (state, done) => {
      assert.strictEqual(done.length, over.includes(state) ? 1 : 0, state)
    })
    assert.deepStrictEqual([...reachable(link, "open")].toSorted(), [...states].toSorted())
  })

  it("an end that was told as closed or lost stays so; both directions must end", () => {
    assert.strictEqual(table.closed.lose!.next, "closed")
    assert.strictEqual(table.lost.peerEnd!.next, "lost")
    assert.deepStrictEqual([table.open.end!.next, table.mine.peerEnd!.next], ["mine", "closed"])
    assert.deepStrictEqual([table.open.peerEnd!.next, table.theirs.end!.next], ["theirs", "closed"])
  })
})
