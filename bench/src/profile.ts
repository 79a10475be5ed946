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
import { bundle, published } from "./published.ts"

/** The part of a `.cpuprofile` that is read. Times in microseconds. */
export interface CpuProfile {
  readonly nodes: ReadonlyArray<{
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
  }>
  readonly samples: ReadonlyArray<number>
  readonly timeDeltas: ReadonlyArray<number>
}

/** Whose time: the host's and the workers', per task; or what a worker does from its birth to its end, per worker. */
type Part = "host" | "workers" | "lives"

/** The stages that a task passes on each side, and a worker before its first task, and whose time each of them is. */
const stagesOf: Record<
  Part,
  ReadonlyArray<readonly [name: string, matches: (functionName: string, url: string) => boolean]>
> = {
  host: [
    ["the callers' own fibers, and Effect's run loop", (_, url) => /\/effect\/|\/bench\//.test(url)],
    [
      "submission: payload, options, task",
      (_, url) =>
        /host\/(?:admission|pool\/service|tasks\/HostTask|dispatch\/ServedTask)|shared\/callContext|core\/(src|dist)\/Task(Pool)?\.|values\/(Codec|Check|Packed|Payload|Capture)/.test(
          url
        )
    ],
    [
      "placement and queue",
      (_, url) => /host\/(?:pool\/PoolEngine|dispatch\/(Dispatcher|placement))|TaskQueue/.test(url)
    ],
    ["claims and frames", (_, url) => /worker\/InFlight|protocol\/(claims|frame|messages)/.test(url)],
    [
      "posting: cloning and waking the worker",
      (name, url) => name === "postMessage" || url.includes("/doorbell.")
    ],
    [
      "transport, and Node's own code around a message",
      (_, url) => /node-workers|^node:|per_context/.test(url)
    ],
    ["replies: checked, settled, callers resumed", (_, url) => /packages\/core|@heddle\/core/.test(url)],
    ["the code of another pool", (_, url) => url.includes("/node_modules/")],
    ["garbage collector", (name) => name === "(garbage collector)"],
    ["native code that the profiler does not name", () => true]
  ],
  workers: [
    ["the handler, and Effect", (_, url) => /\/effect\/|\/bench\//.test(url)],
    ["claiming, running, checking", (_, url) => /packages\/core|@heddle\/core/.test(url)],
    ["posting: cloning and waking the host", (name) => name === "postMessage"],
    [
      "transport, and Node's own code around a message",
      (_, url) => /node-workers|^node:|per_context/.test(url)
    ],
    ["the code of another pool", (_, url) => url.includes("/node_modules/")],
    ["garbage collector", (name) => name === "(garbage collector)"],
    ["native code that the profiler does not name", () => true]
  ],
  lives: [
    [
      "Node's loader: finds, reads, links modules",
      (name, url) =>
        /^node:(internal\/(modules|url|source_map|fs|vm)|fs|path|url)/.test(url) ||
        (url === "" && !name.startsWith("("))
    ],
    ["the rest of Node: its own start, messages", (_, url) => /^node:|per_context|^wasm:/.test(url)],
    ["the modules of Effect run", (_, url) => /\/effect\//.test(url)],
    ["the modules of Heddle run, and serve", (_, url) => /packages\/|@heddle/.test(url)],
    ["the program's own modules, or its bundle", (_, url) => url !== ""],
    ["garbage collector", (name) => name === "(garbage collector)"],
    ["native code that the profiler does not name", () => true]
  ]
}

/** A worker that waits at its bell looks busy to the profiler. */
const isWaiting = (functionName: string, url: string): boolean =>
  functionName === "(idle)" || /\/(doorbell|spinThenPark)\./.test(url)

/** Busy microseconds per stage in the last part of a profile. */
export const byStage = (
  profile: CpuProfile,
  lastMillis: number,
  part: Part = "host"
): ReadonlyMap<string, number> => {
  const stages = stagesOf[part]
  const frames = new Map(profile.nodes.map(({ callFrame, id }) => [id, callFrame]))
  const total = profile.timeDeltas.reduce((sum, delta) => sum + delta, 0)
  const spent = new Map<string, number>(stages.map(([name]) => [name, 0]))
  let at = 0
  profile.samples.forEach((id, i) => {
    const delta = profile.timeDeltas[i] ?? 0
    at += delta
    const { functionName, url } = frames.get(id)!
    if (total - at >= lastMillis * 1000) return
    if (part === "host" ? functionName === "(idle)" : isWaiting(functionName, url)) return
    const stage = stages.find(([, matches]) => matches(functionName, url))![0]
    spent.set(stage, spent.get(stage)! + delta)
  })
  return spent
}

/** Contenders beside each other; the last is the unit. */
interface Comparison {
  readonly workload: string
  readonly part: Part
  readonly contenders: readonly [string, ...ReadonlyArray<string>]
}

const comparisons: ReadonlyArray<Comparison> = [
  { workload: "tiny-64", part: "host", contenders: ["heddle", "floor-batched-effect"] },
  { workload: "tiny-1024", part: "host", contenders: ["heddle", "floor-batched-effect"] },
  { workload: "tiny-burst", part: "host", contenders: ["heddle", "floor-batched-effect"] },
  { workload: "map-typed", part: "workers", contenders: ["heddle", "heddle-effect", "heddle-module"] },
  { workload: "payload-64k-copy", part: "host", contenders: ["heddle", "heddle-bundled", "piscina-64"] },
  { workload: "payload-16m-transfer", part: "host", contenders: ["heddle", "floor-port"] },
  { workload: "queue", part: "host", contenders: ["heddle", "floor-batched-effect"] },
  {
    workload: "crash",
    part: "lives",
    contenders: ["heddle", "floor-terminate-effect", "heddle-bundled", "floor-terminate"]
  }
]

const timing = { warmUp: 3000, measure: 4000, records: 200_000, smoke: false }
const run = promisify(execFile)

/** Profiles of one process: of its host, and of its workers, which write theirs beside it. */
interface Profiles {
  /** What was done in the last part of the run, and how long that took. */
  readonly last: NonNullable<Sample["last"]>
  readonly host: ReadonlyArray<CpuProfile>
  readonly workers: ReadonlyArray<CpuProfile>
}

const measure = async (contender: string, workload: string): Promise<Profiles> => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-profile-"))
  try {
    const script = fileURLToPath(new URL("./measure.ts", import.meta.url))
    const flags = [...published, "--cpu-prof", `--cpu-prof-dir=${folder}`, "--cpu-prof-interval=200"]
    const { stdout } = await run(
      process.execPath,
      [...flags, script, contender, workload, JSON.stringify(timing)],
      { timeout: 120_000, maxBuffer: 1e8 }
    )
    const sample = JSON.parse(stdout) as Sample
    const profiles = readdirSync(folder).map(
      (file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as CpuProfile
    )
    const isHost = ({ nodes }: CpuProfile) =>
      nodes.some(({ callFrame }) => callFrame.url.endsWith("/bench/src/measure.ts"))
    const host = profiles.filter(isHost)
    const tasks = (sample.figures[workload]!.value * timing.measure) / 1000
    return {
      last: sample.last ?? { tasks, millis: timing.measure },
      host,
      workers: profiles.filter((profile) => !host.includes(profile))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Microseconds per task, item or worker, stage by stage. */
const perUnit = ({ host, last, workers }: Profiles, part: Part): ReadonlyMap<string, number> => {
  const millis = part === "lives" ? Infinity : last.millis
  const count = part === "lives" ? workers.length : last.tasks
  const spent = (part === "host" ? host : workers).map((profile) => byStage(profile, millis, part))
  return new Map(
    stagesOf[part].map(([stage]) => [
      stage,
      spent.reduce((total, stages) => total + stages.get(stage)!, 0) / count
    ])
  )
}

const toTable = ({ contenders, part, workload }: Comparison, all: ReadonlyMap<string, Profiles>): string => {
  const columns = contenders.map((name) => perUnit(all.get(`${name} ${workload}`)!, part))
  const sums = columns.map((spent) => Array.from(spent.values()).reduce((total, micros) => total + micros, 0))
  const [own, unit] = [sums[0]!, sums.at(-1)!]
  const rows = stagesOf[part]
    .map(([stage]) => [stage, columns.map((spent) => spent.get(stage)!)] as const)
    // What none of them passes.
    .filter(([, spent]) => spent.some((micros) => micros / unit >= 0.005))
    .map(([stage, spent]) => [
      stage,
      `${((spent[0]! / own) * 100).toFixed(0)} %`,
      ...spent.map((micros) => (micros / unit).toFixed(2))
    ])
  return renderTable(["stage", "share", ...contenders.map((name) => `\`${name}\``)], 1, [
    ...rows,
    ["all", "100 %", ...sums.map((sum) => (sum / unit).toFixed(2))]
  ])
}

/** Measures, and writes the tables into the page. */
export const writeProfile = async (): Promise<void> => {
  await bundle()
  const all = new Map<string, Profiles>()
  for (const { contenders, workload } of comparisons) {
    for (const contender of contenders) {
      all.set(`${contender} ${workload}`, await measure(contender, workload))
    }
  }
  const text = [
    "Time per task (in a map, per item; in `crash`, per worker, from its birth to its end) by stage, and the share that each " +
      "has of the first contender's. The last columns are in units of all that the contender on the right spends, in the " +
      "same run: so 1.00 is its whole task.",
    ...comparisons.map(
      (comparison) =>
        `### Profile of ${comparison.workload}, ${titles[comparison.part]}\n\n${toTable(comparison, all)}`
    )
  ].join("\n\n")
  const page = new URL("../../docs/performance.md", import.meta.url)
  writeFileSync(page, replaceGenerated(readFileSync(page, "utf8"), "profile", text))
  process.stdout.write(`${text}\n`)
}

const titles: Record<Part, string> = { host: "host", workers: "workers", lives: "a worker's whole life" }
