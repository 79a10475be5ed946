// Two contenders in one process, in turns of a fraction of a second: `slices.ts SIDE SIDE EXPERIMENT SLICES TIMING [PID…]`, each
// side as `FOLDER#CONTENDER` of a checkout, the timing as JSON. Prints a JSON array of samples for each side.
//
// What a shared machine does to one slice it does to the next one too, so the ratio of two neighbours says more than that of
// two processes. The pools stay open; the one that was opened first is at an advantage, so the caller swaps the sides from one
// process to the next. Not for what a process does once: `start`, `memory`.
import { pathToFileURL } from "node:url"
import type * as Contenders from "./contenders/index.ts"
import type { InProcess, Pool, Timing } from "./contenders/contender.ts"
import { watchOthers } from "./cores.ts"
import { experimentOf } from "./workloads/index.ts"
import type { Sample } from "./workloads/workload.ts"

/** Slices of each side before the first one that counts. */
const unmeasured = 4

const load = async (side: string): Promise<InProcess> => {
  const at = side.lastIndexOf("#")
  const index = pathToFileURL(`${side.slice(0, at)}/bench/src/contenders/index.ts`)
  const { contenderOf } = (await import(index.href)) as typeof Contenders
  const contender = contenderOf(side.slice(at + 1))
  if (!("open" in contender)) throw new Error(`${side} is a program of its own`)
  return keptOpen(contender)
}

/** Opens its pool once, and never closes it: this process ends. */
const keptOpen = (contender: InProcess): InProcess => {
  let pool: Promise<Pool> | undefined
  const open = async (options: Parameters<InProcess["open"]>[0]): Promise<Pool> => ({
    ...(await (pool ??= contender.open(options))),
    close: async () => {}
  })
  return { ...contender, open }
}

const [one, other, name, slices, timingText, ...pids] = process.argv.slice(2)
const sides = [await load(one!), await load(other!)]
const experiment = experimentOf(name!)
const timing = JSON.parse(timingText!) as Timing
const ours = pids.map(Number)
const samples: [Array<Sample>, Array<Sample>] = [[], []]
for (let i = -unmeasured; i < Number(slices); i++) {
  for (const side of i % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
    const sample = await experiment.measure(sides[side]!, timing, () => watchOthers(ours))
    if (i >= 0) samples[side].push(sample)
  }
}
process.stdout.write(`${JSON.stringify(samples)}\n`)
process.exit(0)
