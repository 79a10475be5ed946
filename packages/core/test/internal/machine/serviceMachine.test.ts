import { assert, describe, it } from "@effect/vitest"
import * as service from "../../../src/internal/machine/serviceMachine.ts"
import { problemsOf, reachable, walkPaths } from "../../support/walk.ts"

const { states, step, table } = service

describe("the life of a service", () => {
  it("each cell is what the table says, and an absent one is a defect", () => {
    assert.deepStrictEqual(problemsOf(service), [])
  })

  it("the waiting calls are refused exactly once, when the service is over, and nobody waits for more: S288", () => {
    walkPaths(service, "starting", (state, done) => {
      const count = (action: service.ServiceAction) => done.filter((each) => each === action).length
      const isOver = state === "down" || state === "closed"
      assert.strictEqual(count("refuse"), isOver ? 1 : 0)
      assert.strictEqual(count("tellOver"), isOver ? 1 : 0)
    })
  })

  it("calls are handed out only while it serves, and each loss is decided once: S288, S289", () => {
    walkPaths(service, "starting", (state, done) => {
      if (done.at(-1) === "handOut") assert.strictEqual(state, "serving")
      if (done.at(-1) === "tellLost") assert.include(["lost", "starting"], state)
    })
    assert.deepStrictEqual(step("serving", "lose").actions, ["tellLost"])
  })

  it("every state can be reached, and the scope may close in each", () => {
    assert.deepStrictEqual([...reachable(service, "starting")].toSorted(), [...states].toSorted())
    for (const state of states) assert.isDefined(table[state].close)
    // A loss is decided at once, so that no worker can end in `lost`.
    for (const state of ["starting", "serving", "down", "closed"] as const)
      assert.isDefined(table[state].lose)
  })
})
