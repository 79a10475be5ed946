// Threads, as the conformance suite sees them.
import type { Group, Harness } from "@heddle/testing/conformance/TransportConformance"
import * as Effect from "effect/Effect"
import * as NodeThreads from "../../src/NodeThreads.ts"
import { bundleOf, compiledBundles } from "./bundles.ts"
import { compiled } from "./compiled.ts"

const source = new URL("../fixtures/conformance.worker.ts", import.meta.url)

const harness = (
  from: () => { readonly entry: URL; readonly env: Readonly<Record<string, string>> }
): Harness => ({
  name: "threads",
  has: { sharedMemory: true, realThreads: true, native: true, strays: true },
  transport: ({ heapMb, start = [] } = {}) => {
    const { entry, env } = from()
    return NodeThreads.layer({
      entry,
      output: "discard",
      env: { PATH: process.env["PATH"] ?? "", CONFORMANCE_START: JSON.stringify(start), ...env },
      ...(heapMb === undefined ? undefined : { resourceLimits: { maxOldGenerationSizeMb: heapMb } })
    })
  },
  run: (effect) => Effect.runPromiseExit(effect)
})

/** Each thread starts from a bundle. */
export const threads: Harness = harness(() => ({
  entry: bundleOf("conformance.worker"),
  env: compiledBundles()
}))

/** Each thread starts from sources, as a program under development. */
export const threadsOfSources: Harness = harness(() => ({ entry: source, env: compiled }))

/** The groups that go into one test file; the suite on threads takes long, so two processes share it. */
export const ofWorkers: ReadonlyArray<Group> = ["outcomes", "start", "crash", "close", "wire", "captures"]
