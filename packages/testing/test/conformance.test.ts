import type { Options } from "@heddle/testing/simulation/Simulation"
import * as TransportConformance from "@heddle/testing/conformance/TransportConformance"
import { describe, it } from "vitest"
import { simulated } from "./support/simulatedHarness.ts"

const register = (
  what: string,
  options: Options,
  groups?: ReadonlyArray<TransportConformance.Group>,
  sharedMemory = true
) => {
  const harness = simulated(options, sharedMemory)
  describe(`conformance: ${harness.name}${what}`, () => {
    TransportConformance.register({
      harness,
      cases: TransportConformance.suite(groups),
      test: (name, run, timeout) => it(name, run, timeout)
    })
  })
}

register("", {})

// Groups of cases independent of the order of ready fibers.
const unordered = [
  "outcomes",
  "start",
  "crash",
  "cancel",
  "time",
  "close",
  "wire",
  "captures",
  "hostile",
  "causes",
  "nest",
  "reserve",
  "service",
  "dedicated",
  "channel"
] as const

register(
  ", in any order, without shared memory",
  { seed: 3, realism: "adversarial" },
  ["nest", "channel", "service"],
  false
)
// In order: otherwise a message posted behind a task may start before the task's next operation.
register(", without shared memory", {}, ["crash"], false)
register(", preempted at any operation", { seed: 1, preempt: 0.1 }, unordered)
register(", in any order", { seed: 2, realism: "adversarial" }, unordered)
