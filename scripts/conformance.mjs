#!/usr/bin/env node
// Which case of the conformance suite runs on which transport: registers them all with the harness of each, without running
// any. `scripts/generate-tables.mjs` puts the report into docs/transports.md.
//
//   node scripts/conformance.mjs     prints every case, and where it runs
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { renderTable } from "./markdown-table.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const load = (path) => import(pathToFileURL(join(root, path)).href)

/** Of one suite and some harnesses: for each group its cases, and for each case the names of the transports that run it. */
export const reportOf = (suite, harnesses) =>
  Object.entries(suite.groups).map(([group, cases]) => {
    const registered = harnesses.map((harness) => {
      const names = new Set()
      suite.register({ harness, cases, test: (name) => names.add(name) })
      return [harness.name, names]
    })
    return {
      group,
      cases: cases.map(({ name, needs = [] }) => ({
        name,
        needs,
        runsOn: registered.filter(([, names]) => names.has(name)).map(([transport]) => transport)
      }))
    }
  })

/** What is wrong with a report, as lines. */
export const problemsOf = ({ report, transports }) => [
  ...report.filter(({ cases }) => cases.length === 0).map(({ group }) => `group ${group} has no case`),
  ...report.flatMap(({ cases, group }) =>
    cases.filter(({ runsOn }) => runsOn.length === 0).map(({ name }) => `${group}: nothing runs "${name}"`)
  ),
  ...(new Set(transports).size === transports.length ? [] : ["two transports have one name"])
]

const runningOn = (cases, transport) => cases.filter(({ runsOn }) => runsOn.includes(transport)).length

/** Counts per group, and the cases that do not run everywhere. */
export const renderReport = ({ report, transports }) => {
  const all = { group: "all", cases: report.flatMap(({ cases }) => cases) }
  const counts = renderTable(
    ["group", "cases", ...transports],
    [...report, all].map(({ cases, group }) => [
      group,
      String(cases.length),
      ...transports.map((transport) => String(runningOn(cases, transport)))
    ])
  )
  const partial = all.cases.filter(({ runsOn }) => runsOn.length < transports.length)
  const exceptions = renderTable(
    ["a case that does not run everywhere", "it needs", ...transports],
    partial.map(({ name, needs, runsOn }) => [
      name,
      needs.map((need) => `\`${need}\``).join(", "),
      ...transports.map((transport) => (runsOn.includes(transport) ? "yes" : "no"))
    ])
  )
  return partial.length === 0 ? counts : `${counts}\n\n${exceptions}`
}

const { threads } = await load("packages/node-workers/test/support/threadsHarness.ts")
const { processes } = await load("packages/node-workers/test/support/processesHarness.ts")
const { simulated } = await load("packages/testing/test/support/simulatedHarness.ts")
const harnesses = [threads, processes, simulated()]

export const transports = harnesses.map(({ name }) => name)

export const report = reportOf(
  await load("packages/testing/src/conformance/TransportConformance.ts"),
  harnesses
)

if (import.meta.main) {
  for (const { cases, group } of report) {
    console.log(group)
    for (const { name, runsOn } of cases)
      console.log(`  ${transports.map((on) => (runsOn.includes(on) ? "+" : "-")).join("")} ${name}`)
  }
  console.log(
    `\n+ runs, - does not, in this order: ${transports.join(", ")}\n\n${renderReport({ report, transports })}`
  )
}
