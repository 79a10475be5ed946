// No descriptors left: the trial runs under `ulimit -n`, and holds all there are when its worker is lost.
import { closeSync, openSync } from "node:fs"
import { setTimeout as delay } from "node:timers/promises"
import { type Scene, type Settled, type Stage } from "./scene.ts"

/** Takes every descriptor that is free; gives them back when called. */
const exhaust = (): (() => void) => {
  const taken: Array<number> = []
  try {
    for (;;) taken.push(openSync("/dev/null", "r"))
  } catch {
    return () => taken.splice(0).forEach((fd) => closeSync(fd))
  }
}

const losing = async (stage: Stage, giveBackAfter: number): Promise<Settled> => {
  const giveBack = exhaust()
  const timer = setTimeout(giveBack, giveBackAfter)
  try {
    const lost = await stage.settle(() => stage.pool.call("inject", "exit"))
    if (lost.outcome === "hang") return lost
    return await stage.settle(
      () => stage.pool.call("add", 41),
      (sum) => sum === 42
    )
  } finally {
    clearTimeout(timer)
    giveBack()
    await delay(100)
  }
}

/** They stay taken. */
const exhausted: Scene = (stage) => losing(stage, 2 ** 30)

/** They come back after a moment, which a pool that tries again survives. */
const short: Scene = (stage) => losing(stage, 300)

export const descriptors = { "descriptors-exhausted": exhausted, "descriptors-short": short }
