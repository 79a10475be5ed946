// Ten thousand hostile values, at every entrance of a user's value.
import { bringAll, pairs } from "@heddle/testing/conformance/suite/hostile"
import { withPool } from "@heddle/testing/conformance/suite/Harness"
import * as Cause from "effect/Cause"
import { expect, it } from "vitest"
import { simulated } from "./support/simulatedHarness.ts"

const parts = 10

for (let part = 0; part < parts; part++) {
  it(`a thousand hostile values each have one typed outcome, and the worker stays, part ${part + 1} of ${parts}: S209, G1, G9`, async () => {
    const harness = simulated()
    const exit = await harness.run(withPool(harness, { size: 1 }, bringAll(pairs(1_000, 1_000 * part))))
    expect(exit._tag === "Success" ? "" : Cause.pretty(exit.cause)).toBe("")
  }, 60_000)
}
