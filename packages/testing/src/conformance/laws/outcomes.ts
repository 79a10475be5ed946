/**
 * Laws of outcomes: each task has one, and in the end nothing waits for one.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { expect, expectEqual } from "../suite/Harness.ts"
import * as Signal from "../suite/Signal.ts"
import { awaitSnapshot, occupy, range } from "../suite/Steps.ts"
import { Echo, Sabotage, SabotageAgain } from "../suite/tasks.ts"
import { awaitReady, only } from "../suite/Watch.ts"
import { draw } from "../../internal/current.ts"
import { Body, idsOf, makeJournal, read } from "./Body.ts"
import { type Law, make } from "./Law.ts"

/** Longer than any operation of a correct pool, so a broken pool fails instead of hanging the test. */
const patience = "20 seconds"

const both = { concurrency: "unbounded" } as const

export const oneOutcome: Law = make({
  name: "one outcome per task",
  numbers: ["G1"],
  states: "a task settles exactly once, under any fate of its caller and of its worker",
  pool: { size: 2 },
  program: Effect.gen(function* () {
    const journal = makeJournal(4)
    const body = (id: number) => ({ journal, id, work: 4, cleanup: 2 })
    const handles: ReadonlyArray<TaskPool.TaskHandle<unknown, unknown>> = [
      yield* TaskPool.fork(Body, body(0)),
      yield* TaskPool.fork(Body, body(1)),
      yield* TaskPool.fork(Body, body(2), { timeout: 2 }),
      yield* TaskPool.fork(Echo, "echo"),
      yield* TaskPool.fork(Sabotage, { how: "exit", code: 3 })
    ]
    const abandoned = TaskPool.run(Body, body(3), { onInterrupt: "abandon" })
    const soon = 1 + (yield* draw("delay", 20))
    const awaitTwice = Effect.forEach(
      handles,
      (handle) => Effect.all([Effect.exit(handle.await), Effect.exit(handle.await)], both),
      both
    )
    const [exits] = yield* Effect.all(
      [awaitTwice, Effect.timeoutOption(abandoned, soon), Effect.delay(handles[1]!.interrupt, soon)],
      both
    )
    yield* Effect.timeoutOption(TaskPool.drain, patience)
    return { exits, counts: (yield* TaskPool.snapshot).counts }
  }),
  check: ({ counts, exits }) => {
    for (const [first, second] of exits) expectEqual(second, first, "an outcome that is asked for again")
    const { died, failed, interrupted, lost, rejected, submitted, succeeded } = counts
    expectEqual(succeeded + failed + died + interrupted + lost + rejected, submitted, "outcomes of all tasks")
    expect(Exit.isSuccess(exits[0]![0]) && exits[0]![0].value === 0, "a task has the outcome of its own body")
    expect(Exit.isFailure(exits[4]![0]), "a task that ends its worker fails")
  },
  afterwards: (_, events) => {
    const submitted = only(events, "TaskSubmitted").map(({ id }) => id)
    const settled = only(events, "TaskSettled").map(({ id }) => id)
    expectEqual(
      settled.toSorted((a, b) => a - b),
      submitted,
      "the tasks that were settled"
    )
  }
})

export const atMostOnce: Law = make({
  name: "at most once unless idempotent",
  numbers: ["G6"],
  states: "a started task is never started again, and an idempotent task only a limited number of times",
  pool: { size: 2 },
  program: Effect.gen(function* () {
    const [journal, plain, idempotent] = [makeJournal(6), Signal.make(), Signal.make()]
    const handles = [
      yield* TaskPool.fork(Body, { journal, id: 0, work: 3, cleanup: 1 }),
      yield* TaskPool.fork(Sabotage, { how: "exit", code: 3, signal: plain }),
      yield* TaskPool.fork(SabotageAgain, { how: "exit", code: 3, signal: idempotent }),
      yield* TaskPool.fork(Body, { journal, id: 1, work: 3, cleanup: 1 }),
      yield* TaskPool.fork(Body, { journal, id: 2, work: 3, cleanup: 1 })
    ]
    yield* Effect.sleep(yield* draw("delay", 8))
    yield* Effect.timeoutOption(handles[3]!.interrupt, patience)
    yield* Effect.forEach(handles, (handle) => Effect.exit(Effect.timeoutOption(handle.await, patience)))
    return {
      starts: idsOf(read(journal), "opened"),
      plain: Signal.read(plain),
      again: Signal.read(idempotent)
    }
  }),
  check: ({ again, plain, starts }) => {
    expectEqual(plain, 1, "starts of a task that ends its worker")
    expect(again <= 3, `an idempotent task was started ${again} times`)
    expectEqual(new Set(starts).size, starts.length, "bodies that started, each counted once")
  }
})

export const bystander: Law = make({
  name: "bystander unharmed",
  numbers: ["G5"],
  states: "tasks on other workers never notice a crash or a forced end",
  pool: { size: 3, grace: 20 },
  program: Effect.gen(function* () {
    yield* awaitReady(3)
    const journal = makeJournal(6)
    const body = (id: number) => TaskPool.fork(Body, { journal, id, work: 3, cleanup: 1 })
    const deaf = yield* TaskPool.fork(Sabotage, { how: "spin" })
    const neighbour = yield* body(0)
    const deadly = yield* TaskPool.fork(Sabotage, { how: "exit", code: 3 })
    const bodies = [neighbour]
    for (const id of range(5)) bodies.push(yield* body(id + 1))
    yield* Effect.sleep(1 + (yield* draw("delay", 8)))
    yield* deaf.interrupt
    yield* Effect.exit(deadly.await)
    return yield* Effect.forEach(bodies, (handle) => Effect.exit(handle.await))
  }),
  check: (exits) => {
    for (const [id, exit] of exits.entries())
      expectEqual<Exit.Exit<number, unknown>>(exit, Exit.succeed(id), `the bystander ${id}`)
  }
})

export const eventuallyIdle: Law = make({
  name: "eventually idle",
  numbers: ["G1", "G7"],
  states: "after all callers have left, the pool is idle, and every slot is usable again",
  pool: { size: 2, grace: 20 },
  program: Effect.gen(function* () {
    const journal = makeJournal(4)
    const use = (id: number) =>
      Effect.gen(function* () {
        const soon = 1 + (yield* draw("delay", 20))
        yield* Effect.timeoutOption(Body({ journal, id, work: 6, cleanup: 2 }), soon)
      })
    const deaf = Effect.timeoutOption(Sabotage({ how: "spin" }), 5)
    const deadly = Effect.exit(Sabotage({ how: "exit", code: 3 }))
    yield* Effect.all([...range(4).map(use), deaf, deadly], { ...both, discard: true })
    const isIdle = ({ busy, queue, stuck }: TaskPool.PoolSnapshot) =>
      busy + queue.length + queue.waiting + stuck === 0
    yield* awaitSnapshot(isIdle, "idle")
    const { release } = yield* occupy(2)
    yield* release
  })
})
