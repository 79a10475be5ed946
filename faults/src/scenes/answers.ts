// Answers at the wrong time, hosts that do not listen, and a great many answers.
import { spawn } from "node:child_process"
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises"
import process from "node:process"
import { descendantsOf, isAlive } from "../processTable.ts"
import { grown, held } from "../held.ts"
import { spin } from "../injections.ts"
import { makeRandom } from "../soakPlan.ts"
import type { Order } from "../staged.ts"
import { right, type Scene, type Settled, type Stage, worst } from "./scene.ts"

const order = (name: Order["name"], argument: unknown): Order => ({ name, argument })

/** Each call has to get its own answer, whatever else arrives. */
const askInTurn = async ({ pool, settle }: Stage, count: number): Promise<Settled> => {
  const all: Array<Settled> = []
  for (let i = 0; i < count; i++) {
    const settled = await settle(
      () => pool.call("echo", i),
      (value) => value === i
    )
    all.push(settled)
    if (settled.outcome === "hang") break
  }
  return worst(all)
}

/** Its limit is over, it hears nothing, and answers then, while others wait for theirs. */
const late: Scene = async (stage) => {
  const given = stage.settle(() => stage.pool.call("stage", order("late", 700), 500))
  const others = [await askInTurn(stage, 20)]
  const first = await given
  if (first.outcome === "hang") return first
  await delay(500)
  others.push(await askInTurn(stage, 20))
  return worst(others)
}

/**
 * It answers at about the moment in which its worker is replaced: at once where a limit ends the worker, after the grace
 * of a second where there is one.
 */
const replaced: Scene = async (stage) => {
  const random = makeRandom(1)
  const all: Array<Settled> = []
  for (let round = 0; round < stage.count(6, 2); round++) {
    const millis = (round % 2 === 0 ? 1480 : 480) + Math.floor(random() * 40)
    const given = await stage.settle(() => stage.pool.call("stage", order("late-spin", millis), 500))
    if (given.outcome === "hang") return given
    all.push(await askInTurn(stage, 10))
  }
  return worst(all)
}

const isLate = (value: unknown): boolean => value === "late"

/** The answer arrives in time, and finds a host that is blocked until after the limit. */
const blocked: Scene = async ({ pool, settle }) => {
  const running = settle(() => pool.call("stage", order("late", 100), 500), isLate)
  await delay(20)
  // From here timers come next, then messages.
  await turn()
  spin(1000)
  return running
}

/** The host is stopped for two seconds, as by a laptop that is closed; no limit. */
const stopped: Scene = async ({ pool, settle }) => {
  const running = settle(() => pool.call("stage", order("late", 1000)), isLate)
  await delay(20)
  spawn("sh", ["-c", `kill -STOP ${process.pid}; sleep 2; kill -CONT ${process.pid}`], { stdio: "ignore" })
  return running
}

/** The worker is killed while it has nothing to do, and called before anyone can know. */
const killedIdle: Scene = ({ pool, settle }) => {
  for (const pid of descendantsOf(process.pid).filter(isAlive)) process.kill(pid, "SIGKILL")
  return settle(
    () => pool.call("add", 41),
    (sum) => sum === 42
  )
}

/** What a great many tasks may leave in the heap of their host, in megabytes: statistics and compiled code, no tasks. */
const heapSlack = 8

const many: Scene = async ({ count, patience, pool }) => {
  const total = count(1_000_000, 20_000)
  const warnings: Array<string> = []
  const hear = (warning: Error): void => void warnings.push(warning.name)
  process.on("warning", hear)
  const wrong = await drive(pool, total / 10, patience)
  const before = await held()
  const began = performance.now()
  const outcome = wrong ?? (await drive(pool, total, patience))
  const seconds = (performance.now() - began) / 1000
  const after = await held()
  process.off("warning", hear)
  if (outcome !== undefined) return outcome
  const uneven = [
    ...grown(before, after),
    ...warnings,
    ...(after.heapMb > before.heapMb + heapSlack ? [`the heap: ${before.heapMb} to ${after.heapMb} MB`] : [])
  ]
  const detail = `${total} tasks, ${Math.round(total / seconds)} a second, ${before.heapMb} to ${after.heapMb} MB`
  return uneven.length === 0
    ? right(detail)
    : { outcome: "wrong-result", detail: `${detail}; ${uneven.join(", ")}` }
}

/** So many tasks, 64 at a time; undefined where all went well. */
const drive = async (pool: Stage["pool"], total: number, patience: number): Promise<Settled | undefined> => {
  let next = 0
  let seen = -1
  let problem: Settled | undefined
  const caller = async (): Promise<void> => {
    for (let n = next++; n < total && problem === undefined; n = next++) {
      const sum = await pool.call("add", n)
      if (sum !== n + 1) problem ??= { outcome: "wrong-result", detail: `${String(sum)} for ${n} + 1` }
    }
  }
  // No timer for each call: what counts is that they go on.
  let watch: NodeJS.Timeout
  const standstill = new Promise<void>((resolve) => {
    watch = setInterval(() => {
      if (next !== seen) return void (seen = next)
      problem ??= { outcome: "hang", detail: `after ${next} tasks` }
      resolve()
    }, patience)
  })
  try {
    await Promise.race([Promise.all(Array.from({ length: 64 }, caller)), standstill])
  } finally {
    clearInterval(watch!)
  }
  return problem
}

export const answers = {
  "late-reply": late,
  "replaced-reply": replaced,
  "host-blocked": blocked,
  "host-stopped": stopped,
  "SIGKILL-idle": killedIdle,
  "many-tasks": many
}
