// The laws can fail on real threads too: on transports that lie. A mutant that survives fails the suite.
import * as Laws from "@heddle/testing/Laws"
import * as TransportMutants from "@heddle/testing/TransportMutants"
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

  it("and the same laws hold on threads that do not", async () => {
    for (const law of new Set(TransportMutants.all.map(lawOf)))
      expect(String(await threads.run(law.holds(threads)))).toBe(String(Exit.void))
  })
})
