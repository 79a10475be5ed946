// Tiny tasks: one is added to a number, so that all there is to measure is the way there and back.
import type { Job } from "../contenders/contender.ts"
import { quantile } from "../statistics.ts"
import { metered } from "./metered.ts"
import { type Experiment, need, numbers, size, withPool } from "./workload.ts"

const inFlight = (name: string, callers: number, about: string): Experiment => ({
  name,
  workloads: [{ name, unit: "tasks/s", about }],
  awake: false,
  quick: true,
  measure: (contender, timing, watch) =>
    withPool(contender, { operation: "add", size }, async ({ loop }) => {
      const run = need(loop, "loop")
      const result = await metered(timing, watch, (meter) => run(numbers(), meter, callers))
      return { ...result, figures: { [name]: { value: result.rate } } }
    })
})

/** One call after the other: its rate, and how long each took. */
const sequential = (name: string, awake: boolean): Experiment => ({
  name,
  awake,
  quick: awake,
  workloads: awake
    ? [
        {
          name: "tiny-1",
          unit: "tasks/s",
          about: "One caller, which waits for each answer. Cores kept awake."
        },
        {
          name: "latency",
          unit: "us",
          about: "The same calls: how long one takes, p50 and p99. Cores kept awake."
        }
      ]
    : [
        {
          name,
          unit: "tasks/s",
          about: "`tiny-1` on cores that fall asleep in between, as on an idle server."
        },
        {
          name: "latency-asleep",
          unit: "us",
          about: "The same calls: how long one takes, p50 and p99. Cores fall asleep."
        }
      ],
  measure: (contender, timing, watch) =>
    withPool(contender, { operation: "add", size }, async ({ loop }) => {
      const run = need(loop, "loop")
      const job = numbers()
      const micros: Array<number> = []
      let sent = 0
      const watched: Job = {
        next: (caller) => {
          const payload = job.next(caller)
          sent = performance.now()
          return payload
        },
        check: (payload, answer, caller) => {
          micros.push((performance.now() - sent) * 1000)
          job.check(payload, answer, caller)
        }
      }
      const began = (): void => {
        micros.length = 0
      }
      const result = await metered(timing, watch, (meter) => run(watched, meter, 1), began)
      const latency = { value: quantile(micros, 0.5), p99: quantile(micros, 0.99) }
      return {
        ...result,
        figures: { [name]: { value: result.rate }, [awake ? "latency" : "latency-asleep"]: latency }
      }
    })
})

/** `count` calls at once; when all are answered, the next ones. */
const batches = (name: string, count: number, quick: boolean, about: string): Experiment => ({
  name,
  workloads: [{ name, unit: "tasks/s", about }],
  awake: false,
  quick,
  measure: (contender, timing, watch) =>
    withPool(contender, { operation: "add", size }, async (pool) => {
      const run = need(pool.burst, "burst")
      const job = numbers()
      const payloads = Array.from({ length: timing.smoke ? Math.min(count, 500) : count }, () => job.next(0))
      const result = await metered(timing, watch, async (meter) => {
        while (!meter.stop) {
          await run(payloads, (index, answer) => {
            job.check(payloads[index], answer, 0)
            meter.count++
          })
        }
      })
      return { ...result, figures: { [name]: { value: result.rate } } }
    })
})

export const tiny: ReadonlyArray<Experiment> = [
  sequential("tiny-1", true),
  inFlight("tiny-64", 64, "64 callers, each of which waits for its answer: a pool in use."),
  inFlight("tiny-1024", 1024, "1,024 callers: a pool that is flooded."),
  batches("tiny-burst", 10_000, true, "10,000 calls at once; when all are answered, the next 10,000."),
  batches("tiny-batch", 64, false, "64 calls at once; when all are answered, the next 64."),
  sequential("tiny-1-asleep", false)
]
