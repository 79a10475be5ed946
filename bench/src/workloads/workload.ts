// What a workload is, and what a measurement gives.
import type { InProcess, Job, Pool, Timing } from "../contenders/contender.ts"
import { checkSum } from "../contenders/contender.ts"

export type Unit = "tasks/s" | "items/s" | "us" | "ms" | "MB" | "speed-up" | "cost" | "ratio"

/** Whether more of a unit is better. */
export const better = (unit: Unit): "more" | "less" =>
  unit === "tasks/s" || unit === "items/s" || unit === "speed-up" ? "more" : "less"

export interface Workload {
  readonly name: string
  readonly unit: Unit
  /** What is measured, in a sentence. */
  readonly about: string
}

export interface Figure {
  readonly value: number
  /** Where `value` is the median of many: what 99 % of them stay below. */
  readonly p99?: number
}

/** What one process measured. */
export interface Sample {
  /** By the name of the workload. */
  readonly figures: Readonly<Record<string, Figure>>
  /** Whether the rate was steady before the time of the warm-up ran out. */
  readonly steady: boolean
  /** Share of all cores that other processes took; `null` where the system does not tell. */
  readonly share: number | null
  /** The last part of the run, of a workload whose figure is no rate: for profiles. */
  readonly last?: { readonly tasks: number; readonly millis: number }
}

/** Begins to watch the cores; what it returns ends that, and gives the share of others. */
export type Watch = () => () => number | undefined

/** One measurement, which may give the figures of more than one workload. */
export interface Experiment {
  readonly name: string
  readonly workloads: ReadonlyArray<Workload>
  /** Whether the cores are kept from falling asleep. */
  readonly awake: boolean
  /** Whether `--quick` has it. `smoke`: only together with `--smoke`, since the time of `--quick` is short. */
  readonly quick: boolean | "smoke"
  readonly measure: (contender: InProcess, timing: Timing, watch: Watch) => Promise<Sample>
}

/** Two workers: as many as the machine that this is made for has cores. */
export const size = 2

/** Small integers, and not always the same one. */
const payloads = 1 << 16

export const numbers = (): Job => {
  let n = 0
  return {
    next: () => (n = (n + 1) % payloads),
    check: checkSum
  }
}

export const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))

/** Opens a pool, uses it, and closes it. */
export const withPool = async <A>(
  contender: InProcess,
  options: Parameters<InProcess["open"]>[0],
  use: (pool: Pool) => Promise<A>
): Promise<A> => {
  const pool = await contender.open(options)
  const result = await use(pool)
  // After a failure nothing is closed: the process ends, and says why.
  await pool.close()
  return result
}

/** What a pool must have for a workload that its contender claims to do. */
export const need = <A>(operation: A | undefined, name: string): A => {
  if (operation === undefined) throw new Error(`this contender has no \`${name}\``)
  return operation
}

/** Calls until so much time has passed, `least` times at least; the times in milliseconds. */
export const timesOf = async (
  least: number,
  millis: number,
  once: () => Promise<number>
): Promise<Array<number>> => {
  const times: Array<number> = []
  const until = performance.now() + millis
  while (times.length < least || performance.now() < until) times.push(await once())
  return times
}

export const timed = async (run: () => Promise<unknown>): Promise<number> => {
  const from = performance.now()
  await run()
  return performance.now() - from
}

/** Resident memory once nothing more is collected, in MB. */
export const resident = async (): Promise<number> => {
  const collect = need((globalThis as { gc?: () => void }).gc, "gc")
  for (let i = 0; i < 3; i++) {
    collect()
    await sleep(20)
  }
  return process.memoryUsage.rss() / 2 ** 20
}
