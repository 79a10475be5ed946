import { assert, describe, it } from "vitest"
import { link, makeStep, oneAtATime, type Table } from "../../src/internal/transition.ts"

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

describe("a linked table", () => {
  const loop: Table<"a" | "b", "go" | "stay", "bell"> = {
    a: { go: { next: "b", actions: ["bell"] }, stay: { next: "a", actions: [] } },
    b: { go: { next: "a", actions: [] } }
  }
  const linked = link(["a", "b"], ["go", "stay"], loop)

  it("leads from each state by each event to the same state as the table, with the same actions", () => {
    assert.strictEqual(linked.a.go.next, linked.b)
    assert.strictEqual(linked.a.go.actions, loop.a.go!.actions)
    assert.strictEqual(linked.a.stay.next, linked.a)
    assert.strictEqual(linked.b.go.next, linked.a)
  })

  it("has a cell without a next state where the table has none, and all states have one shape", () => {
    assert.deepStrictEqual(linked.b.stay, { event: "stay", next: undefined, actions: [] })
    assert.deepStrictEqual(Object.keys(linked.a), Object.keys(linked.b))
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
