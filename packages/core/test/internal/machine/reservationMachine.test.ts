import { assert, describe, it } from "@effect/vitest"
import * as reservation from "../../../src/internal/machine/reservationMachine.ts"
import { problemsOf, reachable, walkPaths } from "../../support/walk.ts"

const { states, step, table } = reservation

describe("the life of a reservation", () => {
  it("each cell is what the table says, and an absent one is a defect", () => {
    assert.deepStrictEqual(problemsOf(reservation), [])
  })

  it("the caller hears once whether it holds a worker, and the line is left once: S251", () => {
    walkPaths(reservation, "waiting", (state, done) => {
      const count = (...actions: ReadonlyArray<reservation.ReservationAction>) =>
        done.filter((each) => actions.includes(each)).length
      const isOver = state !== "waiting"
      assert.strictEqual(count("forget"), isOver ? 1 : 0)
      assert.isAtMost(count("tellHeld", "tellRefused"), 1)
      if (state === "refused") assert.strictEqual(count("tellRefused"), 1)
    })
  })

  it("a held worker is given up exactly once, and never before its calls were ended, unless it or the pool ends: S252, G2", () => {
    walkPaths(reservation, "waiting", (state, done) => {
      const count = (...actions: ReadonlyArray<reservation.ReservationAction>) =>
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
    assert.deepStrictEqual([...reachable(reservation, "waiting")].toSorted(), [...states].toSorted())
    for (const state of states) assert.isDefined(table[state].giveBack)
  })
})
