// Runs the cells of a plan, round by round, each measurement in a fresh process.
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import type { Contender, Timing } from "./contenders/contender.ts"
import { type Awake, cannotStayAwake, keepAwake } from "./cores.ts"
import { type Cell, type Plan, timingWithin } from "./plan.ts"
import type { Measured } from "./report.ts"
import type { Sample } from "./workloads/workload.ts"
import { published } from "./published.ts"

/** Where others took more than this of the cores, a measurement says little. */
export const busyShare = 0.3

const script = fileURLToPath(new URL("./measure.ts", import.meta.url))
const run = promisify(execFile)

/** What a start of a process costs, until it is known. */
const firstOverhead = 700

/** Nothing is repeated for as long as there is not so much time for each measurement. */
const enough = 500

/** What has no compiler to wait for needs no long warm-up. */
const timingFor = (contender: Contender, timing: Timing): Timing =>
  "command" in contender ? { ...timing, warmUp: timing.warmUp / 3 } : timing

export class Rounds {
  /** From `workload contender` to its rounds. */
  private readonly results = new Map<string, Array<Measured>>()
  /** Cells that failed, with the reason. They are not measured again. */
  readonly failures = new Map<Cell, string>()
  repeated = 0
  readonly whyAsleep = cannotStayAwake()

  private readonly plan: Plan
  private readonly cells: ReadonlyArray<Cell>
  private readonly began = performance.now()
  private overhead = firstOverhead
  private left: number
  /** What each measurement that is left may take, beside its start. */
  private spare = Infinity

  constructor(plan: Plan, cells: ReadonlyArray<Cell>) {
    this.plan = plan
    this.cells = cells
    this.left = cells.length * plan.leastRounds
  }

  get elapsed(): number {
    return performance.now() - this.began
  }

  roundsOf(workload: string, contender: string): ReadonlyArray<Measured> {
    return this.results.get(`${workload} ${contender}`) ?? []
  }

  async run(log: (line: string) => void): Promise<void> {
    const { budget, leastRounds, rounds } = this.plan
    let longest = 0
    for (let round = 0; round < rounds; round++) {
      if (round >= leastRounds) {
        if (this.elapsed + longest > budget) break
        this.left = this.cells.length
      }
      const from = this.elapsed
      log(`round ${round + 1} of ${rounds}`)
      await this.round(log)
      longest = Math.max(longest, this.elapsed - from)
    }
  }

  private async round(log: (line: string) => void): Promise<void> {
    let awake: Awake | undefined
    try {
      for (const cell of this.cells) {
        const wanted = cell.experiment.awake && this.whyAsleep === undefined
        if (!wanted) {
          awake?.end()
          awake = undefined
        } else awake ??= keepAwake()
        await this.cell(cell, awake, log)
      }
    } finally {
      awake?.end()
    }
  }

  private async cell(cell: Cell, awake: Awake | undefined, log: (line: string) => void): Promise<void> {
    const left = this.left--
    if (this.elapsed > this.plan.budget || this.failures.has(cell)) return
    this.spare = (this.plan.budget - this.elapsed) / left - this.overhead
    const timing = timingFor(cell.contender, timingWithin(this.plan.timing, this.spare))
    const from = this.elapsed
    try {
      const sample = await this.quietest(cell, timing, awake)
      for (const { name } of cell.experiment.workloads) {
        const figure = sample.figures[name]
        if (figure === undefined || !Number.isFinite(figure.value)) throw new Error(`no figure for ${name}`)
        const key = `${name} ${cell.contender.name}`
        const { share, steady } = sample
        this.results.set(key, [...(this.results.get(key) ?? []), { ...figure, share, steady }])
      }
    } catch (error) {
      const reason = reasonOf(error)
      this.failures.set(cell, reason)
      log(`${cell.contender.name} failed at ${cell.experiment.name}: ${reason}`)
    }
    const took = this.elapsed - from - timing.warmUp - timing.measure
    this.overhead = Math.max(200, this.overhead * 0.8 + took * 0.2)
  }

  /** Again, for as long as others are in the way and repeats are left; the quietest one counts. */
  private async quietest(cell: Cell, timing: Timing, awake: Awake | undefined): Promise<Sample> {
    let best = await this.once(cell, timing, awake)
    while ((best.share ?? 0) > busyShare && this.repeated < this.plan.repeats && this.spare > enough) {
      this.repeated++
      const again = await this.once(cell, timing, awake)
      if ((again.share ?? 0) < (best.share ?? 0)) best = again
    }
    return best
  }

  private async once(
    { contender, experiment }: Cell,
    timing: Timing,
    awake: Awake | undefined
  ): Promise<Sample> {
    // `footprint.ts` asks for collections.
    const args = [
      ...published,
      "--expose-gc",
      script,
      contender.name,
      experiment.name,
      JSON.stringify(timing)
    ]
    const pids = (awake?.pids ?? []).map(String)
    const { stdout } = await run(process.execPath, [...args, ...pids], { timeout: this.plan.timeout })
    return JSON.parse(stdout.trim().split("\n").at(-1)!) as Sample
  }
}

const reasonOf = (error: unknown): string => {
  const { killed, message, stderr } = error as { killed?: boolean; message: string; stderr?: string }
  if (killed === true) return "it took too long"
  const said = (stderr ?? "").split("\n").find((line) => /^\w*Error\b/.test(line))
  return (said ?? message.split("\n")[0]!).trim()
}
