// The chart of the page: one panel per workload, one bar per contender, the best first. Its own background goes with its
// text, so that it can be read on a light page and on a dark one.
import { type Row, show, unitNames } from "./report.ts"
import { better } from "./workloads/workload.ts"

const columns = 2
const panelWidth = 440
const gap = 24
const labelWidth = 132
const valueWidth = 64
const barHeight = 15
const barGap = 4
const titleHeight = 34
const barWidth = panelWidth - labelWidth - valueWidth

/** Bars that differ by more than this share no linear scale. */
const logFrom = 20

export interface Scale {
  readonly log: boolean
  /** Of a value, from 0 to 1. */
  readonly at: (value: number) => number
}

/** Linear from zero, or by powers of ten from the one below the least. */
export const scaleOf = (values: ReadonlyArray<number>): Scale => {
  const max = Math.max(...values)
  const least = Math.min(...values.filter((value) => value > 0))
  const clamp = (share: number): number => Math.min(1, Math.max(0, share))
  if (!Number.isFinite(least) || max / least <= logFrom) {
    return { log: false, at: (value) => clamp(value / (max > 0 ? max : 1)) }
  }
  const from = Math.floor(Math.log10(least))
  // Not at the power itself: its bar would have no length.
  const start = Math.log10(least) - from < 0.1 ? from - 1 : from
  return {
    log: true,
    at: (value) => (value <= 0 ? 0 : clamp((Math.log10(value) - start) / (Math.log10(max) - start)))
  }
}

const kindOf = (contender: string): "floor" | "own" | "peer" =>
  contender.startsWith("heddle") ? "own" : contender.startsWith("floor-") ? "floor" : "peer"

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

const fixed = (value: number): string => Number(value.toFixed(1)).toString()

const bar = (row: Row, scale: Scale, y: number): string => {
  const length = Math.max(1, scale.at(row.median) * barWidth)
  const middle = y + barHeight / 2
  const [from, to] = [row.min, row.max].map((value) => labelWidth + scale.at(value) * barWidth)
  const end = Math.max(labelWidth + length, to!)
  return [
    `<text class="label" x="${labelWidth - 8}" y="${fixed(middle + 4)}" text-anchor="end">${escape(row.contender)}</text>`,
    `<rect class="${kindOf(row.contender)}" x="${labelWidth}" y="${fixed(y)}" width="${fixed(length)}" height="${barHeight}" rx="2"/>`,
    `<line class="range" x1="${fixed(from!)}" x2="${fixed(to!)}" y1="${fixed(middle)}" y2="${fixed(middle)}"/>`,
    `<text class="value" x="${fixed(end + 6)}" y="${fixed(middle + 4)}">${show(row.median)}</text>`
  ].join("")
}

const panelHeight = (bars: number): number => titleHeight + bars * (barHeight + barGap)

const panel = (workload: string, rows: ReadonlyArray<Row>, x: number, y: number): string => {
  const { unit } = rows[0]!
  const direction = better(unit)
  const sorted = rows.toSorted((a, b) => (direction === "more" ? b.median - a.median : a.median - b.median))
  const scale = scaleOf(rows.flatMap(({ max, median, min }) => [min, median, max]))
  const about = `${unitNames[unit]}, ${direction} is better${scale.log ? ", log scale" : ""}`
  const bars = sorted.map((row, i) => bar(row, scale, titleHeight + i * (barHeight + barGap)))
  return [
    `<g transform="translate(${fixed(x)} ${fixed(y)})">`,
    `<text class="title" x="0" y="16">${escape(workload)} <tspan class="about">${escape(about)}</tspan></text>`,
    ...bars,
    "</g>"
  ].join("\n")
}

const style = `
  .back { fill: #ffffff } .title { fill: #1f2328; font-weight: 600; font-size: 14px } .about { fill: #656d76; font-weight: 400; font-size: 11px }
  .label, .value { fill: #424a53; font-size: 11px } .own { fill: #d9480f } .peer { fill: #8c98a8 }
  .floor { fill: none; stroke: #8c98a8; stroke-dasharray: 3 2 } .range { stroke: #1f2328; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    .back { fill: #1b1b1f } .title { fill: #e6edf3 } .about { fill: #9198a1 } .label, .value { fill: #c4ccd5 }
    .own { fill: #ff8a4c } .peer { fill: #6e7a8a } .floor { stroke: #8c98a8 } .range { stroke: #e6edf3 }
  }`

/** One panel for each of these workloads that was measured, as SVG. */
export const toChart = (rows: ReadonlyArray<Row>, workloads: ReadonlyArray<string>): string => {
  const heights = Array.from({ length: columns }, () => gap)
  const panels: Array<string> = []
  for (const workload of workloads) {
    const own = rows.filter((row) => row.workload === workload)
    if (own.length === 0) continue
    const column = heights.indexOf(Math.min(...heights))
    panels.push(panel(workload, own, gap + column * (panelWidth + gap), heights[column]!))
    heights[column]! += panelHeight(own.length) + gap
  }
  const width = gap + columns * (panelWidth + gap)
  const height = Math.max(...heights)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" role="img">`,
    "<title>What each contender does, workload by workload</title>",
    `<style>${style}\n</style>`,
    `<rect class="back" width="${width}" height="${height}" rx="8"/>`,
    ...panels,
    "</svg>",
    ""
  ].join("\n")
}
