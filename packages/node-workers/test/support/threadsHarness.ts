// Threads, as the conformance suite sees them.
import type { Group, Harness } from "@heddle/testing/conformance/TransportConformance"
import * as Effect from "effect/Effect"
import * as NodeThreads from "../../src/NodeThreads.ts"
import { compiled } from "./compiled.ts"

const entry = new URL("../fixtures/conformance.worker.ts", import.meta.url)

export const threads: Harness = {
  name: "threads",
  has: { sharedMemory: true, realThreads: true, native: true, strays: true },
  transport: ({ heapMb, start = [] } = {}) =>
    NodeThreads.layer({
      entry,
      output: "discard",
      env: { PATH: process.env["PATH"] ?? "", CONFORMANCE_START: JSON.stringify(start), ...compiled },
      ...(heapMb === undefined ? undefined : { resourceLimits: { maxOldGenerationSizeMb: heapMb } })
    }),
  run: (effect) => Effect.runPromiseExit(effect)
}

/** The groups that go into one test file; the suite on threads takes long, so two processes share it. */
export const ofWorkers: ReadonlyArray<Group> = ["outcomes", "start", "crash", "close", "wire", "captures"]
