// One measurement, in a process of its own: `measure.ts CONTENDER IN_FLIGHT WARM_UP_MS MEASURE_MS [PID…]`.
//
// Warms up until the rate is steady, then counts for a fixed time. The PIDs are the bench's own busy loops. Prints one
// line of JSON: `Measured`.
import { setTimeout as sleep } from "node:timers/promises"
import { contenders, type Meter } from "./contenders.ts"
import { watchOthers } from "./cores.ts"

export interface Measured {
  /** Tasks per second. */
  readonly rate: number
  /** Whether the rate was steady before the time of the warm-up ran out. */
  readonly steady: boolean
  /** Share of all cores that other processes took. */
  readonly share: number | null
}

const windowMillis = 100
/** Windows in a row whose rates differ by no more than this are steady. */
const windows = 3
const tolerance = 0.1

const isSteady = (rates: ReadonlyArray<number>): boolean => {
  const last = rates.slice(-windows)
  return last.length === windows && Math.min(...last) > (1 - tolerance) * Math.max(...last)
}

const rateOver = async (meter: Meter, millis: number): Promise<number> => {
  const from = performance.now()
  const before = meter.count
  await sleep(millis)
  return ((meter.count - before) / (performance.now() - from)) * 1000
}

const warmUp = async (meter: Meter, most: number): Promise<boolean> => {
  const until = performance.now() + most
  const rates: Array<number> = []
  while (performance.now() < until) {
    rates.push(await rateOver(meter, windowMillis))
    if (isSteady(rates)) return true
  }
  return false
}

const [name, inFlight, most, millis, ...pids] = process.argv.slice(2)
const contender = contenders.find((one) => one.name === name)
if (contender === undefined) throw new Error(`no contender is called ${name}`)

const pool = await contender.open()
const meter: Meter = { count: 0, stop: false }
const calls = pool.run(meter, Number(inFlight))
const measured = (async (): Promise<Measured> => {
  const steady = await warmUp(meter, Number(most))
  const share = watchOthers(pids.map(Number))
  const rate = await rateOver(meter, Number(millis))
  return { rate, steady, share: share() ?? null }
})()
// A wrong answer ends the calls at once, and this process with them.
const result = await Promise.race([measured, calls.then(() => measured)])
meter.stop = true
await calls
await pool.close()
process.stdout.write(`${JSON.stringify(result)}\n`)
