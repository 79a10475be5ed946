// What a pool costs before and beside its tasks: time to start, memory.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { Pool } from "../contenders/contender.ts"
import { median } from "../statistics.ts"
import { type Experiment, need, numbers, resident, sleep, timesOf, withPool } from "./workload.ts"
import { published } from "../published.ts"

const starter = fileURLToPath(new URL("../start.ts", import.meta.url))

/** From the start of a process until its first line. */
export const startMillis = async (file: string, args: ReadonlyArray<string>): Promise<number> => {
  const from = performance.now()
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] })
  const exit = once(child, "exit")
  await Promise.race([once(child.stdout, "data"), exit])
  const millis = performance.now() - from
  child.stdin.end()
  const [code] = await exit
  if (code !== 0) throw new Error(`${file} ended with code ${code}`)
  return millis
}

/** How often a process is started for one value. */
export const starts = (smoke: boolean): number => (smoke ? 1 : 5)

const start: Experiment = {
  name: "start",
  workloads: [
    { name: "start", unit: "ms", about: "From the start of a process until the first answer of its pool." }
  ],
  awake: false,
  quick: false,
  measure: async (contender, timing, watch) => {
    const share = watch()
    const answered = () => startMillis(process.execPath, [...published, starter, contender.name])
    const times = await timesOf(starts(timing.smoke), timing.smoke ? 0 : timing.measure, answered)
    return { figures: { start: { value: median(times) } }, steady: true, share: share() ?? null }
  }
}

const answer = async (pool: Pool, tasks: number, callers: number): Promise<void> => {
  const meter = { count: 0, stop: false }
  const { check, next } = numbers()
  const job = {
    next,
    check: (payload: number, answered: number) => {
      check(payload, answered, 0)
      if (meter.count >= tasks) meter.stop = true
    }
  }
  await need(pool.loop, "loop")(job, meter, callers)
}

/** Workers that are added, so that what is not theirs weighs little. */
const added = 4

const memory: Experiment = {
  name: "memory",
  workloads: [
    {
      name: "memory",
      unit: "MB",
      about: "Resident memory that each further worker adds, after 2,000 tasks each."
    }
  ],
  awake: false,
  quick: false,
  measure: (contender, timing, watch) =>
    withPool(contender, { operation: "add", size: 1 }, async (first) => {
      const tasks = timing.smoke ? 200 : 2000
      await answer(first, tasks, 4)
      const share = watch()
      const before = await resident()
      return withPool(contender, { operation: "add", size: added }, async (more) => {
        await sleep(timing.smoke ? 100 : 1000)
        await answer(more, tasks * added, 4 * added)
        const value = ((await resident()) - before) / added
        return { figures: { memory: { value } }, steady: true, share: share() ?? null }
      })
    })
}

const growth: Experiment = {
  name: "growth",
  workloads: [
    { name: "growth", unit: "MB", about: "Resident memory that 1,000,000 tasks leave behind, after 100,000." }
  ],
  awake: false,
  quick: false,
  measure: (contender, timing, watch) =>
    withPool(contender, { operation: "add", size: 2 }, async (pool) => {
      await answer(pool, timing.smoke ? 500 : 100_000, 64)
      const share = watch()
      const before = await resident()
      await answer(pool, timing.smoke ? 2000 : 1_000_000, 64)
      const value = (await resident()) - before
      return { figures: { growth: { value } }, steady: true, share: share() ?? null }
    })
}

export const footprint: ReadonlyArray<Experiment> = [start, memory, growth]
