// Processes, as the conformance suite sees them.
import { join } from "node:path"
import * as Signal from "@heddle/testing/conformance/Signal"
import * as TransportConformance from "@heddle/testing/TransportConformance"
import * as Effect from "effect/Effect"
import { afterAll, describe, it } from "vitest"
import * as NodeProcesses from "../../src/NodeProcesses.ts"
import { boardDirectory, fileBoards, removeBoards } from "./fileBoards.ts"

const entry = new URL("../fixtures/conformance.process.ts", import.meta.url)

const processes: TransportConformance.Harness = {
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

/** Registers some groups; the suite on processes takes long, so several files share it. */
export const register = (groups: ReadonlyArray<TransportConformance.Group>): void =>
  registerCases("conformance", TransportConformance.suite(groups))

export const registerCases = (what: string, cases: ReadonlyArray<TransportConformance.Case>): void => {
  Signal.useBoards(fileBoards)
  afterAll(removeBoards)
  describe(`${what}: ${processes.name}`, () => {
    TransportConformance.register({
      harness: processes,
      cases,
      test: (name, run, timeout = 30_000) => it(name, run, timeout)
    })
  })
}
