// `bench --profile`: where the host's time goes, stage by stage, from a CPU profile; and what the same stage costs a plain
// batching pool, which is its floor. Written into docs/performance.md, between its marks.
import { execFile } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { renderTable, replaceGenerated } from "./markdown.ts"
import type { Sample } from "./workloads/workload.ts"
import { published } from "./published.ts"

/** The part of a `.cpuprofile` that is read. Times in microseconds. */
export interface CpuProfile {
  readonly nodes: ReadonlyArray<{
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
  }>
  readonly samples: ReadonlyArray<number>
  readonly timeDeltas: ReadonlyArray<number>
}

/** The stages of a task on the host, in the order in which it passes them, and whose time each of them is. */
const stages: ReadonlyArray<
  readonly [name: string, matches: (functionName: string, url: string) => boolean]
> = [
  ["the callers' own fibers, and Effect's run loop", (_, url) => /\/effect\/|\/bench\//.test(url)],
  [
    "submission: payload, options, entry",
    (_, url) =>
      /engine\/(submission|crossing|Route|Entry|service)|core\/(src|dist)\/Task(Pool)?\.|protocol\/(Codec|Check|Packed)/.test(
        url
      )
  ],
  ["placement and queue", (_, url) => /engine\/(Engine|Dispatcher|placement|TaskQueue)/.test(url)],
  ["claims and frames", (_, url) => /engine\/Hold|protocol\/(Claims|Outbox|Message)/.test(url)],
  [
    "posting: cloning and waking the worker",
    (name, url) => name === "postMessage" || url.includes("/doorbell.")
  ],
  [
    "transport, and Node's own code around a message",
    (_, url) => /node-workers|^node:|per_context/.test(url)
  ],
  ["replies: checked, settled, callers resumed", (_, url) => /packages\/core|@heddle\/core/.test(url)],
  ["garbage collector", (name) => name === "(garbage collector)"],
  ["native code that the profiler does not name", () => true]
]

/** Busy microseconds per stage in the last part of a profile, and of all of it. */
export const byStage = (profile: CpuProfile, lastMillis: number): ReadonlyMap<string, number> => {
  const frames = new Map(profile.nodes.map(({ callFrame, id }) => [id, callFrame]))
  const total = profile.timeDeltas.reduce((sum, delta) => sum + delta, 0)
  const spent = new Map<string, number>(stages.map(([name]) => [name, 0]))
  let at = 0
  profile.samples.forEach((id, i) => {
    const delta = profile.timeDeltas[i] ?? 0
    at += delta
    const { functionName, url } = frames.get(id)!
    if (total - at >= lastMillis * 1000 || functionName === "(idle)") return
    const stage = stages.find(([, matches]) => matches(functionName, url))![0]
    spent.set(stage, spent.get(stage)! + delta)
  })
  return spent
}

const measured = ["heddle", "floor-batched-effect"] as const
const workloads = ["tiny-64", "tiny-1024", "tiny-burst"] as const
const timing = { warmUp: 3000, measure: 4000, smoke: false }
const run = promisify(execFile)

/** Microseconds of the host's time per task, stage by stage. */
const measure = async (contender: string, workload: string): Promise<ReadonlyMap<string, number>> => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-profile-"))
  try {
    const script = fileURLToPath(new URL("./measure.ts", import.meta.url))
    const flags = [...published, "--cpu-prof", `--cpu-prof-dir=${folder}`, "--cpu-prof-interval=200"]
    const { stdout } = await run(
      process.execPath,
      [...flags, script, contender, workload, JSON.stringify(timing)],
      { timeout: 120_000, maxBuffer: 1e8 }
    )
    const { figures } = JSON.parse(stdout) as Sample
    const rate = figures[workload]!.value
    // Workers write theirs beside it.
    const profiles = readdirSync(folder).map(
      (file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as CpuProfile
    )
    const isHost = ({ nodes }: CpuProfile) =>
      nodes.some(({ callFrame }) => callFrame.url.endsWith("/bench/src/measure.ts"))
    const host = profiles.find(isHost)
    const tasks = (rate * timing.measure) / 1000
    return new Map(Array.from(byStage(host!, timing.measure), ([stage, micros]) => [stage, micros / tasks]))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const toTable = (
  results: ReadonlyMap<string, ReadonlyMap<string, number>>,
  workload: (typeof workloads)[number]
): string => {
  const of = (contender: string, stage: string) => results.get(`${contender} ${workload}`)!.get(stage)!
  const sum = (contender: string) => stages.reduce((total, [stage]) => total + of(contender, stage), 0)
  const rows = stages.map(([stage]) => [
    stage,
    `${((of("heddle", stage) / sum("heddle")) * 100).toFixed(0)} %`,
    (of("heddle", stage) / sum("floor-batched-effect")).toFixed(2),
    (of("floor-batched-effect", stage) / sum("floor-batched-effect")).toFixed(2)
  ])
  const all = ["all", "100 %", (sum("heddle") / sum("floor-batched-effect")).toFixed(2), "1.00"]
  return renderTable(["stage", "share", "`heddle`", "`floor-batched-effect`"], 1, [...rows, all])
}

/** Measures, and writes the tables into the page. */
export const writeProfile = async (): Promise<void> => {
  const results = new Map<string, ReadonlyMap<string, number>>()
  for (const workload of workloads) {
    for (const contender of measured)
      results.set(`${contender} ${workload}`, await measure(contender, workload))
  }
  const text = [
    "Host time per task by stage. The last two columns are in units of all that `floor-batched-effect` costs the host for " +
      "one task of the same workload, in the same run: so 1.00 is its whole task.",
    ...workloads.map((workload) => `### Profile of ${workload}\n\n${toTable(results, workload)}`)
  ].join("\n\n")
  const page = new URL("../../docs/performance.md", import.meta.url)
  writeFileSync(page, replaceGenerated(readFileSync(page, "utf8"), "profile", text))
  process.stdout.write(`${text}\n`)
}
