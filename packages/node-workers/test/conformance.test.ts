import * as TransportConformance from "@heddle/testing/TransportConformance"
import { describe, it } from "vitest"
import { threads } from "./support/threadsHarness.ts"

describe(`conformance: ${threads.name}`, () => {
  TransportConformance.register({
    harness: threads,
    test: (name, run, timeout = 30_000) => it(name, run, timeout)
  })
})
