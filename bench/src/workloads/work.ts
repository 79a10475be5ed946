// Tasks that cost time: 10 ms each, and one long one among many short ones.
import { type Job } from "../contenders/contender.ts"
import { spin } from "../contenders/operations.ts"
import { quantile } from "../statistics.ts"
import { metered } from "./metered.ts"
import { type Experiment, need, size, withPool } from "./workload.ts"

/** How many iterations of `spin` take so long, on this thread, once it is compiled. */
const iterationsFor = (millis: number): number => {
  spin(5000)
  const rates = Array.from({ length: 7 }, () => {
    const from = performance.now()
    spin(50_000)
    return 50_000 / (performance.now() - from)
  })
  return Math.max(1, Math.round(quantile(rates, 0.5) * millis))
}

/** How many such tasks this thread does a second, alone. */
const alone = (iterations: number, millis: number): number => {
  const from = performance.now()
  let count = 0
  while (performance.now() - from < millis) {
    spin(iterations)
    count++
  }
  return (count / (performance.now() - from)) * 1000
}

const cpu: Experiment = {
  name: "cpu-10ms",
  workloads: [
    {
      name: "cpu-10ms",
      unit: "speed-up",
      about: "Tasks of 10 ms of computing, against one thread that does the same."
    }
  ],
  awake: false,
  quick: false,
  measure: (contender, timing, watch) =>
    withPool(contender, { operation: "spin", size }, async ({ loop }) => {
      const run = need(loop, "loop")
      const iterations = iterationsFor(timing.smoke ? 1 : 10)
      const expected = spin(iterations)
      const job: Job = {
        next: () => iterations,
        check: (_, answer) => {
          if (answer !== expected) throw new Error(`a wrong answer: ${answer}, not ${expected}`)
        }
      }
      // Before and after, so that a clock that changes its pace meanwhile weighs on both.
      const before = alone(iterations, timing.measure / 2)
      const result = await metered(timing, watch, (meter) => run(job, meter, 4 * size))
      const after = alone(iterations, timing.measure / 2)
      return { ...result, figures: { "cpu-10ms": { value: result.rate / ((before + after) / 2) } } }
    })
}

const mixed: Experiment = {
  name: "mixed",
  workloads: [
    {
      name: "mixed",
      unit: "ms",
      about:
        "One task of 1 s among 1,000 of 50 µs, all at once: when the short ones are answered, p50 and p99."
    }
  ],
  awake: false,
  quick: false,
  measure: (contender, timing, watch) =>
    withPool(contender, { operation: "spin", size }, async ({ burst }) => {
      const run = need(burst, "burst")
      const short = iterationsFor(0.05)
      const long = short * (timing.smoke ? 1000 : 20_000)
      const expected = spin(short)
      const shorts = Array.from({ length: 200 }, () => short)
      await run(shorts, () => {})
      const until = performance.now() + timing.warmUp
      do await run(shorts, () => {})
      while (performance.now() < until)

      const place = 100
      const tasks = Array.from({ length: 1001 }, (_, index) => (index === place ? long : short))
      const times: Array<number> = []
      const share = watch()
      const from = performance.now()
      await run(tasks, (index, answer) => {
        if (index === place) return
        times.push(performance.now() - from)
        if (answer !== expected) throw new Error(`a wrong answer: ${answer}, not ${expected}`)
      })
      if (times.length !== 1000) throw new Error(`${times.length} answers of 1000`)
      const figure = { value: quantile(times, 0.5), p99: quantile(times, 0.99) }
      return { figures: { mixed: figure }, steady: true, share: share() ?? null }
    })
}

export const work: ReadonlyArray<Experiment> = [cpu, mixed]
