import { describe, expect, it } from "vitest"
import { asks } from "../src/contenders/contender.ts"
import { contenders } from "../src/contenders/index.ts"
import { brief, cellsOf, quick, timingWithin, within } from "../src/plan.ts"
import { experiments, workloads } from "../src/workloads/index.ts"
import { toPage } from "../src/document.ts"
import { toRow } from "../src/report.ts"

const all = { quick: false, smoke: false, workloads: undefined, contenders: undefined }
const cells = (choice: Partial<typeof all> & object = {}) =>
  cellsOf(experiments, contenders, { ...all, ...choice })

describe("the cells of a run", () => {
  it("every workload that a contender claims exists, and every workload has a contender", () => {
    const names = workloads.map(({ name }) => name)
    const claimed = new Set(contenders.flatMap((contender) => contender.workloads))
    expect([...claimed].filter((name) => !names.includes(name))).toEqual([])
    expect(names.filter((name) => !claimed.has(name))).toEqual([])
  })

  it("names are unique", () => {
    for (const names of [workloads.map(({ name }) => name), contenders.map(({ name }) => name)]) {
      expect(new Set(names).size).toBe(names.length)
    }
  })

  it("the quick run has these workloads, and heddle in each", () => {
    const run = cells({ quick: true })
    expect([
      ...new Set(run.flatMap(({ experiment }) => experiment.workloads.map(({ name }) => name)))
    ]).toEqual(["tiny-1", "latency", "tiny-64", "tiny-1024", "tiny-burst", "map", "map-typed"])
    for (const { experiment } of run) {
      const names = run
        .filter((cell) => cell.experiment === experiment)
        .map(({ contender }) => contender.name)
      expect(names).toContain("heddle")
    }
  })

  it("a quick run that measures nothing has the streams too, over every way that heddle has", () => {
    const run = cells({ quick: true, smoke: true })
    const claimed = (contender: string) =>
      run
        .filter((cell) => cell.contender.name === contender)
        .flatMap(({ experiment }) => experiment.workloads.map(({ name }) => name))
    const streams = [...asks.streams, ...asks.streamMemory]
    expect(claimed("heddle")).toEqual(expect.arrayContaining([...streams, ...asks.roundTrip, "map"]))
    expect(claimed("heddle-channel")).toEqual([...asks.roundTrip, ...streams])
    expect(claimed("heddle-pipe")).toEqual(asks.roundTrip)
    expect(claimed("heddle")).not.toContain("start")
  })

  it("a name that nothing has is refused, with those that there are", () => {
    expect(() => cellsOf(experiments, contenders, { ...all, workloads: ["tiny-65"] })).toThrow("tiny-64")
    expect(() => cellsOf(experiments, contenders, { ...all, contenders: ["heddel"] })).toThrow("heddle")
    expect(() => cellsOf(experiments, contenders, { ...all, quick: true, workloads: ["memory"] })).toThrow(
      "memory"
    )
  })

  it("a contender that is named takes part in a quick run that leaves it out otherwise", () => {
    const named = cellsOf(experiments, contenders, {
      quick: true,
      smoke: false,
      workloads: ["map"],
      contenders: ["workerpool-chunked"]
    })
    expect(named.map(({ contender }) => contender.name)).toEqual(["workerpool-chunked"])
  })

  it("what is left of the time is split, never below what measures something, never above the plan", () => {
    expect(timingWithin(quick.timing, 1000)).toMatchObject({ warmUp: 550, measure: 450 })
    expect(timingWithin(quick.timing, Infinity)).toEqual(quick.timing)
    expect(timingWithin(quick.timing, -50).measure).toBeGreaterThan(100)
  })

  it("a plan may have more time, or less; no time is a mistake", () => {
    expect(within(brief, "45")).toEqual({ ...brief, budget: 2_700_000 })
    for (const minutes of ["0", "-1", "", "soon"]) expect(() => within(brief, minutes)).toThrow(/--minutes/)
  })
})

describe("the page", () => {
  it("keeps its prose, and has a table for each workload that was measured", () => {
    const parts = ["run", "contenders", "targets", "tables"]
    const empty = parts.map((name) => `${name}:\n<!-- generated:${name} -->\n<!-- /generated -->`).join("\n")
    const rows = ["heddle", "piscina"].map((contender, i) =>
      toRow(workloads[0]!, contender, [{ value: 100 - i, steady: true, share: 0.5 }])
    )
    const page = toPage(empty, rows)
    expect(page).toContain("### tiny-1\n")
    expect(page).not.toContain("### map")
    expect(page).toContain("- `piscina`: ")
    expect(page).toContain("30 % of the cores in 2 of 2 measurements")
    for (const name of parts) expect(page).toContain(`${name}:\n`)
    expect(toPage(page, rows)).toBe(page)
  })
})
