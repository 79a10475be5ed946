import * as TransportConformance from "@heddle/testing/TransportConformance"
import { describe, it } from "vitest"
import { simulated } from "./support/simulatedHarness.ts"

const harness = simulated()

describe(`conformance: ${harness.name}`, () => {
  TransportConformance.register({ harness, test: (name, run, timeout) => it(name, run, timeout) })
})
