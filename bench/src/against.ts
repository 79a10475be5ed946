// One checkout against another, cell by cell, in one run: `node bench/src/against.ts OTHER [--workload NAME]…
// [--contender NAME]… [--rounds N] [--warm MILLIS] [--measure MILLIS]`.
//
// OTHER is the folder of another checkout with its packages installed (`git worktree add`). It measures with a bench of its
// own: where that lacks a workload, copy this folder's `src` over its. The two take turns, and change the order each round.
import { execFileSync } from "node:child_process"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { keepAwake } from "./cores.ts"
import { published } from "./published.ts"
import { advantage, spread } from "./statistics.ts"
import { experiments } from "./workloads/index.ts"
import { better, type Sample } from "./workloads/workload.ts"

const { positionals, values: args } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  allowPositionals: true,
  options: {
    workload: { type: "string", multiple: true },
    contender: { type: "string", multiple: true, default: ["heddle"] },
    rounds: { type: "string", default: "7" },
    warm: { type: "string", default: "1200" },
    measure: { type: "string", default: "600" }
  }
})
const other = positionals[0]
if (other === undefined) throw new Error("usage: node bench/src/against.ts OTHER [--workload NAME]…")

const here = fileURLToPath(new URL("../..", import.meta.url))
const before = resolve(other)
const rounds = Number(args.rounds)
const timing = JSON.stringify({ warmUp: Number(args.warm), measure: Number(args.measure), smoke: false })
const chosen = experiments.filter(({ name, workloads }) =>
  args.workload === undefined
    ? true
    : args.workload.includes(name) ||
      workloads.some((workload) => args.workload?.includes(workload.name) === true)
)

for (const root of [before, here])
  execFileSync(process.execPath, ["scripts/tsc.mjs", "-b"], { cwd: root, stdio: "inherit" })

const measure = (root: string, contender: string, experiment: string, awake: ReadonlyArray<number>): Sample =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [...published, "bench/src/measure.ts", contender, experiment, timing, ...awake.map(String)],
      { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }
    )
  ) as Sample

process.stdout.write(
  "| workload | contender | unit | before | now | now is better by |\n| --- | --- | --- | --- | --- | --- |\n"
)
for (const experiment of chosen) {
  for (const contender of args.contender) {
    const awake = experiment.awake ? keepAwake() : undefined
    const found = { before: [] as Array<Sample>, now: [] as Array<Sample> }
    try {
      for (let round = 0; round < rounds; round++) {
        const turns = [
          ["before", before],
          ["now", here]
        ] as const
        for (const [which, root] of round % 2 === 0 ? turns : turns.toReversed())
          found[which].push(measure(root, contender, experiment.name, awake?.pids ?? []))
      }
    } finally {
      awake?.end()
    }
    for (const { name, unit } of experiment.workloads) {
      for (const part of ["value", "p99"] as const) {
        const of = (samples: ReadonlyArray<Sample>) =>
          samples.flatMap(({ figures }) => figures[name]?.[part] ?? [])
        const [was, is] = [of(found.before), of(found.now)]
        if (was.length === 0) continue
        const [a, b, ratio] = [spread(was), spread(is), advantage(is, was, better(unit))!]
        const show = (n: number) => (n >= 100 ? Math.round(n).toString() : n.toPrecision(3))
        const range = ({ max, median, min }: typeof ratio) =>
          `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`
        process.stdout.write(
          `| ${name}${part === "p99" ? ", p99" : ""} | ${contender} | ${unit} | ${show(a.median)} | ${show(b.median)} | ${range(ratio)} |\n`
        )
      }
    }
  }
}
