import { assert, describe, it } from "@effect/vitest"
import * as channel from "../../../src/internal/machine/channelMachine.ts"
import { problemsOf, reachable, walkPaths } from "../../support/walk.ts"

const { states, table } = channel

describe("the life of a channel", () => {
  it("each cell is what the table says, and an absent one is a defect", () => {
    assert.deepStrictEqual(problemsOf(channel), [])
  })

  it("senders and receivers are told once each, senders first: G15", () => {
    walkPaths(channel, "open", (state, done) => {
      const count = (action: channel.ChannelAction) => done.filter((each) => each === action).length
      assert.strictEqual(count("refuse"), state === "open" ? 0 : 1)
      assert.strictEqual(count("finish"), state === "over" ? 1 : 0)
      if (state === "over") assert.isBelow(done.indexOf("refuse"), done.indexOf("finish"))
    })
  })

  it("every state can be reached, and a scope may close in each", () => {
    assert.deepStrictEqual([...reachable(channel, "open")].toSorted(), [...states].toSorted())
    for (const state of states) assert.isDefined(table[state].close)
  })
})
