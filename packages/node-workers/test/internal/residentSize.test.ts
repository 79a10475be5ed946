import process from "node:process"
import { assert, describe, it } from "@effect/vitest"
import { fromStatus, residentSize } from "../../src/internal/residentSize.ts"

describe("the memory of a process, from outside", () => {
  it("of this very process is about the size that the process reports itself: S083", async () => {
    if (process.platform === "win32") return
    const size = await residentSize(process.pid)
    const own = process.memoryUsage.rss()
    assert.isTrue(size !== undefined && size > own / 2 && size < own * 2, `${size} and ${own}`)
  })

  it("of a missing process is unknown: S083", async () => {
    assert.isUndefined(await residentSize(2 ** 22 + 1))
  })

  const table: ReadonlyArray<readonly [status: string, size: number | undefined]> = [
    ["Name:\tnode\nVmRSS:\t   61044 kB\nRssAnon:\t 1 kB\n", 61_044 * 1024],
    ["Name:\tVmRSS: 5 kB\nState:\tZ (zombie)\n", undefined],
    ["", undefined]
  ]
  for (const [status, size] of table) {
    it(`${JSON.stringify(status)} says ${size}: S083`, () => {
      assert.strictEqual(fromStatus(status), size)
    })
  }
})
