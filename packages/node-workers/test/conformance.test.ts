// How workers start, answer and die, and what crosses to them; the other groups are in `conformance.tasks.test.ts`.
import * as TransportConformance from "@heddle/testing/conformance/TransportConformance"
import { describe, it } from "vitest"
import { stacksFromSources } from "./support/bundles.ts"
import { ofWorkers, threads, threadsOfSources } from "./support/threadsHarness.ts"

describe(`conformance: ${threads.name}`, () => {
  TransportConformance.register({
    harness: threads,
    cases: stacksFromSources(TransportConformance.suite(ofWorkers), threadsOfSources),
    test: it
  })
})
