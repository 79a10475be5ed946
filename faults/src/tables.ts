// Rows as tables in Markdown, as the formatter leaves them.
import { faults } from "./catalogue.ts"
import { type Cell, cellsOf, type Outcome, outcomes, type Row, tallyOf } from "./outcome.ts"
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

/** Undefined where no trial was timed. */
const medianOf = (cell: Cell): number | undefined => {
  const times = cell.flatMap(({ ms }) => (ms === null ? [] : [ms])).toSorted((a, b) => a - b)
  return times[Math.floor((times.length - 1) / 2)]
}

const showOutcomes = (cell: Cell): string => {
  const tally = tallyOf(cell)
  const [outcome] = tally[0]!
  if (tally.length > 1) {
    const [first, ...others] = tally.map(([each, count]) => [shown[each], count] as const)
    return [
      `${first![0]} ${first![1]} of ${cell.length}`,
      ...others.map(([name, count]) => `${name} ${count}`)
    ].join(", ")
  }
  const median = timeless.includes(outcome) ? undefined : medianOf(cell)
  const time = median === undefined ? "" : ` ${showMillis(median)}`
  return `${shown[outcome]}${time}${cell.length > 1 ? ` × ${cell.length}` : ""}`
}

const showNext = (cell: Cell): string => {
  const failed = cell.filter(({ nextTaskOk }) => nextTaskOk === false).length
  if (failed === 0) return ""
  return failed === cell.length ? ", **next failed**" : `, **next failed** ${failed} of ${cell.length}`
}

const toCell = (cell: Cell | undefined): string =>
  cell === undefined ? "" : `${showOutcomes(cell)}${showNext(cell)}`

/** Fault by system. */
export const toMatrix = (rows: ReadonlyArray<Row>, transport: string): string => {
  const cells = cellsOf(rows.filter((row) => row.transport === transport))
  const systems = unique(cells.map(([{ system }]) => system))
  const tried = faults.filter(({ name }) => cells.some(([{ fault }]) => fault === name))
  return renderTable(
    ["fault", ...systems],
    tried.map(({ name, what }) => [
      what,
      ...systems.map((system) => toCell(cells.find(([row]) => row.fault === name && row.system === system)))
    ])
  )
}

/** How many faults always ended how, and how many not always alike. */
export const toSummary = (rows: ReadonlyArray<Row>): string => {
  const cells = cellsOf(rows)
  const nameOf = ([{ system, transport }]: Cell): string => `${system}, ${transport}`
  return renderTable(
    ["system", "faults", "trials", ...outcomes, "mixed", "next task failed"],
    unique(cells.map(nameOf)).map((name) => {
      const ours = cells.filter((cell) => nameOf(cell) === name)
      const tallies = ours.map(tallyOf)
      const alike = (outcome: Outcome): number =>
        tallies.filter((tally) => tally.length === 1 && tally[0]![0] === outcome).length
      const mixed = tallies.filter((tally) => tally.length > 1).length
      const failed = ours.filter((cell) => cell.some(({ nextTaskOk }) => nextTaskOk === false)).length
      const counts = [ours.length, ours.flat().length, ...outcomes.map(alike), mixed, failed]
      return [name, ...counts.map(String)]
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
