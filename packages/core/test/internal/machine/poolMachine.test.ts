import { assert, describe, it } from "@effect/vitest"
import * as pool from "../../../src/internal/machine/poolMachine.ts"
import type { Table } from "../../../src/internal/machine/transition.ts"
import { actionsOf, reachable, unnoticed } from "../../support/walk.ts"

const { events, states, step, table } = pool

type PoolTable = Table<pool.PoolState, pool.PoolEvent, pool.PoolAction>

const once: ReadonlyArray<pool.PoolAction> = [
  "open",
  "fail",
  "refuseWaiting",
  "armDrain",
  "refuseUnstarted",
  "refuseQueued",
  "interruptHeld",
  "stopWorkers",
  "release"
]

/** Walks every path of a pool's life, over the state, the actions so far, and whether the queue had drained. */
const violations = (cells: PoolTable): ReadonlyArray<string> => {
  const found = new Set<string>()
  const visited = new Set<string>()
  const go = (state: pool.PoolState, done: ReadonlyMap<pool.PoolAction, number>, drained: boolean): void => {
    const key = `${state} ${drained} ${[...done].toSorted(([a], [b]) => a.localeCompare(b)).join()}`
    if (visited.has(key)) return
    visited.add(key)
    for (const event of events) {
      const cell = cells[state][event]
      if (cell === undefined) continue
      const where = `${state} × ${event}`
      const next = new Map(done)
      for (const action of cell.actions) next.set(action, Math.min(2, (next.get(action) ?? 0) + 1))
      const count = (action: pool.PoolAction) => next.get(action) ?? 0
      const empty = drained || (state === "draining" && event === "drained")

      for (const action of once) if (count(action) > 1) found.add(`${where}: ${action} twice`)
      if (count("release") !== (cell.next === "closed" ? 1 : 0))
        found.add(`${where}: release while ${cell.next}`)
      if (cell.actions.includes("open") !== (state !== "open" && cell.next === "open")) {
        found.add(`${where}: open belongs on entering open, and nowhere else`)
      }
      if (cell.next === "failed" && count("fail") !== 1) found.add(`${where}: failed without telling`)
      if (cell.next === "draining" && count("refuseWaiting") !== 1)
        found.add(`${where}: callers wait before a closing pool`)
      if (cell.next === "draining" && count("armDrain") !== 1)
        found.add(`${where}: it drains without a limit`)
      const finishes = event === "closeFinishing" && cell.next === "draining" && state !== "draining"
      if (cell.actions.includes("refuseUnstarted") !== finishes)
        found.add(`${where}: what has not started is to be refused exactly when what runs is to finish`)
      const ending = cell.next === "closing" || cell.next === "closed"
      if (count("stopWorkers") !== (ending ? 1 : 0))
        found.add(`${where}: workers stopped ${count("stopWorkers")} times`)
      if (ending && count("refuseWaiting") + count("fail") === 0)
        found.add(`${where}: suspended callers are never told`)
      if (ending && !empty && count("refuseQueued") + count("fail") === 0)
        found.add(`${where}: the queue is never told`)
      if (ending && count("interruptHeld") === 0) found.add(`${where}: what workers hold runs on`)
      if (!ending && count("interruptHeld") > 0) found.add(`${where}: interrupts while ${cell.next}`)
      go(cell.next, next, empty)
    }
  }
  go("starting", new Map(), false)
  return [...found]
}

describe("pool machine", () => {
  it("on every path everyone who waits is told, workers are stopped once, and everything is released once: G2", () => {
    assert.deepStrictEqual(violations(table), [])
  })

  it("the walk notices each action that is dropped, and each that is done twice", () => {
    const { missed, tried } = unnoticed(pool, violations, {
      drops: actionsOf(pool),
      adds: ["release", "stopWorkers", "open", "interruptHeld"]
    })
    assert.deepStrictEqual(missed, [])
    assert.isAbove(tried, 80)
  })

  it("from every state a pool can be closed, and closed is never left and does nothing: G2", () => {
    for (const state of states) assert.isTrue(reachable(pool, state).has("closed"), state)
    assert.deepStrictEqual([...reachable(pool, "closed")], ["closed"])
    for (const event of events) assert.deepStrictEqual(table.closed[event]?.actions ?? [], [], event)
  })

  it("every state is reachable from the start", () => {
    assert.deepStrictEqual([...reachable(pool, "starting")].toSorted(), [...states].toSorted())
  })

  it("a pool takes tasks only after its first worker was ready, and never again after it stopped taking them", () => {
    const opening = states
      .filter((state) => state !== "open")
      .flatMap((state) =>
        events.filter((e) => table[state][e]?.next === "open").map((e) => `${state} × ${e}`)
      )
    assert.deepStrictEqual(opening, ["starting × workerReady"])
  })

  it("draining ends when the queue is empty, when its limit passes, or when nothing can run any more: S087, S089", () => {
    const ways = events.filter((event) => table.draining[event]?.next === "closing")
    assert.deepStrictEqual(ways, ["exhausted", "closeInterrupting", "drained", "drainExpired"])
    assert.deepStrictEqual(step("draining", "drained").actions, ["interruptHeld", "stopWorkers"])
    assert.deepStrictEqual(step("draining", "drainExpired").actions, [
      "refuseQueued",
      "interruptHeld",
      "stopWorkers"
    ])
  })

  it("closing is legal in every state, and closing twice is closing once: S092", () => {
    for (const event of ["closeDraining", "closeFinishing", "closeInterrupting"] as const) {
      for (const state of states) assert.isDefined(table[state][event], `${state} × ${event}`)
      for (const state of ["closing", "closed"] as const) {
        const again = step(state, event)
        assert.deepStrictEqual([again.next, ...again.actions], [state])
      }
    }
  })

  it("a pool whose workers cannot start fails once, and a worker that is ready later changes nothing: S016, S021", () => {
    assert.deepStrictEqual(step("starting", "exhausted").actions, ["fail"])
    assert.deepStrictEqual(step("failed", "exhausted").actions, [])
    const late = step("failed", "workerReady")
    assert.deepStrictEqual([late.next, ...late.actions], ["failed"])
  })
})
