// Streams: a million records from a worker to the host, the other way, and from one worker to another.
import type { Contender } from "../contenders/contender.ts"
import { expectedSum, type Kind, type Way } from "../contenders/readings.ts"
import { repeated } from "./metered.ts"
import { type Experiment, need, resident, size, timed, withPool } from "./workload.ts"

const whence: Readonly<Record<Way, string>> = {
  out: "from a worker to the host",
  in: "from the host to a worker",
  between: "from one worker to another"
}
const what: Readonly<Record<Kind, string>> = {
  objects: "plain objects",
  typed: "numbers in typed arrays of 1,024"
}

const countFor = (contender: Contender, records: number): number =>
  Math.min(records, contender.streamRecords ?? Infinity)

const stream = (way: Way, kind: Kind): Experiment => {
  const name = `stream-${way}-${kind}`
  return {
    name,
    workloads: [
      {
        name,
        unit: "items/s",
        about:
          `A stream of 1,000,000 ${what[kind]} ${whence[way]}, which adds them up; fewer in a brief run, and where it ` +
          "would take minutes: the rate is what counts."
      }
    ],
    awake: false,
    quick: "smoke",
    measure: (contender, timing, watch) =>
      withPool(contender, { operation: "add", size }, async (pool) => {
        const run = need(pool.stream, "stream")
        const count = countFor(contender, timing.records)
        const result = await repeated(timing, watch, count, () =>
          timed(async () => {
            const sum = await run({ way, kind, count, isSlow: false })
            if (sum !== expectedSum(count)) throw new Error(`a wrong sum: ${sum}, not ${expectedSum(count)}`)
          })
        )
        return { ...result, figures: { [name]: { value: result.rate } } }
      })
  }
}

/** Between two looks at the memory, in milliseconds. */
const lookMillis = 10

/** What is resident while it runs, at most, and afterwards, in MB. The workers are threads of this process. */
const memoryOf = async (
  run: () => Promise<unknown>
): Promise<{ readonly peak: number; readonly after: number }> => {
  let peak = await resident()
  const look = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss() / 2 ** 20)
  }, lookMillis)
  try {
    await run()
  } finally {
    clearInterval(look)
  }
  return { peak, after: await resident() }
}

/** Streams before those that count: as many elements as in the long one, so that most of V8's heaps have grown by then. */
const warmUps = (smoke: boolean): number => (smoke ? 1 : 10)

const memory: Experiment = {
  name: "stream-memory",
  workloads: [
    {
      name: "stream-memory",
      unit: "MB",
      about:
        "Objects from a worker to the host, which takes a microsecond more for each than is needed: the most memory that is resident during 10,000,000, less that during " +
        "1,000,000 (a fifth of each in a brief run), after ten streams of 1,000,000. " +
        "V8 lets its young generations grow by some ten MB each; elements that pile up would take 1,000 MB."
    },
    {
      name: "stream-flat",
      unit: "ratio",
      about:
        "The same streams: the memory that is resident after the 10,000,000, by that after the 1,000,000; host and workers " +
        "together. 1 is flat."
    }
  ],
  awake: false,
  quick: "smoke",
  measure: (contender, timing, watch) =>
    withPool(contender, { operation: "add", size }, async (pool) => {
      const run = need(pool.stream, "stream")
      const count = countFor(contender, timing.records)
      const during = (times: number) =>
        memoryOf(() => run({ way: "out", kind: "objects", count: count * times, isSlow: true }))
      for (let i = 0; i < warmUps(timing.smoke); i++) await during(1)
      const share = watch()
      const once = await during(1)
      const tenTimes = await during(10)
      return {
        figures: {
          "stream-memory": { value: tenTimes.peak - once.peak },
          "stream-flat": { value: tenTimes.after / once.after }
        },
        steady: true,
        share: share() ?? null
      }
    })
}

const ways = ["out", "in", "between"] as const
const kinds = ["objects", "typed"] as const

export const streams: ReadonlyArray<Experiment> = [
  ...ways.flatMap((way) => kinds.map((kind) => stream(way, kind))),
  memory
]
