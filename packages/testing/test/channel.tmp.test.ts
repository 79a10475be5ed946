import * as TransportConformance from "@heddle/testing/conformance/TransportConformance"
import { describe, it } from "vitest"
import { simulated } from "./support/simulatedHarness.ts"
const reg = (what: string, o: any, shared = true) =>
  describe(what, () =>
    TransportConformance.register({
      harness: simulated(o, shared),
      cases: TransportConformance.suite(["channel"]),
      test: (name, run, timeout) => it(name, run, timeout)
    })
  )
reg("plain", {})
reg("noshared", {}, false)
for (const seed of [1, 2, 3]) reg("adv" + seed, { seed, realism: "adversarial" })
for (const seed of [1, 2, 3]) reg("pre" + seed, { seed, preempt: 0.1 }, seed !== 2)
