import { assert, describe, it } from "@effect/vitest"
import {
  type AutoShutdown,
  budget,
  decide,
  delayOf,
  endReasons,
  endsSupervisor,
  range,
  refresh,
  replaced,
  restartTypes,
  spend,
  strategies,
  verdicts
} from "../../../src/internal/machine/restart.ts"

const fresh = budget(5, 1000)

describe("restart decisions", () => {
  const expected = {
    permanent: ["restart", "restart", "restart", "restart"],
    transient: ["keep", "keep", "restart", "restart"],
    temporary: ["drop", "drop", "drop", "drop"]
  }
  for (const type of restartTypes) {
    it(`a ${type} child: every reason has the verdict of the matrix: S108`, () => {
      assert.deepStrictEqual(
        endReasons.map((reason) => verdicts[type][reason]),
        expected[type] as never
      )
    })
  }

  it("type and reason decide first, then the budget, then the strategy: every combination: S108, S109", () => {
    let tried = 0
    for (const type of restartTypes) {
      for (const reason of endReasons) {
        for (const strategy of strategies) {
          for (const intensity of [0, 1]) {
            tried++
            const decision = decide({
              type,
              reason,
              strategy,
              budget: budget(intensity, 1000),
              now: 7,
              index: 1,
              count: 3
            })
            const verdict = verdicts[type][reason]
            if (verdict === "drop") assert.deepStrictEqual(decision, { _tag: "Drop" })
            else if (verdict === "keep") {
              assert.deepStrictEqual(decision, { _tag: strategy === "simpleOneForOne" ? "Drop" : "Keep" })
            } else if (intensity === 0) assert.strictEqual(decision._tag, "GiveUp")
            else {
              const [from, to] = range(strategy, 1, 3)
              assert.deepStrictEqual(decision, {
                _tag: "Restart",
                from,
                to,
                budget: { intensity, period: 1000, spent: [7] }
              })
            }
          }
        }
      }
    }
    assert.strictEqual(tried, 3 * 4 * 4 * 2)
  })

  it("each strategy replaces exactly the children it names: S109", () => {
    const of = (index: number) =>
      strategies.map((strategy) => [replaced[strategy], ...range(strategy, index, 3)])
    assert.deepStrictEqual(of(1), [
      ["it", 1, 2],
      ["all", 0, 3],
      ["it and later ones", 1, 3],
      ["it", 1, 2]
    ])
  })
})

describe("budget of restarts", () => {
  /** The times of an exceeded budget. */
  const exceededAt = (intensity: number, period: number, times: ReadonlyArray<number>) => {
    let self = budget(intensity, period)
    return times.filter((now) => {
      const result = spend(self, now)
      self = result.budget
      return result.isExceeded
    })
  }

  const rows: ReadonlyArray<
    readonly [
      intensity: number,
      period: number,
      times: ReadonlyArray<number>,
      exceeded: ReadonlyArray<number>
    ]
  > = [
    [0, 1000, [0], [0]],
    [1, 1000, [0], []],
    [1, 1000, [0, 2100, 4200, 6300], []],
    [1, 1000, [0, 2100, 4200, 6300, 6900], [6900]],
    [1, 1000, [0, 1000], [1000]],
    [1, 1000, [0, 1001], []],
    [2, 1000, [0, 500, 1200, 1400], [1400]],
    [3, 10, [0, 0, 0, 0], [0]]
  ]
  for (const [intensity, period, times, exceeded] of rows) {
    it(`${intensity} in ${period} ms, restarts at ${times.join(", ")}: too many at ${exceeded.join() || "none"}: S111`, () => {
      assert.deepStrictEqual(exceededAt(intensity, period, times), exceeded)
    })
  }

  it("restarts older than the period are forgotten, and no others: S111", () => {
    const spent = { ...fresh, spent: [0, 1, 999, 1000] }
    assert.deepStrictEqual(refresh(spent, 1001).spent, [1, 999, 1000])
    assert.deepStrictEqual(refresh(spent, 5000).spent, [])
  })

  it("the record of restarts stays as short as the intensity, however many there are: G7", () => {
    let self = budget(3, 1000)
    for (let now = 0; now < 100_000; now += 400) self = spend(self, now).budget
    assert.isAtMost(self.spent.length, 4)
  })
})

describe("auto-shutdown", () => {
  const child = { significant: true }
  const alive = { significant: true, isAlive: true }
  const ended = { significant: true, isAlive: false }
  const other = { significant: false, isAlive: true }

  const rows: ReadonlyArray<readonly [AutoShutdown, ReadonlyArray<typeof alive>, ends: boolean]> = [
    ["never", [], false],
    ["any", [alive, other], true],
    ["all", [alive, ended], false],
    ["all", [ended, other], true],
    ["all", [], true]
  ]
  for (const [autoShutdown, others, ends] of rows) {
    it(`${autoShutdown}, with ${JSON.stringify(others)} beside it: ${ends ? "ends" : "goes on"}: S118`, () => {
      assert.strictEqual(endsSupervisor(autoShutdown, child, others), ends)
      assert.isFalse(endsSupervisor(autoShutdown, { significant: false }, others))
    })
  }
})

describe("back-off in plain numbers", () => {
  const plain = { base: 50, factor: 2, cap: 2000, jitter: 0 }

  it("none before the first restart, then doubling up to the cap: G11", () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => delayOf(plain, n, 0.5))
    assert.deepStrictEqual(delays, [0, 50, 100, 200, 400, 800, 1600, 2000, 2000])
  })

  it("jitter makes a delay shorter or longer by its share, and no more: G11", () => {
    const jittered = { ...plain, jitter: 0.2 }
    assert.deepStrictEqual(
      [0, 0.5, 1].map((random) => Math.round(delayOf(jittered, 3, random))),
      [80, 100, 120]
    )
    assert.strictEqual(delayOf(jittered, 1, 1), 0)
  })
})
