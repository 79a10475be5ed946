import * as TransportConformance from "@heddle/testing/conformance/TransportConformance"
import { describe, it } from "vitest"
import { threads } from "./support/threadsHarness.ts"
import { processes } from "./support/processesHarness.ts"
for (const harness of [threads, processes] as Array<any>)
  describe(harness.name, () =>
    TransportConformance.register({
      harness,
      cases: TransportConformance.suite(["channel"]),
      test: (name, run, timeout) => it(name, run, timeout)
    })
  )
