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

type Thread = "host" | "workers"

/** The stages of a task on each side, in the order in which it passes them, and whose time each of them is. */
const stagesOf: Record<
  Thread,
  ReadonlyArray<readonly [name: string, matches: (functionName: string, url: string) => boolean]>
> = {
  host: [
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
  ]
}

/** A worker that waits at its bell looks busy to the profiler. */
const isWaiting = (functionName: string, url: string): boolean =>
  functionName === "(idle)" || /\/(doorbell|lingering)\./.test(url)

/** Busy microseconds per stage in the last part of a profile. */
export const byStage = (
  profile: CpuProfile,
  lastMillis: number,
  thread: Thread = "host"
): ReadonlyMap<string, number> => {
  const stages = stagesOf[thread]
  const frames = new Map(profile.nodes.map(({ callFrame, id }) => [id, callFrame]))
  const total = profile.timeDeltas.reduce((sum, delta) => sum + delta, 0)
  const spent = new Map<string, number>(stages.map(([name]) => [name, 0]))
  let at = 0
  profile.samples.forEach((id, i) => {
    const delta = profile.timeDeltas[i] ?? 0
    at += delta
    const { functionName, url } = frames.get(id)!
    if (total - at >= lastMillis * 1000) return
    if (thread === "workers" ? isWaiting(functionName, url) : functionName === "(idle)") return
    const stage = stages.find(([, matches]) => matches(functionName, url))![0]
    spent.set(stage, spent.get(stage)! + delta)
  })
  return spent
}

/** Ours beside another contender, on one side of the boundary. */
interface Comparison {
  readonly workload: string
  readonly thread: Thread
  readonly ours: string
  readonly beside: string
}

const comparisons: ReadonlyArray<Comparison> = [
  { workload: "tiny-64", thread: "host", ours: "heddle", beside: "floor-batched-effect" },
  { workload: "tiny-1024", thread: "host", ours: "heddle", beside: "floor-batched-effect" },
  { workload: "tiny-burst", thread: "host", ours: "heddle", beside: "floor-batched-effect" },
  { workload: "map-typed", thread: "workers", ours: "heddle", beside: "heddle-module" },
  { workload: "map-typed", thread: "workers", ours: "heddle-effect", beside: "heddle-module" },
  { workload: "payload-64k-copy", thread: "host", ours: "heddle", beside: "piscina-64" },
  { workload: "payload-16m-transfer", thread: "host", ours: "heddle", beside: "floor-port" }
]

const timing = { warmUp: 3000, measure: 4000, smoke: false }
const run = promisify(execFile)

/** Profiles of one process: of its host, and of its workers, which write theirs beside it. */
interface Profiles {
  readonly rate: number
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
    const { figures } = JSON.parse(stdout) as Sample
    const profiles = readdirSync(folder).map(
      (file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as CpuProfile
    )
    const isHost = ({ nodes }: CpuProfile) =>
      nodes.some(({ callFrame }) => callFrame.url.endsWith("/bench/src/measure.ts"))
    const host = profiles.filter(isHost)
    return {
      rate: figures[workload]!.value,
      host,
      workers: profiles.filter((profile) => !host.includes(profile))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Microseconds per task or item, stage by stage. */
const perTask = (profiles: Profiles, thread: Thread): ReadonlyMap<string, number> => {
  const tasks = (profiles.rate * timing.measure) / 1000
  const spent = profiles[thread].map((profile) => byStage(profile, timing.measure, thread))
  return new Map(
    stagesOf[thread].map(([stage]) => [
      stage,
      spent.reduce((total, stages) => total + stages.get(stage)!, 0) / tasks
    ])
  )
}

const toTable = (
  { beside, ours, thread, workload }: Comparison,
  all: ReadonlyMap<string, Profiles>
): string => {
  const [mine, theirs] = [ours, beside].map((name) => perTask(all.get(`${name} ${workload}`)!, thread))
  const sum = (spent: ReadonlyMap<string, number>) =>
    Array.from(spent.values()).reduce((total, micros) => total + micros, 0)
  const [own, unit] = [sum(mine!), sum(theirs!)]
  const rows = stagesOf[thread]
    .map(([stage]) => [stage, mine!.get(stage)!, theirs!.get(stage)!] as const)
    // What neither of them passes.
    .filter(([, here, there]) => here / unit >= 0.005 || there / unit >= 0.005)
    .map(([stage, here, there]) => [
      stage,
      `${((here / own) * 100).toFixed(0)} %`,
      (here / unit).toFixed(2),
      (there / unit).toFixed(2)
    ])
  return renderTable(["stage", "share", `\`${ours}\``, `\`${beside}\``], 1, [
    ...rows,
    ["all", "100 %", (own / unit).toFixed(2), "1.00"]
  ])
}

/** Measures, and writes the tables into the page. */
export const writeProfile = async (): Promise<void> => {
  const all = new Map<string, Profiles>()
  for (const { beside, ours, workload } of comparisons) {
    for (const contender of [ours, beside]) {
      const key = `${contender} ${workload}`
      if (!all.has(key)) all.set(key, await measure(contender, workload))
    }
  }
  const text = [
    "Time per task (in a map, per item) by stage. The last two columns are in units of all that the one on the right costs " +
      "that side for one task of the same workload, in the same run: so 1.00 is its whole task. With workers, that of all.",
    ...comparisons.map(
      (comparison) =>
        `### Profile of ${comparison.workload}, ${comparison.thread}${
          comparison.ours === "heddle" ? "" : ` of \`${comparison.ours}\``
        }\n\n${toTable(comparison, all)}`
    )
  ].join("\n\n")
  const page = new URL("../../docs/performance.md", import.meta.url)
  writeFileSync(page, replaceGenerated(readFileSync(page, "utf8"), "profile", text))
  process.stdout.write(`${text}\n`)
}
