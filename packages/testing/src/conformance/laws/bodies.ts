/**
 * Laws of running handlers: handlers end before their tasks do, and their number is bounded.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { expect, expectEqual } from "../suite/Harness.ts"
import { awaitSnapshot, range } from "../suite/Steps.ts"
import { draw } from "../../internal/current.ts"
import * as Signal from "../suite/Signal.ts"
import { Body, idsOf, type Line, Linger, linger, makeJournal, mostAtOnce, read } from "./Body.ts"
import { type Law, make } from "./Law.ts"

const unbounded = { concurrency: "unbounded" } as const

/** Up to two times the work of a body, so some bodies end by themselves. */
const patience = Effect.map(draw("delay", 12), (drawn) => 1 + drawn)

const phasesOf = (lines: ReadonlyArray<Line>, id: number): string =>
  lines
    .filter((line) => line.id === id)
    .map(({ phase }) => phase)
    .join(", ")

export const nothingAfterOutcome: Law = make({
  name: "nothing runs after its outcome",
  numbers: ["G3"],
  states: "the handler of a task has ended, clean-up included, before its caller goes on",
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
  states: "an interrupted handler within its grace releases its resources once, in reverse order",
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
  states: "no more handlers run than the pool has slots, abandoned handlers included",
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

/** How long a handler has, in milliseconds, to prove itself still alive. */
const haunting = 500

export const forcedEnd: Law = make({
  name: "a forced end is an end",
  numbers: ["G3", "G4"],
  states:
    "a handler beyond its grace is ended with its worker before its caller goes on, and does nothing any more",
  // Long enough for a busy machine to end a worker, short enough to notice an endless worker.
  pool: { size: 1, grace: 20, terminateTimeout: 3_000 },
  program: Effect.gen(function* () {
    const signal = Signal.make()
    const handle = yield* TaskPool.fork(Linger, { signal })
    yield* Signal.awaitAtLeast(signal, linger.runs, 1)
    yield* Effect.sleep(yield* draw("delay", 8))
    const { _tag } = yield* handle.interrupt
    yield* Signal.add(signal, linger.mayGoOn)
    const wentOn = Signal.awaitAtLeast(signal, linger.wentOn, 1)
    return { _tag, wentOn: Option.isSome(yield* Effect.timeoutOption(wentOn, haunting)) }
  }),
  check: ({ _tag, wentOn }) => {
    expectEqual(_tag, "forced", "the receipt of a handler that outlasts its grace")
    expect(!wentOn, "a handler went on after its forced end")
  }
})
