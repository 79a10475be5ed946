import { assert, describe, it } from "@effect/vitest"
import {
  events,
  type ReservationAction,
  type ReservationState,
  states,
  step,
  table
} from "../../../src/internal/machine/reservationMachine.ts"
import { IllegalTransition } from "../../../src/internal/machine/transition.ts"

/** What each path has done: the walk ends where nothing new can be reached. */
const walk = (visit: (state: ReservationState, done: ReadonlyArray<ReservationAction>) => void): void => {
  const seen = new Set<string>()
  const go = (state: ReservationState, done: ReadonlyArray<ReservationAction>): void => {
    const key = `${state} ${done.join()}`
    if (seen.has(key) || done.length > 7) return
    seen.add(key)
    visit(state, done)
    for (const event of events) {
      const cell = table[state][event]
      if (cell !== undefined) go(cell.next, [...done, ...cell.actions])
    }
  }
  go("waiting", [])
}

describe("the life of a reservation", () => {
  it("each cell is what the table says, and an absent one is a defect", () => {
    for (const state of states) {
      for (const event of events) {
        const cell = table[state][event]
        if (cell === undefined) assert.throws(() => step(state, event), IllegalTransition)
        else assert.strictEqual(step(state, event), cell)
      }
    }
  })

  it("the caller hears once whether it holds a worker, and the line is left once: S251", () => {
    walk((state, done) => {
      const count = (...actions: ReadonlyArray<ReservationAction>) =>
        done.filter((each) => actions.includes(each)).length
      const isOver = state !== "waiting"
      assert.strictEqual(count("forget"), isOver ? 1 : 0)
      assert.isAtMost(count("tellHeld", "tellRefused"), 1)
      if (state === "refused") assert.strictEqual(count("tellRefused"), 1)
    })
  })

  it("a held worker is given up exactly once, and never before its calls were ended, unless it or the pool ends: S252, G2", () => {
    walk((state, done) => {
      const count = (...actions: ReadonlyArray<ReservationAction>) =>
        done.filter((each) => actions.includes(each)).length
      const wasHeld = count("tellHeld") === 1
      const isOver = state === "returned" || state === "lost"
      assert.strictEqual(count("release", "letGo", "tellLost"), wasHeld && isOver ? 1 : 0)
      if (count("release") === 1) assert.isBelow(done.indexOf("endCalls"), done.indexOf("release"))
    })
  })

  it("the end of the scope ends the open calls, whatever became of the worker: G3", () => {
    for (const state of ["held", "returned", "lost"] as const) {
      assert.include(step(state, "giveBack").actions, "endCalls")
    }
  })

  it("every state can be reached, and the scope may close in each", () => {
    const reached = new Set<ReservationState>()
    walk((state) => reached.add(state))
    assert.deepStrictEqual([...reached].toSorted(), [...states].toSorted())
    for (const state of states) assert.isDefined(table[state].giveBack)
  })
})
