/**
 * Laws of what runs in workers: handlers end before their tasks do, and only so many run.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import { expect, expectEqual } from "../conformance/Harness.ts"
import { awaitSnapshot, range } from "../conformance/Steps.ts"
import * as Explore from "../Explore.ts"
import { Body, idsOf, type Line, makeJournal, mostAtOnce, read } from "./Body.ts"
import { type Law, make } from "./Law.ts"

const unbounded = { concurrency: "unbounded" } as const

/** Up to two times the work of a body, so that some end by themselves. */
const patience = Effect.map(Explore.draw("delay", 12), (drawn) => 1 + drawn)

const phasesOf = (lines: ReadonlyArray<Line>, id: number): string =>
  lines
    .filter((line) => line.id === id)
    .map(({ phase }) => phase)
    .join(", ")

export const nothingAfterOutcome: Law = make({
  name: "nothing runs after its outcome",
  numbers: ["G3"],
  states: "when a caller goes on, the handler of its task has ended, clean-up included",
  pool: { size: 2, grace: "10 seconds" },
  program: Effect.gen(function* () {
    const journal = makeJournal(5)
    const use = (id: number) =>
      Effect.gen(function* () {
        yield* Effect.timeoutOption(Body({ journal, id, work: 6, cleanup: 3 }), yield* patience)
        return phasesOf(read(journal), id)
      })
    const before = yield* Effect.forEach(range(5), use, unbounded)
    yield* Effect.sleep(30)
    return { before, now: read(journal) }
  }),
  check: ({ before, now }) => {
    for (const [id, phases] of before.entries()) {
      expectEqual(phasesOf(now, id), phases, `what body ${id} did in all, and before its caller went on`)
      expect(phases === "" || phases.endsWith("closed"), `body ${id} had not ended: ${phases}`)
    }
  }
})

export const finalizers: Law = make({
  name: "finalizers once, in reverse order",
  numbers: ["G3"],
  states:
    "an interrupted handler that needs less than its grace releases what it holds, in reverse order, once",
  pool: { size: 2, grace: "10 seconds" },
  program: Effect.gen(function* () {
    const journal = makeJournal(5)
    const use = (id: number) =>
      Effect.gen(function* () {
        const handle = yield* TaskPool.fork(Body, { journal, id, work: 6, cleanup: 3 })
        yield* Effect.sleep(yield* patience)
        const { _tag } = yield* handle.interrupt
        return _tag
      })
    const receipts = yield* Effect.forEach(range(5), use, unbounded)
    return { receipts, lines: read(journal) }
  }),
  check: ({ lines, receipts }) => {
    for (const [id, receipt] of receipts.entries()) {
      const phases = phasesOf(lines, id)
      const whole = ["opened, acquired, released, closed", "opened, closed"]
      if (receipt === "unstarted") expectEqual(phases, "", `body ${id}, which was not started`)
      else {
        expectEqual(receipt, "clean", `the receipt of body ${id}`)
        expect(phases === "" || whole.includes(phases), `body ${id} did not clean up as it should: ${phases}`)
      }
    }
  }
})

export const capacity: Law = make({
  name: "capacity counted by running bodies",
  numbers: ["G4", "G7"],
  states: "never more handlers run than the pool has places, those included that their callers have left",
  pool: { size: 2 },
  program: Effect.gen(function* () {
    const journal = makeJournal(6)
    const use = (id: number) =>
      Effect.gen(function* () {
        const onInterrupt = id % 2 === 0 ? "abandon" : "wait"
        const run = TaskPool.run(Body, { journal, id, work: 5, cleanup: 3 }, { onInterrupt })
        yield* Effect.timeoutOption(run, id < 4 ? yield* patience : 1_000)
      })
    yield* Effect.forEach(range(6), use, { ...unbounded, discard: true })
    yield* awaitSnapshot(({ busy }) => busy === 0, "idle")
    return read(journal)
  }),
  check: (lines) => {
    const most = mostAtOnce(lines)
    expect(most <= 2, `${most} bodies ran at a time, in 2 places`)
    expectEqual(idsOf(lines, "closed").length, idsOf(lines, "opened").length, "bodies that ended")
  }
})
