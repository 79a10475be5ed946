// The bench: `node scripts/run.mjs bench [--quick] [--json FILE] [--workload NAME]…`. README.md says how to read it.
import { execFile } from "node:child_process"
import { writeFileSync } from "node:fs"
import { availableParallelism, cpus } from "node:os"
import { fileURLToPath } from "node:url"
import { parseArgs, promisify } from "node:util"
import { contenders } from "./contenders.ts"
import { type Awake, cannotStayAwake, keepAwake } from "./cores.ts"
import type { Measured } from "./measure.ts"
import { legend, type Row, toRow, toTable } from "./report.ts"

interface Workload {
  readonly name: string
  readonly inFlight: number
  readonly awake: boolean
}

interface Plan {
  readonly rounds: number
  /** Rounds beyond these are left out when the time runs out. */
  readonly leastRounds: number
  readonly warmUpMillis: number
  readonly measureMillis: number
  /** Measurements that may be repeated, in all, because others took too much of the cores. */
  readonly repeats: number
  /** No round beyond the least begins that would end after this many milliseconds; no repeat after half of them. */
  readonly budget: number
}

const quick: Plan = {
  rounds: 5,
  leastRounds: 2,
  warmUpMillis: 800,
  measureMillis: 500,
  repeats: 8,
  budget: 75_000
}
const thorough: Plan = {
  rounds: 9,
  leastRounds: 9,
  warmUpMillis: 4000,
  measureMillis: 3000,
  repeats: 40,
  budget: Infinity
}

const tiny = (name: string, inFlight: number, awake = false): Workload => ({ name, inFlight, awake })
const quickWorkloads = [tiny("tiny-1", 1, true), tiny("tiny-64", 64), tiny("tiny-1024", 1024)]
/** The same round trips on cores that fall asleep between them. */
const workloads = [...quickWorkloads, tiny("tiny-1-asleep", 1)]

const busyShare = 0.3

const { values: args } = parseArgs({
  // The package manager may pass the separator on.
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    workload: { type: "string", multiple: true }
  }
})
const plan = args.quick ? quick : thorough
const chosen = (args.quick ? quickWorkloads : workloads).filter(
  ({ name }) => args.workload === undefined || args.workload.includes(name)
)
const known = (args.quick ? quickWorkloads : workloads).map(({ name }) => name).join(", ")
if (chosen.length === 0) throw new Error(`no such workload; there are ${known}`)

const script = fileURLToPath(new URL("./measure.ts", import.meta.url))
const run = promisify(execFile)
const began = performance.now()
const elapsed = (): number => performance.now() - began
let repeats = plan.repeats

const measureOnce = async (
  contender: string,
  { inFlight }: Workload,
  awake: Awake | undefined
): Promise<Measured> => {
  const { measureMillis, warmUpMillis } = plan
  const numbers = [inFlight, warmUpMillis, measureMillis, ...(awake?.pids ?? [])].map(String)
  const { stdout } = await run(process.execPath, [script, contender, ...numbers], { timeout: 120_000 })
  return JSON.parse(stdout) as Measured
}

/** Again, for as long as others are in the way and repeats are left; the quietest one counts. */
const measure = async (
  contender: string,
  workload: Workload,
  awake: Awake | undefined
): Promise<Measured> => {
  let best = await measureOnce(contender, workload, awake)
  while ((best.share ?? 0) > busyShare && repeats > 0 && elapsed() < plan.budget / 2) {
    repeats--
    const again = await measureOnce(contender, workload, awake)
    if ((again.share ?? 0) < (best.share ?? 0)) best = again
  }
  return best
}

const whyAsleep = cannotStayAwake()
const results = new Map<string, Array<Measured>>()
const resultsOf = (workload: string, contender: string): Array<Measured> => {
  const key = `${workload} ${contender}`
  const found = results.get(key) ?? []
  results.set(key, found)
  return found
}

const measureRound = async (): Promise<void> => {
  for (const workload of chosen) {
    const awake = workload.awake && whyAsleep === undefined ? keepAwake() : undefined
    try {
      for (const { name } of contenders) {
        resultsOf(workload.name, name).push(await measure(name, workload, awake))
      }
    } finally {
      awake?.end()
    }
  }
}

let longest = 0
for (let round = 0; round < plan.rounds; round++) {
  if (round >= plan.leastRounds && elapsed() + longest > plan.budget) break
  const from = elapsed()
  process.stderr.write(`round ${round + 1} of ${plan.rounds}\n`)
  await measureRound()
  longest = Math.max(longest, elapsed() - from)
}

const rows: ReadonlyArray<Row> = chosen.flatMap(({ name }) =>
  contenders.map((contender) => toRow(name, contender.name, resultsOf(name, contender.name)))
)
if (args.json !== undefined) writeFileSync(args.json, `${JSON.stringify(rows, undefined, 2)}\n`)

const disturbed = rows.some(({ share }) => share !== undefined && share > busyShare)
const notes = [
  `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}), ` +
    `${Math.round(elapsed() / 1000)} s, ${plan.repeats - repeats} measurements repeated.`,
  ...(whyAsleep === undefined ? [] : [`The cores were not kept awake for \`tiny-1\`: ${whyAsleep}.`]),
  ...(disturbed
    ? ["Others took more than 30 % of the cores in some rounds, repeats included: measure again."]
    : [])
]
process.stdout.write(`\n${toTable(rows)}\n\n${legend()}\n\n${notes.join("\n")}\n`)
