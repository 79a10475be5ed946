// `node scripts/run.mjs faults [--quick] [--fault NAME]… [--system NAME]… [--jobs N] [--json FILE]`, and
// `faults --docs FILE`, which writes the generated parts of docs/reliability.md. README.md says how to read it.
import { readFileSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import process from "node:process"
import { parseArgs } from "node:util"
import { type Fault, faults } from "./catalogue.ts"
import { writeDocument } from "./document.ts"
import { tryFault } from "./host.ts"
import type { Row } from "./outcome.ts"
import { measureSpawns, type SpawnRow } from "./spawns.ts"
import type { System } from "./system.ts"
import { systems } from "./systems/index.ts"
import { toMatrix, toSpawnTable, toSummary } from "./tables.ts"

const { values: args } = parseArgs({
  // The package manager may pass the separator on.
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    docs: { type: "string" },
    jobs: { type: "string" },
    fault: { type: "string", multiple: true },
    system: { type: "string", multiple: true }
  }
})

type Trial = readonly [Fault, System]

/** A start may use up its whole time-out of ten seconds before it fails. */
const patienceOf = ({ deed }: Fault): number =>
  args.quick ? (deed._tag === "start" ? 15_000 : 5000) : 30_000

/** In a quick run each peer takes part on threads alone, where it is at home. */
const trials = (): ReadonlyArray<Trial> =>
  faults
    .filter(({ name }) => args.fault === undefined || args.fault.includes(name))
    .flatMap((fault) =>
      systems
        .filter(({ name }) => args.system === undefined || args.system.includes(name))
        .filter(({ transport }) => fault.on === undefined || fault.on === transport)
        .filter(({ name, transport }) => !args.quick || name === "heddle" || transport === "threads")
        .map((system): Trial => [fault, system])
    )

const attempt = async ([fault, system]: Trial): Promise<Row> => {
  const row = await tryFault(system, fault, patienceOf(fault))
  const next = row.nextTaskOk === null ? "" : row.nextTaskOk ? "next fine" : "NEXT FAILED"
  const cells = [row.fault.padEnd(24), `${row.system} ${row.transport}`.padEnd(22), row.outcome.padEnd(12)]
  process.stderr.write(
    `${cells.join(" ")} ${String(row.ms).padStart(6)} ms  ${next.padEnd(11)} ${row.detail}\n`
  )
  return row
}

const runAll = async (all: ReadonlyArray<Trial>, jobs: number): Promise<ReadonlyArray<Row>> => {
  const rows: Array<Row> = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let at = next++; at < all.length; at = next++) rows[at] = await attempt(all[at]!)
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return rows
}

const main = async (): Promise<void> => {
  const all = trials()
  if (all.length === 0) throw new Error("nothing to do: no such fault, or no such system")
  const rows = await runAll(all, Number(args.jobs ?? availableParallelism()))
  const spawns: ReadonlyArray<SpawnRow> = args.fault === undefined ? await measureSpawns() : []
  if (args.json !== undefined) writeFileSync(args.json, `${JSON.stringify(rows, undefined, 2)}\n`)
  const matrices = (["threads", "processes"] as const).map(
    (transport) => `${transport}\n\n${toMatrix(rows, transport)}`
  )
  process.stdout.write(`\n${[...matrices, toSummary(rows), toSpawnTable(spawns)].join("\n\n")}\n`)
  const failed = rows.filter(({ outcome, system }) => system === "heddle" && isBroken(outcome))
  for (const { fault, outcome, transport } of failed)
    process.stderr.write(`heddle ${transport}: ${fault}: ${outcome}\n`)
  if (failed.length > 0) process.exitCode = 1
}

/** What no fault may lead to. */
const isBroken = (outcome: Row["outcome"]): boolean =>
  outcome === "hang" || outcome === "host-died" || outcome === "left-behind"

if (args.docs === undefined) await main()
else writeDocument(JSON.parse(readFileSync(args.docs, "utf8")) as ReadonlyArray<Row>, await measureSpawns())
