import { assert, describe, it } from "vitest"
import type { Row } from "../src/outcome.ts"
import { toMatrix, toSpawnTable, toSummary } from "../src/tables.ts"

const row = (system: string, fields: Partial<Row>): Row => ({
  fault: "exit",
  system,
  transport: "threads",
  outcome: "typed-error",
  ms: 12,
  nextTaskOk: true,
  detail: "",
  ...fields
})

const rows = [
  row("a", {}),
  row("b", { outcome: "hang", ms: 30_000, nextTaskOk: false }),
  row("a", { fault: "loop", ms: 1500 }),
  row("b", { fault: "loop", outcome: "host-died", nextTaskOk: null }),
  row("a", { transport: "processes" })
]

describe("tables", () => {
  it("show fault by system, in the order of the catalogue", () => {
    assert.strictEqual(
      toMatrix(rows.toReversed(), "threads").replaceAll(/ +/g, " "),
      [
        "| fault | b | a |",
        "| --------------------------- | ------------------------- | ----------- |",
        "| `process.exit(3)` in a task | **hang**, **next failed** | typed 12 ms |",
        "| `for (;;);`, time limit | **host died** 12 ms | typed 1.5 s |"
      ].join("\n")
    )
  })

  it("count each outcome per system and transport", () => {
    const lines = toSummary(rows).split("\n").slice(2)
    assert.deepStrictEqual(
      lines.map((line) =>
        line
          .split("|")
          .map((cell) => cell.trim())
          .slice(1, -1)
      ),
      [
        ["a, threads", "2", "2", "0", "2", "0", "0", "0", "0", "0", "0", "0", "0"],
        ["b, threads", "2", "2", "0", "0", "0", "0", "1", "1", "0", "0", "0", "1"],
        ["a, processes", "1", "1", "0", "1", "0", "0", "0", "0", "0", "0", "0", "0"]
      ]
    )
  })

  it("S230: say of a fault that was tried several times how often it ended how, and how often the next task failed", () => {
    const typed = row("a", {})
    const died = row("a", { outcome: "host-died", nextTaskOk: null })
    const cell = (...of: ReadonlyArray<Row>) =>
      toMatrix(of, "threads").split("\n").at(-1)!.split("|").at(-2)!.trim()
    assert.strictEqual(cell(typed, died, typed, typed, died), "typed 3 of 5, **host died** 2")
    assert.strictEqual(cell(typed, row("a", { ms: 30 }), row("a", { ms: 14 })), "typed 14 ms × 3")
    assert.strictEqual(cell(typed), "typed 12 ms")
    assert.strictEqual(cell(row("a", { ms: null }), row("a", { ms: null })), "typed × 2")
    assert.strictEqual(
      cell(typed, row("a", { nextTaskOk: false })),
      "typed 12 ms × 2, **next failed** 1 of 2"
    )
    const hang = row("a", { outcome: "hang", nextTaskOk: false })
    assert.strictEqual(cell(hang, hang), "**hang** × 2, **next failed**")
  })

  it("S230: count a fault that did not always end alike as mixed, and not as any outcome", () => {
    const line = toSummary([row("a", {}), row("a", { outcome: "host-died", nextTaskOk: null })]).split(
      "\n"
    )[2]!
    const cells = line.split("|").map((text) => text.trim())
    assert.deepStrictEqual(cells.slice(1, -1), ["a, threads", "1", "2", ...Array(8).fill("0"), "1", "0"])
  })

  it("are honest about what a system cannot say", () => {
    const table = toMatrix([row("a", { outcome: "not-expressible", nextTaskOk: null })], "threads")
    assert.match(table, /\| n\/a +\|/)
  })

  it("say how often a worker was spawned", () => {
    const table = toSpawnTable([
      { when: "always", transport: "threads", spawns: 5, ms: 900, failure: "SpawnFailed" }
    ])
    assert.match(table, /\| always +\| threads +\| 5 +\| 900 ms \| `SpawnFailed` \|/)
  })
})
