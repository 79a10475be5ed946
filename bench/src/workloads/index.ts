// What is measured, in the order of the report.
import { footprint } from "./footprint.ts"
import { faults } from "./loss.ts"
import { maps } from "./map.ts"
import { payloads } from "./payload.ts"
import { queue } from "./queue.ts"
import { streams } from "./stream.ts"
import { tiny } from "./tiny.ts"
import { work } from "./work.ts"
import type { Experiment, Workload } from "./workload.ts"

export const experiments: ReadonlyArray<Experiment> = [
  ...tiny,
  ...maps,
  ...payloads,
  ...streams,
  ...work,
  queue,
  ...faults,
  ...footprint
]

export const workloads: ReadonlyArray<Workload> = experiments.flatMap((experiment) => experiment.workloads)

export const experimentOf = (name: string): Experiment => {
  const found = experiments.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no experiment is called ${name}`)
  return found
}
