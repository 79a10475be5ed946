// From a file of results to the generated parts of docs/performance.md, and its chart. The prose around them stays.
import { readFileSync, writeFileSync } from "node:fs"
import { toChart } from "./chart.ts"
import { contenders } from "./contenders/index.ts"
import { replaceGenerated } from "./markdown.ts"
import { type Row, toWorkloadTable } from "./report.ts"
import { toTargetTable } from "./targets.ts"
import { workloads } from "./workloads/index.ts"

const docs = new URL("../../docs/", import.meta.url)
const page = new URL("performance.md", docs)
const chart = new URL("public/performance.svg", docs)

/** What the chart shows, in this order, as far as it was measured. */
const charted = [
  "tiny-64",
  "tiny-1024",
  "tiny-burst",
  "latency",
  "map",
  "map-typed",
  "cpu-10ms",
  "mixed",
  "stuck",
  "crash",
  "start",
  "memory"
]

/** The figures came from these versions: the bench pins them. */
const versions = (): ReadonlyMap<string, string> => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    readonly dependencies: Record<string, string>
    readonly devDependencies: Record<string, string>
  }
  return new Map(Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
}

const aboutRun = (rows: ReadonlyArray<Row>): string => {
  const rounds = rows.map((row) => row.rounds)
  const [least, most] = [Math.min(...rounds), Math.max(...rounds)]
  const shares = rows.flatMap(({ shares: some }) => (some ?? []).filter((share) => share !== null))
  const busy = shares.filter((share) => share > 0.3).length
  const packages = Array.from(versions())
    .filter(([name]) => !name.startsWith("@heddle/"))
    .map(([name, version]) => `${name} ${version}`)
  return [
    `The figures below: ${least === most ? least : `${least} to ${most}`} rounds of each, ${rows.length} rows, with ` +
      `${packages.join(", ")}.`,
    ...(shares.length === 0
      ? []
      : [
          `Other processes took more than 30 % of the cores in ${busy} of ${shares.length} measurements, repeats included.`
        ])
  ].join(" ")
}

const contenderList = (rows: ReadonlyArray<Row>): string =>
  contenders
    .filter(({ name }) => rows.some(({ contender }) => contender === name))
    .map(({ how, name }) => `- \`${name}\`: ${how}`)
    .join("\n")

const tables = (rows: ReadonlyArray<Row>): string =>
  workloads
    .filter(({ name }) => rows.some(({ workload }) => workload === name))
    .map(({ about, name }) => `### ${name}\n\n${about}\n\n${toWorkloadTable(rows, name)}`)
    .join("\n\n")

/** The page with its generated parts replaced. */
export const toPage = (text: string, rows: ReadonlyArray<Row>): string =>
  Object.entries({
    run: aboutRun(rows),
    contenders: contenderList(rows),
    targets: toTargetTable(rows),
    tables: tables(rows)
  }).reduce((before, [name, part]) => replaceGenerated(before, name, part), text)

export const writeDocument = (rows: ReadonlyArray<Row>): void => {
  writeFileSync(page, toPage(readFileSync(page, "utf8"), rows))
  writeFileSync(chart, toChart(rows, charted))
}
