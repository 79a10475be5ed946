/**
 * Laws of order: who comes first is served first.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import { expect, expectEqual } from "../suite/Harness.ts"
import { makeJournal, Mark, readJournal } from "../suite/queue.tasks.ts"
import { occupy, range } from "../suite/Steps.ts"
import { type Law, make } from "./Law.ts"

const priorities = [0, 1, 0, -1, 0, 1, 0, -1, -1, 0]

/** Withdrawn in the queue: its neighbours close ranks. */
const withdrawn = 4

export const fifo: Law = make({
  name: "FIFO within priority",
  numbers: ["G8"],
  states: "the most urgent queued task runs first; equal tasks run in order of arrival",
  pool: { size: 1 },
  program: Effect.gen(function* () {
    const journal = makeJournal(priorities.length)
    const { release } = yield* occupy(1)
    const handles: Array<TaskPool.TaskHandle<number, unknown>> = []
    for (const [id, priority] of priorities.entries())
      handles.push(yield* TaskPool.fork(Mark, { journal, id }, { priority }))
    yield* handles[withdrawn]!.interrupt
    yield* release
    yield* Effect.forEach(handles, (handle) => Effect.exit(handle.await))
    return readJournal(journal)
  }),
  check: (order) => {
    const expected = range(priorities.length)
      .filter((id) => id !== withdrawn)
      .toSorted((a, b) => priorities[a]! - priorities[b]! || a - b)
    expectEqual(order, expected, "the order in which tasks ran")
  }
})

/** Later arrivals per step of priority: the pool's default. */
const ageing = 100

export const noStarvation: Law = make({
  name: "no starvation",
  numbers: ["G8"],
  states: "a step of priority lets at most a hundred later arrivals overtake",
  pool: { size: 1 },
  program: Effect.gen(function* () {
    const journal = makeJournal(ageing + 21)
    const { release } = yield* occupy(1)
    const handles = [yield* TaskPool.fork(Mark, { journal, id: 0 }, { priority: 1 })]
    for (const i of range(ageing + 20)) handles.push(yield* TaskPool.fork(Mark, { journal, id: i + 1 }))
    yield* release
    yield* Effect.forEach(handles, (handle) => handle.await)
    return readJournal(journal)
  }),
  check: (order) => {
    const overtook = order.indexOf(0)
    expect(overtook >= 0 && overtook <= ageing, `${overtook} later arrivals overtook a task`)
  }
})
