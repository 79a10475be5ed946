// Processes, as the conformance suite sees them.
import { join } from "node:path"
import type { Harness } from "@heddle/testing/conformance/TransportConformance"
import * as Effect from "effect/Effect"
import * as NodeProcesses from "../../src/NodeProcesses.ts"
import { boardDirectory } from "./fileBoards.ts"

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
        // Workers start by the hundred, from sources whose types are stripped: Node keeps what came of that.
        NODE_COMPILE_CACHE: join(boardDirectory(), "compiled")
      },
      ...(heapMb === undefined ? undefined : { resourceLimits: { maxOldGenerationSizeMb: heapMb } })
    }),
  run: (effect) => Effect.runPromiseExit(effect)
}
