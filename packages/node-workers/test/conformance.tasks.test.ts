// What becomes of tasks: every group of the suite that `conformance.test.ts` leaves, in a process of its own.
import * as TransportConformance from "@heddle/testing/conformance/TransportConformance"
import { describe, it } from "vitest"
import { ofWorkers, threads } from "./support/threadsHarness.ts"

const rest = TransportConformance.groupNames.filter((name) => !ofWorkers.includes(name))

describe(`conformance: ${threads.name}`, () => {
  TransportConformance.register({
    harness: threads,
    cases: TransportConformance.suite(rest),
    test: (name, run, timeout = 30_000) => it(name, run, timeout)
  })
})
