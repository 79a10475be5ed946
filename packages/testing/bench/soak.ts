// Schedules with faults over a pool and a supervisor, for a given time or number.
//
//   node scripts/run.mjs explore:soak                      10,000 schedules
//   node scripts/run.mjs explore:soak --seconds 60         as many as 60 seconds allow
//   node scripts/run.mjs explore:soak --schedules 100000   so many, in all
//   node scripts/run.mjs explore:soak --seed 7             others
//   node scripts/run.mjs explore:soak --docs               writes the results into docs/testing.md
//   node scripts/run.mjs explore:soak --json FILE          writes the numbers to a file
//
// Prints schedules per program and per second, fault × phase coverage, and the seed; on failure the schedule, and the line
// for its replay.
import { Coverage, Explore, Faults, Sometimes } from "@heddle/testing"
import process from "node:process"
import { parseArgs } from "node:util"
import { moments, pool, type Soak } from "../test/soak/pool.ts"
import { supervisor } from "../test/soak/supervisor.ts"
import { check } from "../test/soak/check.ts"
import { table, write, writeJson } from "./page.ts"

const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    schedules: { type: "string" },
    seed: { type: "string", default: "0" },
    program: { type: "string" },
    docs: { type: "boolean", default: false },
    json: { type: "string" }
  }
})
const number = (name: string, text: string): number => {
  const value = Number(text)
  if (text === "" || !Number.isFinite(value) || value < 0)
    throw new RangeError(`--${name}: a number, not "${text}"`)
  return value
}
const seed = number("seed", values.seed)
const seconds = values.seconds === undefined ? Infinity : number("seconds", values.seconds)
const most =
  values.schedules === undefined
    ? seconds === Infinity
      ? 10_000
      : Infinity
    : number("schedules", values.schedules)

/** Fewer schedules than these need not meet every fault. */
const enough = 2_000
const required = 0.9

const soak: Soak = { coverage: new Coverage.Coverage(Faults.menu), sometimes: Sometimes.make(...moments) }
const programs = { pool: pool(soak), supervisor: supervisor(soak) }
const names = Object.keys(programs) as Array<keyof typeof programs>
const isReplay = (process.env["HEDDLE_REPLAY"] ?? "") !== ""
const chosen = names.filter((name) => values.program === undefined || values.program === name)
if (chosen.length === 0) throw new RangeError(`--program: one of ${names.join(", ")}`)

/** How many schedules of one program are run before the other's turn. */
const stretch = 500

let done = 0
/** The totals of each program: its schedules, by realism, and the most fibers and operations of one schedule. */
const tallies = new Map(
  chosen.map((name) => [name, { adversarial: 0, fifo: 0, strands: 0, operations: 0, turns: 0 }])
)
const begin = performance.now()
const elapsed = () => (performance.now() - begin) / 1_000

/** `true` while all is well. */
const run = async (name: keyof typeof programs, round: number): Promise<boolean> => {
  const realism = round % 2 === 0 ? "adversarial" : "fifo"
  const report = await Explore.run(programs[name], {
    seed: seed + round * stretch,
    schedules: Math.min(stretch, most - done),
    ...(seconds === Infinity ? {} : { budget: Math.max(1, (seconds - elapsed()) * 1_000) }),
    realism,
    maxSteps: 20_000,
    shrinkRuns: 300,
    check
  })
  done += report.schedules
  const tally = tallies.get(name)!
  tally[realism] += report.schedules
  tally.strands = Math.max(tally.strands, report.size.strands)
  tally.operations = Math.max(tally.operations, report.size.operations)
  tally.turns = Math.max(tally.turns, report.size.steps)
  if (report.failure === undefined) return true
  const { log, message } = report.failure
  console.error(`${name}, seed ${seed}, after ${done} schedules:\n\n${message}\n`)
  console.error(`HEDDLE_REPLAY='${log}' node scripts/run.mjs explore:soak --program ${name}`)
  return false
}

let isClean = true
for (let round = 0; isClean && done < most && elapsed() < seconds; round++) {
  for (const name of chosen) isClean &&= done >= most || (await run(name, round))
  if (isReplay) break
}

/** A row for each program. */
const programTable = (): string => {
  const row = (name: string, schedules: number, rest: ReadonlyArray<number>) => [
    name,
    ...[schedules, ...rest].map((n) => n.toLocaleString("en"))
  ]
  const rows = [...tallies].map(([name, { adversarial, fifo, operations, strands, turns }]) =>
    row(name, adversarial + fifo, [adversarial, fifo, strands, operations, turns])
  )
  return table(
    ["program", "schedules", "adversarial", "fifo", "most strands", "most operations", "most turns"],
    rows
  )
}

if (!isReplay) {
  const { system, user } = process.cpuUsage()
  const perSecond = Math.round(done / ((system + user) / 1e6))
  const end = `${done.toLocaleString("en")} schedules, ${perSecond} per second of processor time, seed ${seed}: ${isClean ? "clean" : "not clean"}`
  const counts = [...soak.sometimes.counts].map(([moment, count]) => `${moment}: ${count}`)
  const met = [soak.coverage.format(), "", ...counts].join("\n")
  console.log(`${programTable()}\n\n${met}\n\n${end}`)
  if (done >= enough && values.program === undefined) {
    soak.coverage.require(required)
    soak.sometimes.assert()
  }
  if (values.docs) write("soak", `${end}.\n\n${programTable()}\n\n\`\`\`\n${met}\n\`\`\``)
  writeJson({
    node: process.version,
    seed,
    schedules: done,
    perSecond,
    isClean,
    programs: Object.fromEntries(tallies),
    coverage: soak.coverage.cells,
    moments: Object.fromEntries(soak.sometimes.counts)
  })
}
process.exitCode = isClean ? 0 : 1
