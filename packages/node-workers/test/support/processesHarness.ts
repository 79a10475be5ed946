// Processes, as the conformance suite sees them.
import * as Signal from "@heddle/testing/conformance/Signal"
import * as TransportConformance from "@heddle/testing/TransportConformance"
import * as Effect from "effect/Effect"
import { afterAll, describe, it } from "vitest"
import * as NodeProcesses from "../../src/NodeProcesses.ts"
import { fileBoards, removeBoards } from "./fileBoards.ts"

const entry = new URL("../fixtures/conformance.process.ts", import.meta.url)

const processes: TransportConformance.Harness = {
  name: "processes",
  has: { sharedMemory: false, realThreads: true, native: false, strays: false },
  transport: ({ heapMb, start = [] } = {}) =>
    NodeProcesses.layer({
      entry,
      output: "discard",
      env: { PATH: process.env["PATH"] ?? "", CONFORMANCE_START: JSON.stringify(start) },
      ...(heapMb === undefined ? undefined : { resourceLimits: { maxOldGenerationSizeMb: heapMb } })
    }),
  run: (effect) => Effect.runPromiseExit(effect)
}

/** Registers some groups; the suite on processes takes long, so several files share it. */
export const register = (groups: ReadonlyArray<TransportConformance.Group>): void => {
  Signal.useBoards(fileBoards)
  afterAll(removeBoards)
  describe(`conformance: ${processes.name}`, () => {
    TransportConformance.register({
      harness: processes,
      cases: TransportConformance.suite(groups),
      test: (name, run, timeout = 30_000) => it(name, run, timeout)
    })
  })
}
