// The laws of pools, on threads: what holds under simulated schedules holds under real ones.
import * as Laws from "@heddle/testing/conformance/Laws"
import * as TransportConformance from "@heddle/testing/conformance/TransportConformance"
import { describe, it } from "vitest"
import { threads } from "./support/threadsHarness.ts"

describe("laws: threads", () => {
  TransportConformance.register({
    harness: threads,
    cases: Laws.all.map(Laws.toCase),
    test: (name, run) => it(name, run, 60_000)
  })
})
