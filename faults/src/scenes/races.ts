// Two things at once, in an order that a seed decides, again and again: the worst that came of it.
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises"
import { answer } from "../injections.ts"
import { held, leftOf } from "../held.ts"
import { makeRandom } from "../soakPlan.ts"
import { type Scene, type Settled, type Stage, worst } from "./scene.ts"

const isAnswer = (value: unknown): boolean => value === answer

const isSum = (value: unknown): boolean => value === 42

/** Beyond any number of turns in which something might happen at once. */
const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await turn()
}

const goneWithin = 1000

/** Rounds until one hangs; what they all have left counts in the end. */
const rounds = async (
  count: number,
  round: (random: () => number) => Promise<ReadonlyArray<Settled>>
): Promise<Settled> => {
  const before = await held()
  const all: Array<Settled> = []
  for (let seed = 1; seed <= count; seed++) {
    const settled = worst(await round(makeRandom(seed)))
    all.push({ ...settled, detail: `seed ${seed} of ${count}: ${settled.detail}` })
    if (settled.outcome === "hang") return worst(all)
  }
  const left = await leftOf(before, goneWithin)
  return left.length === 0 ? worst(all) : { outcome: "left-behind", detail: left.join(", ") }
}

const closing = (stage: Stage, close: () => Promise<unknown>): Promise<Settled> =>
  stage.settle(close, () => true)

/** Eight tasks are submitted while the pool closes. */
const closeAgainstSubmit: Scene = (stage) =>
  rounds(stage.count(20, 4), async (random) => {
    const pool = await stage.open()
    await pool.call("add", 41)
    const submitted = Array.from({ length: 8 }, async () => {
      await turns(Math.floor(random() * 20))
      return stage.settle(() => pool.call("inject", "work"), isAnswer)
    })
    await turns(Math.floor(random() * 20))
    return [await closing(stage, () => pool.close()), ...(await Promise.all(submitted))]
  })

/** A task is given up at about the moment in which its worker takes it; two others must not suffer. */
const interruptAgainstAcquire: Scene = (stage) =>
  rounds(stage.count(60, 15), (random) => {
    const limit = 1 + Math.floor(random() * 8)
    const calls = [undefined, limit, undefined].map((within) =>
      stage.settle(() => stage.pool.call("inject", "work", within), isAnswer)
    )
    return Promise.all(calls)
  })

/** The pool is closed while its first worker starts, with a task waiting for it. */
const closeAgainstStart: Scene = (stage) =>
  rounds(stage.count(16, 4), async (random) => {
    const abort = new AbortController()
    const opening = stage.open({ signal: abort.signal })
    const called = stage.settle(async () => (await opening).call("add", 41), isSum)
    await delay(Math.floor(random() * 400))
    abort.abort()
    const closed = closing(stage, () =>
      opening.then(
        (pool) => pool.close(),
        () => undefined
      )
    )
    return [await called, await closed]
  })

export const races = {
  "close-against-submit": closeAgainstSubmit,
  "interrupt-against-acquire": interruptAgainstAcquire,
  "close-against-start": closeAgainstStart
}
