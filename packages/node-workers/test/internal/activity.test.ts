import { assert, describe, it } from "@effect/vitest"
import * as activity from "../../src/internal/activity.ts"

describe("what a silent thread does", () => {
  const table: ReadonlyArray<
    readonly [isParked: boolean, utilization: number, answered: boolean, expected: string]
  > = [
    [false, 0, true, "idle"],
    [false, 0.1, false, "idle"],
    [false, 1, true, "busy"],
    [false, 0.9, true, "busy"],
    [false, 1, false, "blocked"],
    [true, 1, false, "parked"],
    [true, 1, true, "parked"],
    [true, 0, true, "parked"]
  ]
  for (const [isParked, utilization, answered, expected] of table) {
    const signs = `${isParked ? "parked" : "not parked"}, busy ${utilization}, ${answered ? "answers" : "is mute"}`
    it(`G4: ${signs}: ${expected}`, () => {
      assert.strictEqual(activity.ofThread({ isParked, utilization, answered }), expected)
    })
  }
})

describe("what a silent process does", () => {
  const table: ReadonlyArray<readonly [stat: string, expected: string | undefined]> = [
    ["12 (node) R 1 12 12 0", "busy"],
    ["12 (node) S 1 12 12 0", "idle"],
    ["12 (node) I 1 12 12 0", "idle"],
    ["12 (node) D 1 12 12 0", "blocked"],
    ["12 (node) T 1 12 12 0", "stopped"],
    ["12 (node) t 1 12 12 0", "stopped"],
    ["12 (node) Z 1 12 12 0", undefined],
    ["12 (a) T (R) S 1 12 12 0", "idle"],
    ["", undefined]
  ]
  for (const [stat, expected] of table) {
    it(`G4: ${JSON.stringify(stat)} says ${expected}`, () => {
      assert.strictEqual(activity.ofStateLetter(activity.letterInStat(stat)), expected)
    })
  }
})

describe("what many processes do, where ps tells", () => {
  it("G4: each by its own line", () => {
    const states = activity.lettersInPs("    1 S<Ll\n  302 T\n12345 R+\nnonsense\n")
    assert.deepStrictEqual(Array.from(states), [
      [1, "S"],
      [302, "T"],
      [12345, "R"]
    ])
  })
})
