// Pools within pools, and tasks that wait for tasks.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { answer } from "../injections.ts"
import { held, leftOf } from "../held.ts"
import type { Nesting } from "../staged.ts"
import type { Awaited } from "../system.ts"
import { notExpressible, type Scene, type Stage } from "./scene.ts"

const isAnswer = (value: unknown): boolean => value === answer

const nesting = ({ system }: Stage, depth: number): Nesting => ({
  system: system.name,
  transport: system.transport,
  depth
})

/** What is promised to be gone within a second. */
const goneWithin = 1000

/** A worker has opened a pool, whose worker loops: the outer pool is closed. */
const closed: Scene = async (stage) => {
  const before = await held()
  const outer = await stage.open()
  const file = join(stage.folder, "looping")
  let isOver = false
  const running = stage.settle(() => outer.call("nest", { ...nesting(stage, 1), file }))
  void running.then(() => (isOver = true))
  while (!existsSync(file) && !isOver) await delay(10)
  const closing = await stage.settle(
    () => outer.close(),
    () => true
  )
  if (closing.outcome === "hang") return { outcome: "hang", detail: "closing" }
  const settled = await running
  const left = await leftOf(before, goneWithin)
  return left.length === 0 ? settled : { outcome: "left-behind", detail: left.join(", ") }
}

/** A worker opens a pool, whose worker opens a pool, and so on. Each takes a moment to start. */
const deep: Scene = (stage) =>
  stage.settle(() => stage.pool.call("nest", nesting(stage, stage.count(8, 5))), isAnswer, 30_000)

const waiting =
  (whom: Awaited): Scene =>
  async (stage) => {
    const { callWaiting } = stage.pool
    if (callWaiting === undefined) return notExpressible("a task has no way to the pool that it runs on")
    return stage.settle(() => callWaiting(whom), whom === "another" ? isAnswer : undefined)
  }

export const nestings = {
  "nested-pool": closed,
  "nested-depth": deep,
  "nested-task": waiting("another"),
  deadlock: waiting("itself")
}
