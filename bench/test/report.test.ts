import { describe, expect, it } from "vitest"
import { contenders } from "../src/contenders/index.ts"
import { renderTable, replaceGenerated } from "../src/markdown.ts"
import { type Measured, ratioTo, type Row, toRow, toTable, toWorkloadTable } from "../src/report.ts"
import { advantage, median, quantile } from "../src/statistics.ts"
import { judge, type Target, targets } from "../src/targets.ts"
import { workloads } from "../src/workloads/index.ts"
import type { Unit } from "../src/workloads/workload.ts"

const round = (value: number, more: Partial<Measured> = {}): Measured => ({
  value,
  steady: true,
  share: 0.1,
  ...more
})

const row = (workload: string, contender: string, unit: Unit, values: ReadonlyArray<number>): Row =>
  toRow(
    { name: workload, unit, about: "" },
    contender,
    values.map((value) => round(value))
  )

describe("statistics", () => {
  it("the median of an even number of values lies between the middle two, in any order", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(median([9, 1, 5])).toBe(5)
  })

  it("a quantile lies between its neighbours, numbers are not sorted as text", () => {
    expect(quantile([10, 9, 100, 2], 0)).toBe(2)
    expect(quantile([10, 9, 100, 2], 1)).toBe(100)
    expect(
      quantile(
        Array.from({ length: 101 }, (_, i) => i),
        0.99
      )
    ).toBe(99)
  })

  it("an advantage is above 1 for more of what is wanted and for less of what is not", () => {
    expect(advantage([200, 300], [100, 100], "more")).toEqual({ median: 2.5, min: 2, max: 3 })
    expect(advantage([10, 20], [30, 30], "less")).toEqual({ median: 2.25, min: 1.5, max: 3 })
  })

  it("an advantage compares the rounds that both have, one by one", () => {
    expect(advantage([10, 1000], [10, 1000, 5], "more")).toEqual({ median: 1, min: 1, max: 1 })
    expect(advantage([1], [], "more")).toBeUndefined()
  })
})

describe("rows", () => {
  it("a row has the form of the JSON file", () => {
    const measured = [round(1234.4), round(2000.6, { steady: false, share: 0.45 })]
    expect(toRow({ name: "tiny-64", unit: "tasks/s", about: "" }, "heddle", measured)).toEqual({
      workload: "tiny-64",
      contender: "heddle",
      unit: "tasks/s",
      median: 1617.5,
      min: 1234,
      max: 2001,
      rounds: 2,
      values: [1234, 2001],
      share: 0.45,
      shares: [0.1, 0.45],
      unsteady: 1
    })
  })

  it("shares are absent where the system does not tell, tails where there are none", () => {
    const known = toRow({ name: "latency", unit: "us", about: "" }, "heddle", [
      { value: 17.123456, p99: 80, steady: true, share: null }
    ])
    expect(known).not.toHaveProperty("share")
    expect(known.values).toEqual([17.12])
    expect(known.p99).toEqual({ median: 80, min: 80, max: 80, values: [80] })
  })

  it("the ratio of times is the other way round than that of rates", () => {
    const rows = [
      row("latency", "heddle", "us", [10, 10]),
      row("latency", "piscina", "us", [20, 40]),
      row("tiny-64", "heddle", "tasks/s", [10, 10]),
      row("tiny-64", "piscina", "tasks/s", [20, 40])
    ]
    expect(ratioTo(rows, rows[1]!)?.median).toBe(3)
    expect(ratioTo(rows, rows[3]!)?.median).toBe(0.375)
    expect(ratioTo(rows, rows[0]!)).toBeUndefined()
  })

  it("there is no ratio to nothing", () => {
    const rows = [row("growth", "heddle", "MB", [0.1]), row("growth", "piscina", "MB", [-1])]
    expect(ratioTo(rows, rows[1]!)).toBeUndefined()
  })
})

describe("tables", () => {
  const rows = [
    row("tiny-64", "heddle", "tasks/s", [100_000]),
    row("tiny-64", "piscina", "tasks/s", [25_000])
  ]

  it("a table says by how much heddle is better", () => {
    expect(toTable(rows)).toContain("4.00 (4.00–4.00)")
    expect(toTable(rows)).toContain("100,000–100,000")
    expect(toWorkloadTable(rows, "tiny-64").split("\n")).toHaveLength(4)
  })

  it("columns are aligned, and a bar in a cell does not end it", () => {
    expect(renderTable(["a", "bcde"], 1, [["x|y", "1"]])).toBe(
      ["| a    | bcde |", "| ---- | ---: |", "| x\\|y |    1 |"].join("\n")
    )
  })

  it("only what is between the markers is replaced", () => {
    const page = "before\n<!-- generated:one -->\nold\n<!-- /generated -->\nafter\n"
    const once = replaceGenerated(page, "one", "new")
    expect(once).toBe("before\n<!-- generated:one -->\n\nnew\n\n<!-- /generated -->\nafter\n")
    expect(replaceGenerated(once, "one", "new")).toBe(once)
    expect(() => replaceGenerated(page, "two", "new")).toThrow("generated:two")
  })
})

describe("targets", () => {
  const target: Target = { workload: "tiny-64", what: "", against: ["piscina*"], ratio: 4 }

  it("a rate is held against the best of those that are named, and wants to be at least so many times it", () => {
    const rows = [
      row("tiny-64", "heddle", "tasks/s", [500, 600]),
      row("tiny-64", "piscina", "tasks/s", [10, 10]),
      row("tiny-64", "piscina-64", "tasks/s", [100, 100]),
      row("tiny-64", "floor-port", "tasks/s", [1000, 1000])
    ]
    expect(judge(rows, target)).toMatchObject({ best: "piscina-64", ratio: 5.5, met: true })
    expect(judge(rows, { ...target, ratio: 6 })).toMatchObject({ met: false })
  })

  it("a time wants to be at most so many times the best one", () => {
    const rows = [
      row("stuck", "heddle", "ms", [45]),
      row("stuck", "piscina", "ms", [40]),
      row("stuck", "piscina-64", "ms", [30])
    ]
    const wanted = { ...target, workload: "stuck", ratio: 1.5 }
    expect(judge(rows, wanted)).toMatchObject({ best: "piscina-64", ratio: 1.5, met: true })
    expect(judge(rows, { ...wanted, ratio: 1.4 })).toMatchObject({ met: false })
  })

  it("a figure that is a ratio by itself is held against nobody", () => {
    const wanted: Target = { workload: "queue", what: "1,000 that wait", against: [], ratio: 2 }
    const rows = [row("queue", "heddle", "cost", [3, 1.5, 1.8]), row("queue", "piscina", "cost", [1])]
    expect(judge(rows, wanted)).toMatchObject({ best: undefined, ratio: 1.8, met: true })
    expect(judge(rows, { ...wanted, ratio: 1.7 })).toMatchObject({ met: false })
  })

  it("a variant of ours is held against where it is named, and nowhere else", () => {
    const rows = [
      row("tiny-64", "heddle", "tasks/s", [98]),
      row("tiny-64", "heddle-no-wait", "tasks/s", [100]),
      row("tiny-64", "piscina", "tasks/s", [10])
    ]
    const named: Target = { ...target, against: ["heddle-no-wait"], ratio: 0.97 }
    expect(judge(rows, named)).toMatchObject({ best: "heddle-no-wait", ratio: 0.98, met: true })
    expect(judge(rows, target)).toMatchObject({ best: "piscina" })
  })

  it("a variant of ours may be held against ours, as a round trip through a channel against a task", () => {
    const found = targets.find(({ ours, workload }) => workload === "latency" && ours === "heddle-channel")!
    const rows = [
      row("latency", "heddle", "us", [20, 40]),
      row("latency", "heddle-channel", "us", [26, 50]),
      row("latency", "floor-port", "us", [10, 10])
    ]
    expect(judge(rows, found)).toMatchObject({ best: "heddle", ratio: 1.275, met: true })
  })

  it("each target names a workload, contenders that do it, and one of ours that does it", () => {
    const does = (workload: string, isMeant: (contender: string) => boolean) =>
      contenders.some(({ name, workloads: claimed }) => isMeant(name) && claimed.includes(workload))
    const unit = (workload: string) => workloads.find(({ name }) => name === workload)?.unit
    for (const wanted of targets) {
      const { against, at, ours = "heddle", workload } = wanted
      expect(unit(workload), workload).toBeDefined()
      expect(
        does(workload, (name) => name === ours),
        `${ours} at ${workload}`
      ).toBe(true)
      // Streams of Effect's RPC go one way.
      if (against.length === 0 || against.includes("effect-rpc")) continue
      const rows = [
        { name: ours, workload },
        ...contenders.map(({ name }) => ({ name, workload: at ?? workload }))
      ]
        .filter(({ name, workload: where }) => does(where, (other) => other === name))
        .map(({ name, workload: where }) => row(where, name, unit(workload)!, [1]))
      expect(judge(rows, wanted), `${workload} against ${against.join(", ")}`).toBeDefined()
    }
  })

  it("what was not measured is not judged", () => {
    expect(judge([row("tiny-64", "heddle", "tasks/s", [1])], target)).toBeUndefined()
  })
})
