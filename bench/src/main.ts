// The bench: `node scripts/run.mjs bench [--quick | --brief | --smoke] [--minutes N] [--workload NAME]… [--contender NAME]…
// [--json FILE]`, and `bench --docs FILE` and `bench --profile`, which write the generated parts of docs/performance.md.
// README.md says how to read it.
import { readFileSync, writeFileSync } from "node:fs"
import { availableParallelism, cpus } from "node:os"
import { parseArgs } from "node:util"
import { contenders } from "./contenders/index.ts"
import { writeDocument } from "./document.ts"
import { brief, cellsOf, quick, smoke, thorough, within } from "./plan.ts"
import { writeProfile } from "./profile.ts"
import { build, bundle } from "./published.ts"
import { type Row, toRow, toTable } from "./report.ts"
import { busyShare, Rounds } from "./rounds.ts"
import { experiments } from "./workloads/index.ts"

const { values: args } = parseArgs({
  // The package manager may pass the separator on.
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    quick: { type: "boolean", default: false },
    smoke: { type: "boolean", default: false },
    brief: { type: "boolean", default: false },
    minutes: { type: "string" },
    profile: { type: "boolean", default: false },
    json: { type: "string" },
    docs: { type: "string" },
    workload: { type: "string", multiple: true },
    contender: { type: "string", multiple: true }
  }
})

const notesOf = (
  rounds: Rounds,
  rows: ReadonlyArray<Row>,
  absent: ReadonlyMap<string, string>
): Array<string> => {
  const seconds = Math.round(rounds.elapsed / 1000)
  const disturbed = rows.some(({ share }) => share !== undefined && share > busyShare)
  return [
    `Node ${process.version}, ${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}), ${seconds} s, ` +
      `${rounds.repeated} measurements repeated.`,
    ...(rounds.whyAsleep === undefined ? [] : [`The cores were not kept awake: ${rounds.whyAsleep}.`]),
    ...(disturbed
      ? ["Others took more than 30 % of the cores in some rounds, repeats included: measure again."]
      : []),
    ...Array.from(absent, ([name, why]) => `\`${name}\` takes no part: ${why}.`),
    ...Array.from(
      rounds.failures,
      ([{ contender, experiment }, reason]) =>
        `\`${contender.name}\` failed at \`${experiment.name}\`: ${reason}.`
    )
  ]
}

const bench = async (): Promise<void> => {
  const chosen = args.smoke ? smoke : args.quick ? quick : args.brief ? brief : thorough
  const plan = args.minutes === undefined ? chosen : within(chosen, args.minutes)
  const absent = new Map(
    contenders.flatMap(({ absent: why, name }) => {
      const reason = why?.()
      return reason === undefined ? [] : [[name, reason] as const]
    })
  )
  const cells = cellsOf(experiments, contenders, {
    quick: args.quick,
    smoke: args.smoke,
    workloads: args.workload,
    contenders: args.contender
  }).filter(({ contender }) => !absent.has(contender.name))
  if (cells.length === 0)
    throw new Error("nothing to measure: none of these contenders does any of these workloads")

  if (cells.some(({ contender }) => contender.name === "heddle-bundled")) await bundle()
  const rounds = new Rounds(plan, cells)
  await rounds.run((line) => process.stderr.write(`${line}\n`))
  const rows = cells.flatMap(({ contender, experiment }) =>
    experiment.workloads
      .filter(({ name }) => args.workload === undefined || args.workload.includes(name))
      .flatMap((workload) => {
        const measured = rounds.roundsOf(workload.name, contender.name)
        return measured.length === 0 ? [] : [toRow(workload, contender.name, measured)]
      })
  )
  // Workload by workload, also where one measurement gives two.
  const order = [...new Set(rows.map(({ workload }) => workload))]
  const sorted = rows.toSorted((a, b) => order.indexOf(a.workload) - order.indexOf(b.workload))
  if (args.json !== undefined) writeFileSync(args.json, `${JSON.stringify(sorted, undefined, 2)}\n`)

  const took = new Set(cells.map(({ contender }) => contender.name))
  const legend = contenders
    .filter(({ name }) => took.has(name))
    .map(({ how, name }) => `- \`${name}\`: ${how}`)
  const notes = notesOf(rounds, sorted, absent)
  process.stdout.write(`\n${toTable(sorted)}\n\n${legend.join("\n")}\n\n${notes.join("\n")}\n`)
  if (rounds.failures.size > 0) process.exitCode = 1
}

if (args.docs === undefined) build()
if (args.profile) await writeProfile()
else if (args.docs === undefined) await bench()
else writeDocument(JSON.parse(readFileSync(args.docs, "utf8")) as ReadonlyArray<Row>)
