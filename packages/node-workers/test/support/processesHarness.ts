// Processes, as the conformance suite sees them.
import type { Harness } from "@heddle/testing/conformance/TransportConformance"
import * as Effect from "effect/Effect"
import * as NodeProcesses from "../../src/NodeProcesses.ts"
import { bundleOf, compiledBundles, useOwnFiles } from "./bundles.ts"
import { compiled } from "./compiled.ts"

const source = new URL("../fixtures/conformance.process.ts", import.meta.url)

const harness = (
  from: () => { readonly entry: URL; readonly env: Readonly<Record<string, string>> }
): Harness => ({
  name: "processes",
  has: { sharedMemory: false, realThreads: true, native: false, strays: false },
  transport: ({ heapMb, start = [] } = {}) => {
    const { entry, env } = from()
    return NodeProcesses.layer({
      entry,
      output: "discard",
      env: {
        PATH: process.env["PATH"] ?? "",
        CONFORMANCE_START: JSON.stringify(start),
        ...env
      },
      ...(heapMb === undefined ? undefined : { resourceLimits: { maxOldGenerationSizeMb: heapMb } })
    })
  },
  run: (effect) => Effect.runPromiseExit(effect)
})

/** Each process starts from bundles. */
export const processes: Harness = harness(() => {
  useOwnFiles("bundles")
  return { entry: bundleOf("conformance.process"), env: compiledBundles() }
})

/** Each process starts from sources, as a program under development. */
export const processesOfSources: Harness = harness(() => {
  useOwnFiles("sources")
  return { entry: source, env: compiled }
})
