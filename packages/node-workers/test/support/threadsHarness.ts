// Threads, as the conformance suite sees them.
import type { Harness } from "@heddle/testing/TransportConformance"
import * as Effect from "effect/Effect"
import * as NodeThreads from "../../src/NodeThreads.ts"

const entry = new URL("../fixtures/conformance.worker.ts", import.meta.url)

export const threads: Harness = {
  name: "threads",
  has: { sharedMemory: true, realThreads: true, native: true },
  transport: ({ heapMb, start = [] } = {}) =>
    NodeThreads.layer({
      entry,
      output: "discard",
      env: { PATH: process.env["PATH"] ?? "", CONFORMANCE_START: JSON.stringify(start) },
      ...(heapMb === undefined ? undefined : { resourceLimits: { maxOldGenerationSizeMb: heapMb } })
    }),
  run: (effect) => Effect.runPromiseExit(effect)
}
