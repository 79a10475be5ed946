/**
 * Laws of workers: how often workers start, and their ends.
 *
 * @since 0.1.0
 */
import type { PoolEvent } from "@heddle/core/PoolEvent"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import { expect, expectEqual } from "../suite/Harness.ts"
import { awaitSnapshot, range } from "../suite/Steps.ts"
import { Sabotage } from "../suite/tasks.ts"
import { only } from "../suite/Watch.ts"
import { draw } from "../../internal/current.ts"
import { Body, idsOf, makeJournal, read } from "./Body.ts"
import { type Law, make } from "./Law.ts"

/** Leaves running bodies, waiting bodies, and a dying worker, at any moment of their lives. */
const leaveBusy = Effect.gen(function* () {
  const journal = makeJournal(4)
  const { workers } = yield* TaskPool.snapshot
  for (const id of range(2)) yield* TaskPool.fork(Body, { journal, id, work: 30, cleanup: 2 })
  yield* TaskPool.fork(Sabotage, { how: "exit", code: 3 })
  for (const id of range(2)) yield* TaskPool.fork(Body, { journal, id: id + 2, work: 2, cleanup: 2 })
  yield* Effect.sleep(yield* draw("delay", 60))
  return { journal, first: workers.map(({ worker }) => worker) }
})

/** The workers started after the program began. */
const begun = (events: ReadonlyArray<PoolEvent>) => only(events, "WorkerStarting").map(({ worker }) => worker)

export const nothingLeft: Law = make({
  name: "nothing left",
  numbers: ["G2"],
  states: "after a pool's close every worker has ended, and no handler is left in the middle",
  pool: { size: 2, grace: "10 seconds" },
  program: leaveBusy,
  afterwards: ({ first, journal }, events) => {
    const ended = events.flatMap((event) =>
      event._tag === "WorkerStopped" || event._tag === "WorkerLost" || event._tag === "SpawnFailed"
        ? [event.worker]
        : []
    )
    for (const worker of [...first, ...begun(events)])
      expect(ended.includes(worker), `worker ${worker} had not ended when the pool had closed`)
    const lines = read(journal)
    expectEqual(new Set(idsOf(lines, "closed")), new Set(idsOf(lines, "opened")), "bodies that ended")
  }
})

export const noSpawnAfterClose: Law = make({
  name: "no spawn after close",
  numbers: ["G2"],
  states: "a closing pool starts no worker",
  pool: { size: 2 },
  program: leaveBusy,
  afterwards: (_, events) => {
    const closing = events.findIndex(
      (event) => event._tag === "PoolStateChanged" && event.state === "closing"
    )
    expect(closing >= 0, "the pool did not close")
    expectEqual(begun(events.slice(closing)).length, 0, "workers that were started while it closed")
  }
})

/** By default five restarts in ten seconds are too many; the lost worker counts as a restart as well. */
const mostStarts = 6

export const restartIntensity: Law = make({
  name: "restart intensity",
  numbers: ["G7"],
  states: "the pool retries failing starts a few times, then fails and starts no more",
  pool: { size: 1 },
  starts: ["normal", ...range(100).map(() => "throws" as const)],
  program: Effect.gen(function* () {
    yield* Effect.exit(Sabotage({ how: "exit", code: 3 }))
    const failed = awaitSnapshot(({ state }) => state === "failed", "failed")
    yield* Effect.timeoutOption(failed, "19 seconds")
    yield* Effect.sleep(100)
    return (yield* TaskPool.snapshot).state
  }),
  check: (state, events) => {
    const starts = begun(events).length
    expect(starts <= mostStarts, `a worker that cannot start was started ${starts} times again`)
    expectEqual(state, "failed", "the state of a pool without hope")
  }
})
