// Counting answers: warm up until the rate is steady, then count for a fixed time.
import type { Meter, Timing } from "../contenders/contender.ts"
import { median } from "../statistics.ts"
import { type Sample, sleep, type Watch } from "./workload.ts"

const windowMillis = 100
/** Windows in a row whose rates differ by no more than this are steady. */
const windows = 3
const tolerance = 0.1

const isSteady = (rates: ReadonlyArray<number>): boolean => {
  const last = rates.slice(-windows)
  return last.length === windows && Math.min(...last) > (1 - tolerance) * Math.max(...last)
}

/** Over so much time, or as much more as so many answers take. */
const rateOver = async (meter: Meter, millis: number, answers = 0): Promise<number> => {
  const from = performance.now()
  const before = meter.count
  await sleep(millis)
  while (meter.count - before < answers) await sleep(1)
  return ((meter.count - before) / (performance.now() - from)) * 1000
}

/** Fewer would be chance. */
const leastAnswers = 4

/** Workers may still be on their way when their pool is open; each window has something to count. */
const firstAnswer = async (meter: Meter): Promise<void> => {
  while (meter.count === 0) await sleep(5)
}

const warmUp = async (meter: Meter, most: number): Promise<boolean> => {
  const until = performance.now() + most
  const rates: Array<number> = []
  while (performance.now() < until) {
    rates.push(await rateOver(meter, Math.min(windowMillis, most / windows)))
    if (isSteady(rates)) return true
  }
  return false
}

export interface Metered extends Pick<Sample, "share" | "steady"> {
  /** Answers per second. */
  readonly rate: number
}

/** `run` answers calls until `meter.stop`; `began` is called when the warm-up is over. */
export const metered = async (
  timing: Timing,
  watch: Watch,
  run: (meter: Meter) => Promise<void>,
  began: () => void = () => {}
): Promise<Metered> => {
  const meter: Meter = { count: 0, stop: false }
  const calls = run(meter)
  const measured = (async (): Promise<Metered> => {
    await firstAnswer(meter)
    const steady = await warmUp(meter, timing.warmUp)
    began()
    const share = watch()
    const rate = await rateOver(meter, timing.measure, leastAnswers)
    return { rate, steady, share: share() ?? null }
  })()
  // A wrong answer ends the calls at once, and this process with them.
  const result = await Promise.race([measured, calls.then(() => measured)])
  meter.stop = true
  await calls
  return result
}

/** `once` does so many items and says how many milliseconds that took; the median rate of many, once it is steady. */
export const repeated = async (
  timing: Timing,
  watch: Watch,
  items: number,
  once: () => Promise<number>
): Promise<Metered> => {
  const rateOf = async (): Promise<number> => (items / (await once())) * 1000
  // The first one waits for the workers.
  let rates: Array<number> = [await rateOf()]
  let until = performance.now() + timing.warmUp
  do rates.push(await rateOf())
  while (performance.now() < until && !isSteady(rates))
  const steady = isSteady(rates)
  rates = []
  const share = watch()
  until = performance.now() + timing.measure
  do rates.push(await rateOf())
  while (performance.now() < until)
  return { rate: median(rates), steady, share: share() ?? null }
}
