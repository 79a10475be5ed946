/**
 * Conformance cases: QUEUE, the order of the queue.
 *
 * @since 0.1.0
 */
import type * as TaskError from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import { type Case, expect, expectEqual, makeCase, withPool } from "./Harness.ts"
import { makeJournal, Mark, readJournal } from "./queue.tasks.ts"
import * as Signal from "./Signal.ts"
import { awaitSnapshot, occupy, range } from "./Steps.ts"
import { Add, Gate, gate } from "./tasks.ts"

/** Later arrivals per step of priority: `docs/configuration.md`. */
const ageing = 100

type Env = TaskPool.TaskPool | Scope.Scope

/**
 * Submits one `Mark` per id, in order, each with options of its own.
 *
 * @category steps
 * @since 0.1.0
 */
export const mark = (
  journal: Signal.Signal,
  ids: ReadonlyArray<number>,
  options: (id: number, index: number) => TaskPool.RunOptions = () => ({})
): Effect.Effect<Array<TaskPool.TaskHandle<number, TaskError.TaskError>>, TaskError.TaskError, Env> =>
  Effect.forEach(ids, (id, index) => TaskPool.fork(Mark, { journal, id }, options(id, index)))

/**
 * How each of them ended.
 *
 * @category steps
 * @since 0.1.0
 */
export const joinAll = (handles: ReadonlyArray<TaskPool.TaskHandle<unknown, unknown>>) =>
  Effect.forEach(handles, (handle) => Effect.exit(handle.await))

/** Returns the order in which a pool of one worker runs tasks submitted during a busy spell. */
const orderOf = (
  ids: ReadonlyArray<number>,
  options?: (id: number, index: number) => TaskPool.RunOptions
): Effect.Effect<Array<number>, unknown, Env> =>
  Effect.gen(function* () {
    const journal = makeJournal(ids.length)
    const busy = yield* occupy(1)
    const handles = yield* mark(journal, ids, options)
    yield* busy.open
    yield* joinAll(handles)
    return readJournal(journal)
  })

const order: ReadonlyArray<Case> = [
  makeCase(
    "priorities 5, 3, 1, 2 run as 1, 2, 3, 5, smaller first: S064",
    { size: 1 },
    Effect.gen(function* () {
      expectEqual(yield* orderOf([5, 3, 1, 2], (id) => ({ priority: id })), [1, 2, 3, 5])
    })
  ),
  makeCase(
    "within one priority, first come, first served: S064, G8",
    { size: 1 },
    Effect.gen(function* () {
      expectEqual(yield* orderOf(range(50)), range(50))
      const priorities = yield* orderOf(range(9), (id) => ({ priority: id % 3 }))
      expectEqual(priorities, [0, 3, 6, 1, 4, 7, 2, 5, 8])
    })
  ),
  makeCase(
    "lifo is exact: the last task first within a priority, the smaller priority before: S064",
    { size: 1, queue: { order: "lifo" } },
    Effect.gen(function* () {
      expectEqual(yield* orderOf(range(50)), range(50).toReversed())
      const priorities = yield* orderOf(range(9), (id) => ({ priority: id % 3 }))
      expectEqual(priorities, [6, 3, 0, 7, 4, 1, 8, 5, 2])
    })
  ),
  makeCase(
    "each step of priority lets at most 100 later arrivals overtake: ageing: G8",
    { size: 1 },
    Effect.gen(function* () {
      for (const [priority, least, most] of [
        [1, 90, ageing],
        [3, 290, 3 * ageing]
      ] as const) {
        // 0 is the task of low priority; 400 of priority 0 follow.
        const ran = yield* orderOf(range(401), (id) => ({ priority: id === 0 ? priority : 0 }))
        const overtaken = ran.indexOf(0)
        expect(overtaken <= most, `priority ${priority} was overtaken by ${overtaken}, more than ${most}`)
        expect(overtaken >= least, `priority ${priority} was overtaken by ${overtaken} only`)
      }
    })
  ),
  makeCase(
    "ageing holds for suspended callers, too: G8",
    { size: 1, queue: { capacity: 1 } },
    Effect.gen(function* () {
      const ran = yield* orderOf(range(302), (id) => ({ priority: id === 1 ? 1 : 0 }))
      const overtaken = ran.indexOf(1) - 1
      expect(overtaken <= ageing, `it was overtaken by ${overtaken}`)
    })
  ),
  makeCase(
    "45 tasks on 3 workers are never more than 3 at a time, on never more than 3 workers: S068",
    { size: 3, queue: { capacity: 10 } },
    Effect.gen(function* () {
      const signal = Signal.make()
      const fibers = yield* Effect.forEach(range(45), (value) =>
        Effect.forkChild(Gate({ signal, value }), { startImmediately: true })
      )
      yield* Signal.awaitAtLeast(signal, gate.arrived, 3)
      const { queue, total } = yield* TaskPool.snapshot
      expectEqual([total, queue.length + queue.waiting], [3, 42], "workers, and tasks that wait")
      yield* Signal.add(signal, gate.open)
      expectEqual(yield* Effect.forEach(fibers, Fiber.join), range(45))
      expectEqual(
        [Signal.read(signal, gate.most), Signal.read(signal, gate.passed)],
        [3, 45],
        "most at once, all"
      )
      expectEqual((yield* TaskPool.snapshot).total, 3, "workers")
    })
  ),
  {
    name: "three callers in five rounds take turns in order of arrival, with and without a queue: S069, G8",
    run: (harness) =>
      Effect.forEach([0, 1, 1024], (capacity) =>
        withPool(
          harness,
          { size: 1, queue: { capacity } },
          Effect.gen(function* () {
            const journal = makeJournal(15)
            const busy = yield* occupy(1)
            const callers = yield* Effect.forEach(range(3), (id) =>
              Effect.forkChild(Effect.replicateEffect(Mark({ journal, id }), 5), { startImmediately: true })
            )
            yield* awaitSnapshot(({ queue }) => queue.length + queue.waiting === 3, "three wait")
            yield* busy.open
            yield* Effect.forEach(callers, Fiber.join)
            expectEqual(
              readJournal(journal),
              range(5).flatMap(() => range(3)),
              `turns with capacity ${capacity}`
            )
          })
        )
      ).pipe(Effect.asVoid)
  },
  makeCase(
    "a freed place in the queue goes to the waiting caller, not to a newcomer: S069, G8",
    { size: 1, queue: { capacity: 1 } },
    Effect.gen(function* () {
      const journal = makeJournal(3)
      const abort = new AbortController()
      const busy = yield* occupy(1)
      const queued = yield* TaskPool.run(Mark, { journal, id: 1 }, { signal: abort.signal }).pipe(
        // Its interruption makes this caller a newcomer at once.
        Effect.catchReason("TaskError", "Interrupted", () => Mark({ journal, id: 3 })),
        Effect.forkChild({ startImmediately: true })
      )
      const [waiting] = yield* mark(journal, [2])
      const { queue } = yield* TaskPool.snapshot
      expectEqual([queue.length, queue.waiting], [1, 1], "length, waiting")
      abort.abort()
      yield* busy.open
      yield* Fiber.join(queued)
      yield* waiting!.await
      expectEqual(readJournal(journal), [2, 3], "order")
    })
  ),
  makeCase(
    "10,000 trivial tasks at once finish, without a stack overflow, and answer in order: S073",
    { size: 2 },
    Effect.gen(function* () {
      const sums = yield* Effect.forEach(range(10_000), (a) => Add({ a, b: 1 }), {
        concurrency: "unbounded"
      })
      expect(
        sums.every((sum, index) => sum === index + 1),
        "a result is not where it belongs"
      )
    }),
    { timeout: 60_000 }
  )
]

/**
 * @category cases
 * @since 0.1.0
 */
export const queueOrder: ReadonlyArray<Case> = order
