// Rows as tables in Markdown, as the formatter leaves them.
import { faults } from "./catalogue.ts"
import { type Outcome, outcomes, type Row } from "./outcome.ts"
import { requirements } from "./rows.ts"
import type { SpawnRow } from "./spawns.ts"

const renderTable = (header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const lines = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")))
  const widths = header.map((_, column) => Math.max(3, ...lines.map((row) => row[column]!.length)))
  const line = (row: ReadonlyArray<string>): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`
  return [line(lines[0]!), line(widths.map((width) => "-".repeat(width))), ...lines.slice(1).map(line)].join(
    "\n"
  )
}

const unique = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> => [...new Set(values)]

const showMillis = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`)

const shown: Record<Outcome, string> = {
  value: "value",
  "typed-error": "typed",
  error: "error",
  "wrong-result": "**wrong result**",
  hang: "**hang**",
  "host-died": "**host died**",
  "left-behind": "**left behind**",
  "not-expressible": "n/a"
}

/** There is no time to tell. */
const timeless: ReadonlyArray<Outcome> = ["hang", "not-expressible"]

const toCell = (row: Row | undefined): string => {
  if (row === undefined) return ""
  const next = row.nextTaskOk === false ? ", **next failed**" : ""
  return `${shown[row.outcome]}${timeless.includes(row.outcome) ? "" : ` ${showMillis(row.ms)}`}${next}`
}

/** Fault by system. */
export const toMatrix = (rows: ReadonlyArray<Row>, transport: string): string => {
  const ours = rows.filter((row) => row.transport === transport)
  const systems = unique(ours.map(({ system }) => system))
  const tried = faults.filter(({ name }) => ours.some(({ fault }) => fault === name))
  return renderTable(
    ["fault", ...systems],
    tried.map(({ name, what }) => [
      what,
      ...systems.map((system) => toCell(ours.find((row) => row.fault === name && row.system === system)))
    ])
  )
}

/** How often each outcome occurred. */
export const toSummary = (rows: ReadonlyArray<Row>): string => {
  const names = unique(rows.map(({ system, transport }) => `${system}, ${transport}`))
  return renderTable(
    ["system", "faults", ...outcomes, "next task failed"],
    names.map((name) => {
      const ours = rows.filter(({ system, transport }) => `${system}, ${transport}` === name)
      const count = (outcome: Outcome): string => String(ours.filter((row) => row.outcome === outcome).length)
      const failed = ours.filter(({ nextTaskOk }) => nextTaskOk === false).length
      return [name, String(ours.length), ...outcomes.map(count), String(failed)]
    })
  )
}

export const toSpawnTable = (rows: ReadonlyArray<SpawnRow>): string =>
  renderTable(
    ["it throws", "transport", "spawns", "time", "the failure"],
    rows.map(({ failure, ms, spawns, transport, when }) => [
      when,
      transport,
      String(spawns),
      showMillis(ms),
      `\`${failure}\``
    ])
  )

/** Which faults inject which row. */
export const toRowTable = (): string =>
  renderTable(
    ["row", "inject", "Heddle answers", "trials"],
    requirements.map(({ answer, faults: names, inject, name }) => [
      name,
      inject,
      answer,
      names.map((fault) => `\`${fault}\``).join(", ")
    ])
  )
