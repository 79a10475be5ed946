import { assert, describe, it } from "vitest"
import { faults } from "../src/catalogue.ts"
import { replaced, type Row } from "../src/outcome.ts"
import { budget, isTriedAgain, quick, thorough } from "../src/repeats.ts"

const trialsOf = (fault: { readonly varies?: boolean }, repeats: typeof thorough, millis: number): number => {
  let done = 0
  while (isTriedAgain(fault, repeats, done, done * millis)) done++
  return done
}

describe("S230: a fault is tried", () => {
  it("three times in a thorough run, five times where its outcome varies; in a quick one once, or three times", () => {
    assert.deepStrictEqual(
      [thorough, quick].map((repeats) => [
        trialsOf({}, repeats, 10),
        trialsOf({ varies: true }, repeats, 10)
      ]),
      [
        [3, 5],
        [1, 3]
      ]
    )
  })

  it("at least once, and no more once it has taken its time, unless its outcome varies", () => {
    assert.strictEqual(trialsOf({}, thorough, 20_000), 2)
    assert.strictEqual(trialsOf({}, thorough, budget), 1)
    assert.strictEqual(trialsOf({}, thorough, 1_800_000), 1)
    assert.strictEqual(trialsOf({ varies: true }, thorough, budget), 5)
  })

  it("more often where a heap overflows: V8 may abort before it can be stopped", () => {
    const varying = faults.filter(({ varies }) => varies === true).map(({ name }) => name)
    assert.includeMembers(varying, ["heap-slow", "heap-at-once", "heap-of-node"])
  })
})

describe("rows of several runs", () => {
  const row = (fault: string, system: string, ms: number): Row => ({
    fault,
    system,
    transport: "threads",
    outcome: "value",
    ms,
    nextTaskOk: true,
    detail: ""
  })

  it("S230: a pair that was tried again has its later trials alone; the others keep theirs", () => {
    const earlier = [row("exit", "a", 1), row("exit", "b", 1)]
    const later = [row("exit", "a", 2), row("exit", "a", 3)]
    assert.deepStrictEqual(replaced(earlier, later), [earlier[1]!, ...later])
  })
})
