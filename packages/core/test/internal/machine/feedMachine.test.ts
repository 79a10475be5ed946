import { assert, describe, it } from "@effect/vitest"
import {
  events,
  type FeedAction,
  type FeedState,
  states,
  step,
  table
} from "../../../src/internal/machine/feedMachine.ts"
import { IllegalTransition } from "../../../src/internal/machine/transition.ts"

/** Visits every state with everything that was done on the way there, until nothing new is reached. */
const walk = (visit: (state: FeedState, done: ReadonlyArray<FeedAction>) => void): void => {
  const seen = new Set<string>()
  const go = (state: FeedState, done: ReadonlyArray<FeedAction>): void => {
    const key = `${state} ${done.join()}`
    if (seen.has(key) || done.length > 6) return
    seen.add(key)
    visit(state, done)
    for (const event of events) {
      const cell = table[state][event]
      if (cell !== undefined) go(cell.next, [...done, ...cell.actions])
    }
  }
  go("open", [])
}

describe("the receiving end of a stream", () => {
  it("each cell is what the table says, and an absent one is a defect", () => {
    for (const state of states) {
      for (const event of events) {
        const cell = table[state][event]
        if (cell === undefined) assert.throws(() => step(state, event), IllegalTransition)
        else assert.strictEqual(step(state, event), cell)
      }
    }
  })

  it("every state is reached", () => {
    const reached = new Set<FeedState>()
    walk((state) => reached.add(state))
    assert.deepStrictEqual([...reached].toSorted(), [...states].toSorted())
  })

  it("the end is told after the producer has ended, and never to a consumer that has left: G13", () => {
    walk((state, done) => {
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
