import { assert, describe, it } from "@effect/vitest"
import { liveLine, type State } from "../src/progress.ts"

const escapes = new RegExp(`${String.fromCodePoint(27)}\\[\\d+m`, "g")
const state: State = { bytes: 84_000_000, size: 200_000_000, badLines: 3, rate: 121_400_000 }

describe("Progress", () => {
  it("says how far it is, how fast, and how many lines were bad", () => {
    const line = liveLine(state, 120).replaceAll(escapes, "")
    assert.include(line, "42%  84.0 MB of 200.0 MB  121 MB/s  3 bad lines")
  })

  it("is never wider than the terminal", () => {
    for (const width of [5, 20, 40, 60, 80, 200])
      assert.isAtMost(liveLine(state, width).replaceAll(escapes, "").length, width)
  })
})
