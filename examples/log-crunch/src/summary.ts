/** The report in words. */
import type { Report } from "./report.ts"
import type { ServiceTally } from "./tally.ts"
import { columns, integer, megabytes, perSecond, seconds } from "./words.ts"

/** Bad lines and paths that are listed; the others are only counted. */
const listed = 10

const byName = ([a]: readonly [string | number, unknown], [b]: readonly [string | number, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0

const classes = [2, 3, 4, 5]

const millis = (value: number): string =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)

const serviceRow = ([name, { latency, lines, statuses }]: readonly [string, ServiceTally]): Array<string> => [
  name,
  integer(lines),
  ...classes.map((first) => {
    const of = Array.from(statuses).filter(([status]) => Math.floor(status / 100) === first)
    return integer(of.reduce((sum, [, count]) => sum + count, 0))
  }),
  ...[0.5, 0.9, 0.99].map((q) => millis(latency.quantile(q))),
  millis(latency.max)
]

const statusesOf = ({ tally }: Report): string => {
  const all = new Map<number, number>()
  for (const { statuses } of tally.services.values())
    for (const [status, count] of statuses) all.set(status, (all.get(status) ?? 0) + count)
  return Array.from(all)
    .toSorted(byName)
    .map(([status, count]) => `${status} ×${integer(count)}`)
    .join("  ")
}

/** What was found, without times: the same text however many workers there were. */
export const findings = (report: Report): string => {
  const { badLines, firstBad, tally } = report
  const paths = Array.from(tally.paths).toSorted((a, b) => b[1] - a[1] || byName(a, b))
  return [
    ...columns([
      ["service", "lines", "2xx", "3xx", "4xx", "5xx", "p50 ms", "p90 ms", "p99 ms", "max ms"],
      ...Array.from(tally.services).toSorted(byName).map(serviceRow)
    ]),
    "",
    `statuses  ${statusesOf(report)}`,
    "",
    ...columns([
      ["top paths", "lines"],
      ...paths.slice(0, listed).map(([path, count]) => [path, integer(count)])
    ]),
    "",
    badLines === 0 ? "No bad lines." : `${integer(badLines)} bad ${badLines === 1 ? "line" : "lines"}:`,
    ...firstBad
      .slice(0, listed)
      .map(({ offset, reason, text }) => `  at byte ${offset}: ${reason}: ${JSON.stringify(text)}`),
    ...(badLines > listed ? [`  and ${integer(badLines - listed)} more`] : [])
  ].join("\n")
}

export const headline = (
  { bytes, tally }: Report,
  {
    millis: took,
    size,
    workers
  }: { readonly millis: number; readonly size: number; readonly workers: number }
): string =>
  `${bytes < size ? `Stopped after ${megabytes(bytes)} of ${megabytes(size)}` : megabytes(bytes)}, ${integer(tally.lines)} lines in ` +
  `${seconds(took)} on ${workers} ${workers === 1 ? "worker" : "workers"}: ${perSecond(bytes, took).toFixed(0)} MB/s.`
