// The laws, which `laws.test.ts` shows to hold on real threads, can fail there: on transports that lie. A mutant that survives
// fails the suite.
import * as Laws from "@heddle/testing/conformance/Laws"
import * as TransportMutants from "@heddle/testing/conformance/TransportMutants"
import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import { threads } from "./support/threadsHarness.ts"

const lawOf = (mutant: TransportMutants.TransportMutant): Laws.Law => {
  const law = Laws.all.find(({ name }) => name === mutant.law)
  if (law === undefined) throw new Error(`there is no law ${mutant.law}`)
  return law
}

describe("G1, G3, G4, G5: threads behind a transport that lies break the law", () => {
  it.each(TransportMutants.all.map((mutant) => [mutant.name, mutant] as const))(
    "%s",
    async (_, mutant) => {
      const harness = TransportMutants.plant(mutant, threads)
      const exit = await harness.run(lawOf(mutant).holds(harness))
      expect(Exit.isFailure(exit), "it survived").toBe(true)
      expect(String(exit)).toContain("ExpectationFailed")
    },
    20_000
  )
})
