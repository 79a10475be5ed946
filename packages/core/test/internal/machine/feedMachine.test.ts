import { assert, describe, it } from "@effect/vitest"
import * as feed from "../../../src/internal/machine/feedMachine.ts"
import { problemsOf, reachable, walkPaths } from "../../support/walk.ts"

const { events, states, table } = feed

describe("the receiving end of a stream", () => {
  it("each cell is what the table says, and an absent one is a defect", () => {
    assert.deepStrictEqual(problemsOf(feed), [])
  })

  it("every state is reached", () => {
    assert.deepStrictEqual([...reachable(feed, "open")].toSorted(), [...states].toSorted())
  })

  it("the end is told after the producer has ended, and never to a consumer that has left: G13", () => {
    walkPaths(feed, "open", (state, done) => {
      if (done.includes("conclude")) assert.notStrictEqual(state, "open")
    })
    for (const event of events)
      assert.notInclude(table.stopped[event]?.actions ?? [], "conclude", `stopped, ${event}`)
  })

  it("elements are kept while the stream is open, and in no other state: G13", () => {
    for (const state of states)
      assert.strictEqual(table[state].arrive?.actions.includes("keep"), state === "open", state)
  })
})
