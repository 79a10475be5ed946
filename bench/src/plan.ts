// How long, how often, and what: `--quick`, `--smoke`, or thorough.
import type { Contender, Timing } from "./contenders/contender.ts"
import type { Experiment } from "./workloads/workload.ts"

export interface Plan {
  readonly rounds: number
  /** Rounds beyond these are left out when the time runs out. */
  readonly leastRounds: number
  /** The most of each; shorter where the budget asks for it. */
  readonly timing: Timing
  /** Measurements that may be repeated, in all, because others took too much of the cores. */
  readonly repeats: number
  /** All of it, in milliseconds. Nothing begins after it. */
  readonly budget: number
  /** The longest that one measurement may take. */
  readonly timeout: number
}

export const quick: Plan = {
  rounds: 5,
  leastRounds: 2,
  timing: { warmUp: 800, measure: 500, records: 200_000, smoke: false },
  repeats: 8,
  budget: 160_000,
  timeout: 10_000
}

/** Everything, in about half an hour. The more code a pool has, the longer V8 takes to make it fast. */
export const brief: Plan = {
  rounds: 3,
  leastRounds: 2,
  timing: { warmUp: 1600, measure: 600, records: 200_000, smoke: false },
  repeats: 10,
  budget: 1_800_000,
  timeout: 60_000
}

/** The same with another budget. Throws on what is no number of minutes. */
export const within = (plan: Plan, minutes: string): Plan => {
  const budget = Number(minutes) * 60_000
  if (!(budget > 0)) throw new Error(`--minutes: expected a number above 0, got ${minutes}`)
  return { ...plan, budget }
}

export const thorough: Plan = {
  rounds: 5,
  leastRounds: 5,
  timing: { warmUp: 3000, measure: 2000, records: 1_000_000, smoke: false },
  repeats: 60,
  budget: Infinity,
  timeout: 180_000
}

export const smoke: Plan = {
  rounds: 1,
  leastRounds: 1,
  timing: { warmUp: 30, measure: 50, records: 3000, smoke: true },
  repeats: 0,
  budget: Infinity,
  timeout: 30_000
}

/** Below these nothing is measured but noise. */
const leastWarmUp = 150
const leastMeasure = 120

/** Splits what a measurement may still take between warming up and measuring. */
export const timingWithin = (most: Timing, millis: number): Timing => ({
  ...most,
  warmUp: Math.min(most.warmUp, Math.max(leastWarmUp, millis * 0.55)),
  measure: Math.min(most.measure, Math.max(leastMeasure, millis * 0.45))
})

/** One contender at one experiment. */
export interface Cell {
  readonly contender: Contender
  readonly experiment: Experiment
}

const can = (contender: Contender, experiment: Experiment): boolean =>
  experiment.workloads.some(({ name }) => contender.workloads.includes(name))

export interface Choice {
  readonly quick: boolean
  readonly smoke: boolean
  readonly workloads: ReadonlyArray<string> | undefined
  readonly contenders: ReadonlyArray<string> | undefined
}

/** Which cells a run has, contender by contender within each experiment. Throws on a name that nothing has. */
export const cellsOf = (
  experiments: ReadonlyArray<Experiment>,
  contenders: ReadonlyArray<Contender>,
  choice: Choice
): ReadonlyArray<Cell> => {
  const offered = experiments.filter(
    ({ quick: isQuick }) => !choice.quick || isQuick === true || (isQuick === "smoke" && choice.smoke)
  )
  refuseUnknown(
    "workload",
    choice.workloads,
    offered.flatMap(({ workloads }) => workloads.map(({ name }) => name))
  )
  refuseUnknown(
    "contender",
    choice.contenders,
    contenders.map(({ name }) => name)
  )
  const { contenders: named, workloads } = choice
  return offered
    .filter(
      (experiment) =>
        workloads === undefined || experiment.workloads.some(({ name }) => workloads.includes(name))
    )
    .flatMap((experiment) =>
      contenders
        .filter((contender) => can(contender, experiment))
        .filter(({ name, quick: isQuick }) =>
          named === undefined ? !choice.quick || isQuick !== false : named.includes(name)
        )
        .map((contender) => ({ contender, experiment }))
    )
}

const refuseUnknown = (
  kind: string,
  asked: ReadonlyArray<string> | undefined,
  known: ReadonlyArray<string>
): void => {
  for (const name of asked ?? []) {
    if (!known.includes(name)) throw new Error(`no ${kind} is called ${name}; there are ${known.join(", ")}`)
  }
}
