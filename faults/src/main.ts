// `node scripts/run.mjs faults [--quick] [--trials N] [--fault NAME]… [--system NAME]… [--jobs N] [--json FILE]`, and
// `faults --docs FILE…`, which writes the generated parts of docs/reliability.md. README.md says how to read it.
import { readFileSync, writeFileSync } from "node:fs"
import process from "node:process"
import { type Fault, faults } from "./catalogue.ts"
import { writeDocument } from "./document.ts"
import { tryFault } from "./host.ts"
import { type Options, parse, Usage } from "./options.ts"
import { type Row, replaced } from "./outcome.ts"
import { isTriedAgain } from "./repeats.ts"
import { measureSpawns, type SpawnRow } from "./spawns.ts"
import type { System } from "./system.ts"
import { systems } from "./systems/index.ts"
import { toMatrix, toSpawnTable, toSummary } from "./tables.ts"

type Pair = readonly [Fault, System]

/** A start may use up its whole time-out of ten seconds before it fails. */
const patienceOf = ({ deed }: Fault, isQuick: boolean): number =>
  isQuick ? (deed._tag === "start" ? 15_000 : 5000) : 30_000

/** In a quick run each peer takes part on threads alone, where it is at home, unless asked for otherwise. */
const pairsOf = (options: Options): ReadonlyArray<Pair> =>
  faults
    .filter(({ name }) => options.faults?.includes(name) ?? true)
    .flatMap((fault) =>
      systems
        .filter(({ name }) => options.systems?.includes(name) ?? true)
        .filter(({ transport }) => (options.transport ?? transport) === transport)
        .filter(({ transport }) => fault.on === undefined || fault.on === transport)
        .filter(
          ({ name, transport }) =>
            !options.isQuick ||
            name === "heddle" ||
            transport === "threads" ||
            options.transport !== undefined
        )
        .map((system): Pair => [fault, system])
    )

/** On a busy machine a host may not get as far as the fault: that says nothing about the fault, and ends no run. */
const begun = async <A>(start: () => Promise<A>, left = 2): Promise<A> => {
  try {
    return await start()
  } catch (thrown) {
    if (left === 0) throw thrown
    return begun(start, left - 1)
  }
}

const attempt = async ([fault, system]: Pair, isQuick: boolean): Promise<Row> => {
  const row = await begun(() => tryFault(system, fault, patienceOf(fault, isQuick), isQuick))
  const next = row.nextTaskOk === null ? "" : row.nextTaskOk ? "next fine" : "NEXT FAILED"
  const cells = [row.fault.padEnd(26), `${row.system} ${row.transport}`.padEnd(22), row.outcome.padEnd(15)]
  process.stderr.write(
    `${cells.join(" ")} ${String(row.ms).padStart(6)} ms  ${next.padEnd(11)} ${row.detail}\n`
  )
  return row
}

/** A row for each trial. */
const runAll = async (
  all: ReadonlyArray<Pair>,
  { isQuick, jobs, repeats }: Options
): Promise<ReadonlyArray<Row>> => {
  const rows: Array<ReadonlyArray<Row>> = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let at = next++; at < all.length; at = next++) {
      const ours: Array<Row> = []
      rows[at] = ours
      const began = performance.now()
      while (isTriedAgain(all[at]![0], repeats, ours.length, performance.now() - began))
        ours.push(await attempt(all[at]!, isQuick))
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return rows.flat()
}

const main = async (options: Options): Promise<void> => {
  const all = pairsOf(options)
  if (all.length === 0) throw new Usage("nothing to do: that fault is not on that transport")
  const timed = await runAll(all, options)
  const rows = options.isUntimed ? timed.map((row) => ({ ...row, ms: null })) : timed
  const spawns: ReadonlyArray<SpawnRow> = options.faults === undefined ? await measureSpawns() : []
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`)
  const matrices = (["threads", "processes"] as const).map(
    (transport) => `${transport}\n\n${toMatrix(rows, transport)}`
  )
  process.stdout.write(`\n${[...matrices, toSummary(rows), toSpawnTable(spawns)].join("\n\n")}\n`)
  const failed = rows.filter(({ outcome, system }) => system === "heddle" && isBroken(outcome))
  for (const { fault, outcome, transport } of failed)
    process.stderr.write(`heddle ${transport}: ${fault}: ${outcome}\n`)
  if (failed.length > 0) process.exitCode = 1
}

const read = (file: string): ReadonlyArray<Row> =>
  JSON.parse(readFileSync(file, "utf8")) as ReadonlyArray<Row>

/** What no fault may lead to. */
const isBroken = (outcome: Row["outcome"]): boolean =>
  outcome === "hang" || outcome === "host-died" || outcome === "left-behind"

try {
  const options = parse(process.argv.slice(2))
  if (options.docs === undefined) await main(options)
  else writeDocument(options.docs.map(read).reduce(replaced), await measureSpawns())
} catch (thrown) {
  if (!(thrown instanceof Usage)) throw thrown
  const stream = thrown.isError ? process.stderr : process.stdout
  stream.write(`${thrown.text}\n`)
  process.exitCode = thrown.isError ? 2 : 0
}
