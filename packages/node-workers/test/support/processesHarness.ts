// Processes, as the conformance suite sees them.
import type { Harness } from "@heddle/testing/conformance/TransportConformance"
import * as Effect from "effect/Effect"
import * as NodeProcesses from "../../src/NodeProcesses.ts"
import { compiled } from "./compiled.ts"

const entry = new URL("../fixtures/conformance.process.ts", import.meta.url)

export const processes: Harness = {
  name: "processes",
  has: { sharedMemory: false, realThreads: true, native: false, strays: false },
  transport: ({ heapMb, start = [] } = {}) =>
    NodeProcesses.layer({
      entry,
      output: "discard",
      env: {
        PATH: process.env["PATH"] ?? "",
        CONFORMANCE_START: JSON.stringify(start),
        ...compiled
      },
      ...(heapMb === undefined ? undefined : { resourceLimits: { maxOldGenerationSizeMb: heapMb } })
    }),
  run: (effect) => Effect.runPromiseExit(effect)
}
