// What a long queue costs: 1,000,000 tasks that wait, against 1,000.
import { median } from "../statistics.ts"
import { type Experiment, need, size, timed, timesOf, withPool } from "./workload.ts"

export const queue: Experiment = {
  name: "queue",
  workloads: [
    {
      name: "queue",
      unit: "cost",
      about:
        "What a task costs when 1,000,000 are submitted at once, as a multiple of what it costs when 1,000 are. The " +
        "callers of so many tasks weigh on the garbage collector as well."
    }
  ],
  awake: false,
  quick: false,
  measure: (contender, timing, watch) => {
    const few = timing.smoke ? 100 : 1000
    const many = timing.smoke ? 2000 : 1_000_000
    return withPool(contender, { operation: "add", size, waiting: many }, async ({ burst }) => {
      const run = need(burst, "burst")
      const cost = async (count: number): Promise<number> => {
        const payloads = Array.from({ length: count }, (_, n) => n)
        let right = 0
        const millis = await timed(() =>
          run(payloads, (index, answer) => {
            if (answer === index + 1) right++
          })
        )
        if (right !== count) throw new Error(`${right} right answers of ${count}`)
        return millis / count
      }
      await timesOf(3, timing.warmUp, () => cost(few))
      const share = watch()
      const short = median(await timesOf(3, timing.measure, () => cost(few)))
      const long = await cost(many)
      return {
        figures: { queue: { value: long / short } },
        steady: true,
        share: share() ?? null,
        last: { tasks: many, millis: long * many }
      }
    })
  }
}
