import { describe, expect, it } from "vitest"
import { scaleOf, toChart } from "../src/chart.ts"
import { type Row, toRow } from "../src/report.ts"
import type { Unit } from "../src/workloads/workload.ts"

const row = (workload: string, contender: string, unit: Unit, value: number): Row =>
  toRow({ name: workload, unit, about: "" }, contender, [{ value, steady: true, share: null }])

const widths = (svg: string): ReadonlyArray<number> =>
  Array.from(svg.matchAll(/<rect class="(?:own|peer|floor)"[^>]* width="([\d.]+)"/g), ([, width]) =>
    Number(width)
  )

const labels = (svg: string): ReadonlyArray<string | undefined> =>
  Array.from(svg.matchAll(/class="label"[^>]*>([^<]+)</g), ([, name]) => name)

describe("the scale of a panel", () => {
  it("is linear from zero where bars can be compared by eye", () => {
    const scale = scaleOf([5, 10])
    expect(scale).toMatchObject({ log: false })
    expect([0, 5, 10].map(scale.at)).toEqual([0, 0.5, 1])
  })

  it("goes by powers of ten where they differ by more, and no bar vanishes", () => {
    const scale = scaleOf([1000, 1_000_000])
    expect(scale.log).toBe(true)
    expect(scale.at(1_000_000)).toBe(1)
    expect(scale.at(1000)).toBeCloseTo(0.25)
    expect(scale.at(0)).toBe(0)
  })

  it("stands values of zero and below", () => {
    expect(scaleOf([0, -1]).at(0)).toBe(0)
    expect(scaleOf([0, 10]).at(10)).toBe(1)
  })
})

describe("the chart", () => {
  const rows = [
    row("tiny-64", "piscina", "tasks/s", 40),
    row("tiny-64", "heddle", "tasks/s", 400),
    row("latency", "piscina", "us", 17),
    row("latency", "floor-port", "us", 40),
    row("latency", "heddle", "us", 12)
  ]

  it("has the best at the top, whether that is the most or the least", () => {
    const svg = toChart(rows, ["tiny-64", "latency"])
    expect(labels(svg)).toEqual(["heddle", "piscina", "heddle", "piscina", "floor-port"])
    expect(widths(svg)[0]).toBeGreaterThan(widths(svg)[1]!)
    expect(widths(svg)[2]).toBeLessThan(widths(svg)[4]!)
  })

  it("leaves out what was not measured", () => {
    expect(toChart(rows, ["map", "latency"])).not.toContain(">map ")
    expect(labels(toChart(rows, ["map"]))).toEqual([])
  })

  it("is well-formed: every element is closed, no text breaks out", () => {
    const svg = toChart([row("tiny-64", "a<b&c", "tasks/s", 1)], ["tiny-64"])
    expect(svg).toContain("a&lt;b&amp;c")
    const opened = svg.match(/<(?:g|text|tspan|title|style|svg)\b/g)?.length
    expect(svg.match(/<\/(?:g|text|tspan|title|style|svg)>/g)?.length).toBe(opened)
  })

  it("has colours for light pages and for dark ones", () => {
    expect(toChart(rows, ["latency"])).toContain("prefers-color-scheme: dark")
  })
})
