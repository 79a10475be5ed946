import { assert, describe, it } from "@effect/vitest"
import { judge } from "../../../../src/internal/host/fleet/Recycler.ts"

const none = { soft: Infinity, hard: Infinity }

describe("what a worker may hold in memory", () => {
  const limits = { heap: { soft: 10, hard: 20 }, rss: { soft: 100, hard: 200 } }
  const table: ReadonlyArray<readonly [heap: number | undefined, rss: number | undefined, verdict: string]> =
    [
      [undefined, undefined, "stays"],
      [10, 100, "stays"],
      [11, 100, "heap, soft"],
      [10, 101, "rss, soft"],
      [11, 101, "heap, soft"],
      [20, 200, "heap, soft"],
      [21, 0, "heap, hard"],
      [0, 201, "rss, hard"],
      [11, 201, "rss, hard"],
      [21, 201, "heap, hard"],
      [undefined, 101, "rss, soft"]
    ]
  for (const [heap, rss, verdict] of table) {
    it(`S083: a heap of ${heap} and an RSS of ${rss}: ${verdict}`, () => {
      const found = judge(limits, { heap, rss })
      assert.strictEqual(
        found === undefined ? "stays" : `${found.what}, ${found.isHard ? "hard" : "soft"}`,
        verdict
      )
    })
  }

  it("S083: without limits nothing is too much", () => {
    assert.isUndefined(judge({ heap: none, rss: none }, { heap: 1e15, rss: 1e15 }))
  })
})
