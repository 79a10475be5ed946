// The longer programs of `ring.test.ts`: each is walked to its end.
import * as Ring from "@heddle/core/protocol/memory/ring"
import { AtomicsModel } from "@heddle/testing"
import { describe, expect, it } from "vitest"
import { longModels } from "./ringModels.ts"

describe("the ring, in every interleaving of longer programs: G17", () => {
  it.each(Object.entries(longModels))(
    "%s",
    (_, model) => {
      const report = AtomicsModel.assert(model(Ring), { maxStates: 6_000_000 })
      expect(report.isExhaustive).toBe(true)
    },
    300_000
  )
})
