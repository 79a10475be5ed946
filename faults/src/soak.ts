// `node scripts/run.mjs soak [--seconds 600] [--seed N] [--transport threads | processes] [--json FILE]`: random faults at full
// load, half of the time on threads and half on processes, each in a process of its own. Exits with 1 on any problem.
import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import type { Transport } from "./system.ts"
import { soak, type SoakReport } from "./soakRun.ts"

const { values: args } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    seconds: { type: "string", default: "600" },
    seed: { type: "string" },
    transport: { type: "string" },
    json: { type: "string" },
    /** Within the process of one transport. */
    inner: { type: "boolean", default: false }
  }
})

const size = Math.max(2, Math.min(4, availableParallelism()))

/** Beyond the time of the soak itself: to start, to close, and for the last calls to settle. */
const slack = 120_000

/** A check of V8 that thousands of threads in one process may fail: see docs/transports.md. It is not what is soaked. */
const faultOfV8 = /Check failed: jit_page\.has_value\(\)/

/** The report goes to standard output as the last line. */
const inChild = (transport: Transport, seed: number, seconds: number, attempts = 3): SoakReport | string => {
  const flags = ["--no-warnings", "--expose-gc", "--no-memory-protection-keys", "--no-sparkplug"]
  const options = ["--inner", "--transport", transport, "--seed", String(seed), "--seconds", String(seconds)]
  const { error, signal, status, stderr, stdout } = spawnSync(
    process.execPath,
    [...flags, fileURLToPath(import.meta.url), ...options],
    { encoding: "utf8", timeout: seconds * 1000 + slack, killSignal: "SIGKILL", maxBuffer: 2 ** 26 }
  )
  if (status === 0) return JSON.parse(stdout.trim().split("\n").at(-1)!) as SoakReport
  if (faultOfV8.test(stderr) && attempts > 1) {
    process.stderr.write(`${transport}: V8 aborted at its own check (nodejs/node#64500); once more\n`)
    return inChild(transport, seed, seconds, attempts - 1)
  }
  const how = error?.message ?? signal ?? `exit code ${status}`
  return `${transport}: PROBLEM   the host ended with ${how}, seed ${seed}:\n${stderr.slice(-4000)}`
}

const show = (report: SoakReport): string => {
  const { after, before, calls, endings, problems, seconds, seed, slowest, transport, workers } = report
  const sorted = Object.entries(endings).toSorted(([, a], [, b]) => b - a)
  const kinds = ["threads", "children", "descriptors", "heapMb"] as const
  return [
    `${transport}: ${calls} calls on ${report.size} workers in ${seconds} s, seed ${seed}`,
    `  outcomes  ${sorted.map(([ending, count]) => `${ending} ${count}`).join(", ")}`,
    `  workers   ${workers} started`,
    `  slowest   ${slowest} ms`,
    `  held      ${kinds.map((kind) => `${kind} ${before[kind]} → ${after[kind]}`).join(", ")}`,
    ...(problems.length === 0 ? ["  no problem"] : problems.map((problem) => `  PROBLEM   ${problem}`))
  ].join("\n")
}

const isTransport = (name: string): name is Transport => name === "threads" || name === "processes"

const seconds = Number(args.seconds)
const seed = args.seed === undefined ? Date.now() % 1_000_000 : Number(args.seed)
const transports = args.transport === undefined ? ["threads", "processes"] : [args.transport]
if (!(seconds > 0) || !Number.isSafeInteger(seed) || !transports.every(isTransport)) {
  throw new Error("usage: soak [--seconds N] [--seed N] [--transport threads | processes] [--json FILE]")
}

if (args.inner) {
  const report = await soak({ transport: transports[0]!, seed, millis: seconds * 1000, size })
  process.stdout.write(`${JSON.stringify(report)}\n`)
} else {
  const reports = transports.map((transport) => {
    const report = inChild(transport, seed, seconds / transports.length)
    process.stdout.write(`${typeof report === "string" ? report : show(report)}\n`)
    return report
  })
  if (args.json !== undefined) writeFileSync(args.json, `${JSON.stringify(reports, undefined, 2)}\n`)
  if (reports.some((report) => typeof report === "string" || report.problems.length > 0)) process.exitCode = 1
}
