import { assert, describe, it } from "@effect/vitest"
import * as runner from "../../../src/internal/machine/runnerMachine.ts"
import { problemsOf, reachable, walkPaths } from "../../support/walk.ts"

const { states, step, table } = runner

describe("the life of a runner", () => {
  it("each cell is what the table says, and an absent one is a defect", () => {
    assert.deepStrictEqual(problemsOf(runner), [])
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
    walkPaths(runner, "serving", (state, done) => {
      const count = (action: runner.RunnerAction) => done.filter((each) => each === action).length
      assert.isAtMost(count("endJobs"), 1)
      assert.isAtMost(count("resumeShutdown"), count("endJobs"))
      if (state === "quiet") assert.strictEqual(count("resumeShutdown"), 1)
      if (state === "draining" || state === "quiet") assert.strictEqual(count("endJobs"), 1)
    })
  })

  it("every state can be reached, and the host may ask for the stop in each", () => {
    assert.deepStrictEqual([...reachable(runner, "serving")].toSorted(), [...states].toSorted())
    for (const state of states) assert.isDefined(table[state].stop)
  })
})
