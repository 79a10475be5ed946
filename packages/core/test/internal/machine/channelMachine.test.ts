import { assert, describe, it } from "@effect/vitest"
import {
  type ChannelAction,
  type ChannelState,
  events,
  states,
  step,
  table
} from "../../../src/internal/machine/channelMachine.ts"
import { IllegalTransition } from "../../../src/internal/machine/transition.ts"

const walk = (visit: (state: ChannelState, done: ReadonlyArray<ChannelAction>) => void): void => {
  const seen = new Set<string>()
  const go = (state: ChannelState, done: ReadonlyArray<ChannelAction>): void => {
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

describe("the life of a channel", () => {
  it("each cell is what the table says, and an absent one is a defect", () => {
    for (const state of states) {
      for (const event of events) {
        const cell = table[state][event]
        if (cell === undefined) assert.throws(() => step(state, event), IllegalTransition)
        else assert.strictEqual(step(state, event), cell)
      }
    }
  })

  it("senders and receivers are told once each, senders first: G15", () => {
    walk((state, done) => {
      const count = (action: ChannelAction) => done.filter((each) => each === action).length
      assert.strictEqual(count("refuse"), state === "open" ? 0 : 1)
      assert.strictEqual(count("finish"), state === "over" ? 1 : 0)
      if (state === "over") assert.isBelow(done.indexOf("refuse"), done.indexOf("finish"))
    })
  })

  it("every state can be reached, and a scope may close in each", () => {
    const reached = new Set<ChannelState>()
    walk((state) => reached.add(state))
    assert.deepStrictEqual([...reached].toSorted(), [...states].toSorted())
    for (const state of states) assert.isDefined(table[state].close)
  })
})
