// How workers start, answer and die, and what crosses to them; the other groups are in `conformance.tasks.test.ts`.
import * as TransportConformance from "@heddle/testing/conformance/TransportConformance"
import { describe, it } from "vitest"
import { ofWorkers, threads } from "./support/threadsHarness.ts"

describe(`conformance: ${threads.name}`, () => {
  TransportConformance.register({
    harness: threads,
    cases: TransportConformance.suite(ofWorkers),
    test: (name, run, timeout = 30_000) => it(name, run, timeout)
  })
})
