import { assert, describe, it } from "@effect/vitest"
import {
  events,
  type RunnerAction,
  type RunnerState,
  states,
  step,
  table
} from "../../../src/internal/machine/runnerMachine.ts"
import { IllegalTransition } from "../../../src/internal/machine/transition.ts"

/** What each path has done: the walk ends where nothing new can be reached. */
const walk = (visit: (state: RunnerState, done: ReadonlyArray<RunnerAction>) => void): void => {
  const seen = new Set<string>()
  const go = (state: RunnerState, done: ReadonlyArray<RunnerAction>): void => {
    const key = `${state} ${done.join()}`
    if (seen.has(key) || done.length > 6) return
    seen.add(key)
    visit(state, done)
    for (const event of events) {
      const cell = table[state][event]
      if (cell !== undefined) go(cell.next, [...done, ...cell.actions])
    }
  }
  go("serving", [])
}

describe("the life of a runner", () => {
  it("each cell is what the table says, and an absent one is a defect", () => {
    for (const state of states) {
      for (const event of events) {
        const cell = table[state][event]
        if (cell === undefined) assert.throws(() => step(state, event), IllegalTransition)
        else assert.strictEqual(step(state, event), cell)
      }
    }
  })

  it("a stop is heard whenever it comes, before the serving fiber waits for it and after: G2", () => {
    const early = [step("serving", "stop"), step("asked", "await")]
    const late = [step("serving", "await"), step("awaited", "stop")]
    for (const path of [early, late]) {
      assert.deepStrictEqual(
        path.flatMap(({ actions }) => actions),
        ["resumeStop"]
      )
    }
  })

  it("jobs are ended once, after the stop was heard, and the end of all of them is told once: G3", () => {
    walk((state, done) => {
      const count = (action: RunnerAction) => done.filter((each) => each === action).length
      assert.isAtMost(count("endJobs"), 1)
      assert.isAtMost(count("resumeShutdown"), count("endJobs"))
      if (state === "quiet") assert.strictEqual(count("resumeShutdown"), 1)
      if (state === "draining" || state === "quiet") assert.strictEqual(count("endJobs"), 1)
    })
  })

  it("every state can be reached, and the host may ask for the stop in each", () => {
    const reached = new Set<RunnerState>()
    walk((state) => reached.add(state))
    assert.deepStrictEqual([...reached].toSorted(), [...states].toSorted())
    for (const state of states) assert.isDefined(table[state].stop)
  })
})
