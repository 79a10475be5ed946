// Faults that come back: a task that kills each worker it touches, workers that fail again and again.
import { existsSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { setTimeout as delay } from "node:timers/promises"
import { writeBadFile } from "../badFiles.ts"
import { notExpressible, type Scene, type Settled } from "./scene.ts"

const marksIn = (file: string): number => (existsSync(file) ? statSync(file).size : 0)

const bounded = (settled: Settled, times: number, most: number, what: string): Settled => {
  const detail = `${what} ${times} times; ${settled.detail}`
  return settled.outcome !== "hang" && times > most
    ? { outcome: "wrong-result", detail }
    : { ...settled, detail }
}

/** Whoever runs it again does so soon. */
const pause = 500

/** Declared nothing: it may have done anything, and must not be run twice (G6). */
const poison: Scene = async ({ folder, pool, settle }) => {
  const file = join(folder, "poison")
  const settled = await settle(() => pool.call("stage", { name: "poison", argument: file }))
  await delay(pause)
  return bounded(settled, marksIn(file), 1, "run")
}

/** Declared to be safe to run again: a pool that does so must give it up in the end. */
const idempotent: Scene = async ({ folder, pool, settle }) => {
  const { callIdempotent } = pool
  if (callIdempotent === undefined) return notExpressible("no task is ever run again")
  const file = join(folder, "poison")
  const settled = await settle(() => callIdempotent("stage", { name: "poison", argument: file }))
  await delay(pause)
  return bounded(settled, marksIn(file), 10, "run")
}

/** A start each half a second is a storm, beyond the first few. */
const mostStarts = (millis: number): number => 6 + millis / 500

/** Workers that die as soon as they are ready, under callers who do not give up. */ const storm: Scene =
  async (stage) => {
    const file = writeBadFile(stage.folder, "crash-when-ready", stage.system.worker)
    const pool = await stage.open({ file })
    const millis = stage.count(10_000, 3000)
    const end = performance.now() + millis
    let last: Settled
    do {
      last = await stage.settle(() => pool.call("inject", "wait"))
      await delay(10)
    } while (last.outcome !== "hang" && performance.now() < end)
    void pool.close().catch(() => {})
    return bounded(last, marksIn(`${fileURLToPath(file)}.starts`), mostStarts(millis), "started")
  }

/** The same, and nobody calls: no task may be to blame. */
const idle: Scene = async (stage) => {
  const file = writeBadFile(stage.folder, "crash-when-ready", stage.system.worker)
  const pool = await stage.open({ file })
  const millis = stage.count(10_000, 5000)
  await delay(millis)
  const settled = await stage.settle(() => pool.call("inject", "wait"))
  void pool.close().catch(() => {})
  return bounded(settled, marksIn(`${fileURLToPath(file)}.starts`), mostStarts(millis), "started")
}

export const storms = {
  poison,
  "poison-idempotent": idempotent,
  "restart-storm": storm,
  "restart-storm-idle": idle
}
