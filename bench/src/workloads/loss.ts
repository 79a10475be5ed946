// Losing a worker: how long until a pool of one worker answers again.
import type { Pool } from "../contenders/contender.ts"
import { crash, stuck } from "../contenders/operations.ts"
import { median } from "../statistics.ts"
import { type Experiment, need, sleep, timesOf, withPool } from "./workload.ts"

/** Until the stuck task has surely started. */
const startMillis = 20
/** Before each loss: a spare worker is up again by then, whatever it imports. */
const restMillis = 1000
/** The least number of losses. */
const losses = 5

const answerOf = async (burst: NonNullable<Pool["burst"]>): Promise<void> => {
  let answer: unknown
  await burst([1], (_, it) => {
    answer = it
  })
  if (answer !== 2) throw new Error(`a wrong answer: ${String(answer)}, not 2`)
}

/** Again until it succeeds: some pools fail the call after a crash as well. */
const answerAtLast = async (burst: NonNullable<Pool["burst"]>): Promise<void> => {
  for (;;) {
    try {
      return await answerOf(burst)
    } catch {
      await sleep(0)
    }
  }
}

const loss = (
  name: string,
  about: string,
  once: (pool: Required<Pick<Pool, "begin" | "burst">>) => Promise<number>
): Experiment => ({
  name,
  workloads: [{ name, unit: "ms", about }],
  awake: false,
  quick: false,
  measure: (contender, timing, watch) =>
    withPool(contender, { operation: "fault", size: 1 }, async (pool) => {
      const begin = need(pool.begin, "begin")
      const burst = need(pool.burst, "burst")
      await answerOf(burst)
      const share = watch()
      const times = await timesOf(timing.smoke ? 1 : losses, timing.measure, async () => {
        await sleep(restMillis)
        return once({ begin, burst })
      })
      return { figures: { [name]: { value: median(times) } }, steady: true, share: share() ?? null }
    })
})

export const faults: ReadonlyArray<Experiment> = [
  loss(
    "stuck",
    "A task in an endless loop is interrupted with a grace of zero: until the next answer of that pool of one worker.",
    async ({ begin, burst }) => {
      const doomed = begin(stuck)
      await sleep(startMillis)
      const from = performance.now()
      doomed.cancel()
      await answerOf(burst)
      const millis = performance.now() - from
      await doomed.ended
      return millis
    }
  ),
  loss(
    "crash",
    "A task calls `process.exit`: from its submission until the next answer of that pool of one worker.",
    async ({ begin, burst }) => {
      const from = performance.now()
      await begin(crash).ended
      await answerAtLast(burst)
      return performance.now() - from
    }
  )
]
