import { assert, describe, it } from "vitest"
import { makeStep, oneAtATime, type Table } from "../../src/internal/transition.ts"

describe("a step", () => {
  const door: Table<"open" | "shut", "push", "slam"> = {
    open: { push: { next: "shut", actions: ["slam"] } },
    shut: {}
  }

  it("finds the cell of the state and the event", () => {
    assert.strictEqual(makeStep("door", door)("open", "push"), door.open.push)
  })

  it("throws where the table has no cell, and names machine, state and event", () => {
    assert.throws(
      () => makeStep("door", door)("shut", "push"),
      'door: no transition for event "push" in state "shut"'
    )
  })
})

describe("events one at a time", () => {
  it("an event raised inside a step is taken after the step, in the order in which events were raised", () => {
    const log: Array<string> = []
    const raise = oneAtATime<string>((event) => {
      log.push(`${event} begins`)
      if (event === "a") {
        raise("b")
        raise("c")
      }
      if (event === "b") raise("d")
      log.push(`${event} ends`)
    })
    raise("a")
    assert.deepStrictEqual(
      log,
      ["a", "b", "c", "d"].flatMap((event) => [`${event} begins`, `${event} ends`])
    )
  })

  it("an event behind a step that throws is taken with the next event, before it", () => {
    const taken: Array<string> = []
    const raise = oneAtATime<string>((event) => {
      taken.push(event)
      if (event !== "bad") return
      raise("behind")
      throw new Error("a listener's defect")
    })
    assert.throws(() => raise("bad"), "a listener's defect")
    raise("next")
    assert.deepStrictEqual(taken, ["bad", "behind", "next"])
  })
})
