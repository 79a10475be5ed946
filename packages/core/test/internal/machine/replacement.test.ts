import { assert, describe, it } from "@effect/vitest"
import * as Replacement from "../../../src/internal/machine/replacement.ts"
import { defaults } from "../../../src/internal/model/defaults.ts"

const limits = { intensity: defaults.restartIntensity, period: defaults.restartPeriod }

const backoff = {
  base: defaults.backoffBase,
  factor: defaults.backoffFactor,
  cap: defaults.backoffCap,
  jitter: defaults.backoffJitter
}

/** A number is a wait in milliseconds. */
type Step = "faulted" | "crashed" | "served" | number

const after = (...steps: ReadonlyArray<Step>): Replacement.Replacement => {
  let now = 0
  return steps.reduce<Replacement.Replacement>((state, step) => {
    if (typeof step === "number") {
      now += step
      return state
    }
    if (step === "faulted") return Replacement.faulted(state, now)
    return step === "crashed" ? Replacement.crashed(state) : Replacement.served(state)
  }, Replacement.make(limits))
}

const times = (count: number, ...steps: ReadonlyArray<Step>): Array<Step> =>
  Array.from({ length: count }, () => steps).flat()

/** Without jitter. */
const delay = (state: Replacement.Replacement): number => Replacement.delay(state, backoff, 0.5)

describe("replacement of workers", () => {
  const delays = [0, 0, 50, 100, 200, 400, 800, 1600, 2000, 2000]
  for (const step of ["faulted", "crashed"] as const) {
    delays.forEach((expected, count) => {
      it(`${count} in a row that ${step}: the next start waits ${expected} ms: G11, S021`, () => {
        assert.strictEqual(delay(after(...times(count, step))), expected)
      })
    })
  }

  it("the delay is up to a fifth shorter or longer: G11", () => {
    const state = after(...times(3, "crashed"))
    assert.closeTo(Replacement.delay(state, backoff, 0), 80, 1e-9)
    assert.closeTo(Replacement.delay(state, backoff, 1), 120, 1e-9)
  })

  const table: ReadonlyArray<
    readonly [what: string, steps: ReadonlyArray<Step>, exhausted: boolean, delay: number]
  > = [
    ["nothing", [], false, 0],
    ["as many faults as the intensity", times(5, "faulted"), false, 400],
    ["one more", times(6, "faulted"), true, 800],
    ["faults that are a third of a period apart", times(6, "faulted", 3_334), true, 800],
    ["the same, but tasks were served in between", times(7, "faulted", "served", 3_334), false, 0],
    ["served in between, but all within the period", times(6, "faulted", "served", 100), true, 0],
    ["slow starts that fail in a row, a period apart", times(6, "faulted", 20_000), true, 800],
    ["crashes under tasks, however many", times(100, "crashed"), false, 2000],
    ["four faults, and a served task", [...times(4, "faulted"), "served"], false, 0],
    ["a fault after that", [...times(4, "faulted"), "served", "faulted"], false, 0],
    ["two crashes after a served task", [...times(4, "crashed"), "served", "crashed", "crashed"], false, 50],
    ["more faults than crashes", [...times(4, "faulted"), "crashed"], false, 200],
    ["crashes and then faults", [...times(3, "crashed"), ...times(6, "faulted")], true, 800]
  ]
  for (const [what, steps, exhausted, expected] of table) {
    it(`after ${what}: ${exhausted ? "given up" : "goes on"}, ${expected} ms: G11, S111`, () => {
      const state = after(...steps)
      assert.strictEqual(Replacement.isExhausted(state), exhausted)
      assert.strictEqual(delay(state), expected)
    })
  }

  it("serving a task without earlier failures returns the very same value", () => {
    const state = Replacement.make(limits)
    assert.strictEqual(Replacement.served(state), state)
  })
})
