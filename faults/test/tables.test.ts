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
        ["a, threads", "2", "0", "2", "0", "0", "0", "0", "0", "0", "0"],
        ["b, threads", "2", "0", "0", "0", "0", "1", "1", "0", "0", "1"],
        ["a, processes", "1", "0", "1", "0", "0", "0", "0", "0", "0", "0"]
      ]
    )
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
