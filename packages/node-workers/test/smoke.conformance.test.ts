// A dozen cases of the conformance suite on real threads and on real processes: start, run, cancel, crash, close. They belong to
// the quick tier (`scripts/tiers.mjs`); the `conformance.*` files run every case. Here workers start from
// sources, there from bundles.
import * as Signal from "@heddle/testing/conformance/suite/Signal"
import * as TransportConformance from "@heddle/testing/conformance/TransportConformance"
import { afterAll, beforeAll, describe, it } from "vitest"
import { fileBoards, removeBoards } from "./support/fileBoards.ts"
import { processesOfSources as processes } from "./support/processesHarness.ts"
import { threadsOfSources as threads } from "./support/threadsHarness.ts"

/** By group, the beginnings of the names of its cases. */
const chosen: ReadonlyArray<readonly [TransportConformance.Group, string]> = [
  ["start", "each worker builds its layer once"],
  ["start", "S021, S023: a worker that throws at import"],
  ["outcomes", "a handler that dies of a TypeError"],
  ["outcomes", "a declared error arrives as its class"],
  ["crash", "a task exiting its worker is lost"],
  ["crash", "one worker's death leaves the task on its neighbour alone"],
  ["cancel", "an endless loop is terminated after its grace"],
  ["cancel", "a handler cleaning up within its grace keeps its worker"],
  ["cancel", "interrupting a queued task removes the task"],
  ["stream", "of a stream without end five elements are taken"],
  ["stream", "a lost worker ends the stream"],
  ["close", "draining finishes running and queued tasks"],
  ["close", "closing with 5 of 50 tasks running settles all 50"],
  ["close", "when the pool's scope ends by interruption"]
]

const cases = chosen.map(([group, beginning]) => {
  const found = TransportConformance.groups[group].find(({ name }) => name.startsWith(beginning))
  if (found === undefined) throw new Error(`${group} has no case that begins with "${beginning}"`)
  return found
})

describe(`smoke: ${threads.name}`, () => {
  TransportConformance.register({ harness: threads, cases, test: it })
})

describe(`smoke: ${processes.name}`, () => {
  // Boards are a setting of the whole process, and threads have none: after theirs.
  beforeAll(() => Signal.useBoards(fileBoards))
  afterAll(removeBoards)
  TransportConformance.register({ harness: processes, cases, test: it })
})
