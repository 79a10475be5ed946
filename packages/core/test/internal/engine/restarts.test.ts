import { assert, describe, it } from "@effect/vitest"
import * as restarts from "../../../src/internal/engine/restarts.ts"
import { defaults } from "../../../src/internal/model/defaults.ts"

const { crashed, failed, served } = restarts
const functions = { crashed, failed, served }

type Step = keyof typeof functions

const after = (...steps: ReadonlyArray<Step>): restarts.RestartState =>
  steps.reduce((state, step) => functions[step](state), restarts.initial)

const times = (step: Step, count: number): Array<Step> => Array.from({ length: count }, () => step)

describe("restarts", () => {
  const delays = [0, 0, 50, 100, 200, 400, 800, 1600, 2000, 2000]
  for (const step of ["failed", "crashed"] as const) {
    delays.forEach((delay, count) => {
      it(`G11, S021: ${count} in a row that ${step}: the next start waits ${delay} ms`, () => {
        assert.strictEqual(restarts.delay(after(...times(step, count))), delay)
      })
    })
  }

  const table: ReadonlyArray<readonly [steps: ReadonlyArray<Step>, exhausted: boolean, delay: number]> = [
    [[], false, 0],
    [times("failed", defaults.restartMax - 1), false, 200],
    [times("failed", defaults.restartMax), true, 400],
    [times("failed", defaults.restartMax + 1), true, 800],
    [times("crashed", 100), false, 2000],
    [[...times("failed", 4), "served"], false, 0],
    [[...times("failed", 4), "served", "failed"], false, 0],
    [[...times("crashed", 4), "served", "crashed", "crashed"], false, 50],
    [[...times("failed", 4), "crashed"], false, 200],
    [[...times("crashed", 3), ...times("failed", 5)], true, 400]
  ]
  for (const [steps, exhausted, delay] of table) {
    const title = steps.length === 0 ? "nothing" : steps.join(", ")
    it(`G11, S025: after ${title}: ${exhausted ? "the pool gives up" : "the pool goes on"}, ${delay} ms`, () => {
      const state = after(...steps)
      assert.strictEqual(restarts.isExhausted(state), exhausted)
      assert.strictEqual(restarts.delay(state), delay)
    })
  }

  it("what serves well costs nothing: the state stays the very same value", () => {
    assert.strictEqual(restarts.served(restarts.initial), restarts.initial)
    assert.strictEqual(after("failed", "served"), restarts.initial)
  })
})
