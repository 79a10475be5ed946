import { assert, describe, it } from "vitest"
import type { Table } from "@heddle/core/StateTable"
import { link } from "../../src/internal/linkedTable.ts"

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
