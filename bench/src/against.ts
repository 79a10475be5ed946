// One checkout against another, or one contender against another, in one run:
// `node bench/src/against.ts OTHER [--workload NAME]… [--contender NAME]… [--other NAME] [--rounds N] [--slices N | --apart]
// [--warm MILLIS] [--measure MILLIS]`.
//
// OTHER is the folder of another checkout with its packages installed (`git worktree add`), or `.`. `--other` is the contender of it,
// the same by default. Where its bench lacks a workload, copy this folder's `src` over it.
//
// Each round is a process in which the two take turns of a fraction of a second (`slices.ts`), and gives the median ratio of
// neighbours: a shared machine slows both down alike. Several rounds, since V8 compiles the same code differently each time.
// With `--apart` each measurement is a process: what a process does once, as `start` and `memory`, needs that.
import { execFileSync } from "node:child_process"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { keepAwake } from "./cores.ts"
import { published } from "./published.ts"
import { median, spread } from "./statistics.ts"
import { experiments } from "./workloads/index.ts"
import { better, type Sample, type Unit } from "./workloads/workload.ts"

const { positionals, values: args } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  allowPositionals: true,
  options: {
    workload: { type: "string", multiple: true },
    contender: { type: "string", multiple: true, default: ["heddle"] },
    other: { type: "string" },
    slices: { type: "string", default: "10" },
    rounds: { type: "string", default: "7" },
    apart: { type: "boolean", default: false },
    warm: { type: "string" },
    measure: { type: "string" }
  }
})
const folder = positionals[0]
if (folder === undefined) throw new Error("usage: node bench/src/against.ts OTHER [--workload NAME]…")

const here = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "")
const there = resolve(folder)
const [warmUp, measure] = args.apart ? [1200, 600] : [60, 150]
const timing = JSON.stringify({
  warmUp: Number(args.warm ?? warmUp),
  measure: Number(args.measure ?? measure),
  records: 200_000,
  smoke: false
})
const chosen = experiments.filter(({ name, workloads }) =>
  args.workload === undefined
    ? true
    : args.workload.includes(name) ||
      workloads.some((workload) => args.workload?.includes(workload.name) === true)
)

for (const root of new Set([there, here]))
  execFileSync(process.execPath, ["scripts/tsc.mjs", "-b"], { cwd: root, stdio: "inherit" })

const run = (root: string, file: string, rest: ReadonlyArray<string>): string =>
  execFileSync(process.execPath, [...published, `bench/src/${file}`, ...rest], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1 << 28
  })

/** Samples of the other one, and of this one. */
type Pair = readonly [ReadonlyArray<Sample>, ReadonlyArray<Sample>]

const inSlices = (
  contender: string,
  experiment: string,
  awake: ReadonlyArray<string>,
  isSwapped: boolean
): Pair => {
  const sides = [`${there}#${args.other ?? contender}`, `${here}#${contender}`]
  const turns = isSwapped ? sides.toReversed() : sides
  const found = run(here, "slices.ts", [...turns, experiment, args.slices, timing, ...awake])
  const [first, second] = JSON.parse(found) as Pair
  return isSwapped ? [second, first] : [first, second]
}

const apart = (
  contender: string,
  experiment: string,
  awake: ReadonlyArray<string>,
  isSwapped: boolean
): Pair => {
  const measureOne = (root: string, name: string) => [
    JSON.parse(run(root, "measure.ts", [name, experiment, timing, ...awake])) as Sample
  ]
  if (!isSwapped) return [measureOne(there, args.other ?? contender), measureOne(here, contender)]
  const is = measureOne(here, contender)
  return [measureOne(there, args.other ?? contender), is]
}

/** What each side measured in a round, and how many times better this one is. */
const figuresOf = ([was, is]: Pair, name: string, part: "value" | "p99", unit: Unit) => {
  const [before, now] = [was, is].map((samples) =>
    samples.flatMap(({ figures }) => figures[name]?.[part] ?? [])
  )
  if (before!.length === 0) return undefined
  const ratios = now!.map((n, i) => (better(unit) === "more" ? n / before![i]! : before![i]! / n))
  return { before: median(before!), now: median(now!), ratio: median(ratios) }
}

const show = (n: number): string => (n >= 100 ? Math.round(n).toString() : n.toPrecision(3))

process.stdout.write(
  "| workload | contender | unit | other | this | this is better by |\n| --- | --- | --- | --- | --- | --- |\n"
)
for (const experiment of chosen) {
  for (const contender of args.contender) {
    const awake = experiment.awake ? keepAwake() : undefined
    const pids = (awake?.pids ?? []).map(String)
    const rounds: Array<Pair> = []
    try {
      for (let round = 0; round < Number(args.rounds); round++)
        rounds.push((args.apart ? apart : inSlices)(contender, experiment.name, pids, round % 2 === 1))
    } finally {
      awake?.end()
    }
    for (const { name, unit } of experiment.workloads) {
      for (const part of ["value", "p99"] as const) {
        const found = rounds.flatMap((round) => figuresOf(round, name, part, unit) ?? [])
        if (found.length === 0) continue
        const { max, median: ratio, min } = spread(found.map((round) => round.ratio))
        const row = [
          `${name}${part === "p99" ? ", p99" : ""}`,
          args.other === undefined ? contender : `${contender} and ${args.other}`,
          unit,
          show(median(found.map(({ before }) => before))),
          show(median(found.map(({ now }) => now))),
          `${ratio.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`
        ]
        process.stdout.write(`| ${row.join(" | ")} |\n`)
      }
    }
  }
}
