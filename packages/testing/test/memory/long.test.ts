// The longer programs around shared memory: each is walked to its end.
import * as Cells from "@heddle/core/protocol/memory/cells"
import * as Counts from "@heddle/core/protocol/memory/counts"
import * as Ring from "@heddle/core/protocol/memory/ring"
import { AtomicsModel } from "@heddle/testing"
import { describe, expect, it } from "vitest"
import * as cells from "./cellsModels.ts"
import * as counts from "./countsModels.ts"
import * as ring from "./ringModels.ts"

const models = [
  ...Object.entries(ring.longModels).map(([name, model]) => [`ring: ${name}`, () => model(Ring)] as const),
  ...Object.entries(counts.longModels).map(
    ([name, model]) => [`counts: ${name}`, () => model(Counts)] as const
  ),
  ...Object.entries(cells.longModels).map(([name, model]) => [`cells: ${name}`, () => model(Cells)] as const)
]

describe("shared memory, in every interleaving of longer programs: G17", () => {
  it.each(models)(
    "%s",
    (_, model) => {
      const report = AtomicsModel.assert<Record<string, Int32Array>, string>(model() as never, {
        maxStates: 6_000_000
      })
      expect(report.isExhaustive).toBe(true)
    },
    300_000
  )
})
