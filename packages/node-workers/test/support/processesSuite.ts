// Suites on processes, for the test files that share them.
import * as Signal from "@heddle/testing/conformance/suite/Signal"
import * as TransportConformance from "@heddle/testing/conformance/TransportConformance"
import { afterAll, describe, it } from "vitest"
import { stacksFromSources } from "./bundles.ts"
import { fileBoards, removeBoards } from "./fileBoards.ts"
import { processes, processesOfSources } from "./processesHarness.ts"

/** Registers some groups; the suite on processes takes long, so several files share it. */
export const register = (groups: ReadonlyArray<TransportConformance.Group>): void =>
  registerCases("conformance", TransportConformance.suite(groups))

export const registerCases = (what: string, cases: ReadonlyArray<TransportConformance.Case>): void => {
  Signal.useBoards(fileBoards)
  afterAll(removeBoards)
  describe(`${what}: ${processes.name}`, () => {
    TransportConformance.register({
      harness: processes,
      cases: stacksFromSources(cases, processesOfSources),
      test: it
    })
  })
}
