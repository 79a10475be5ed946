/**
 * Conformance cases: SIZE, pools growing and shrinking while tasks run.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type Case, expect, expectEqual, expectReason, makeCase, withPool } from "./Harness.ts"
import { counting, present } from "./size.steps.ts"
import { occupy, range } from "./Steps.ts"
import * as Tasks from "./tasks.ts"
import { awaitReady, awaitSnapshot, only, recordEvents, tapped } from "./Watch.ts"

const together = { concurrency: "unbounded" } as const

const sizeIs = (size: number) =>
  awaitSnapshot(
    ({ total, workers }) => total === size && workers.length === size,
    `${size} workers, and none that leaves`
  )

/**
 * @category cases
 * @since 0.1.0
 */
export const size: ReadonlyArray<Case> = [
  makeCase(
    "between one and two workers: the second ends when idle, and another is started on demand: S074",
    { size: { min: 1, max: 2, idle: 100 } },
    Effect.gen(function* () {
      const events = yield* recordEvents
      const seen = new Set(yield* present)
      for (let round = 0; round < 2; round++) {
        const occupied = yield* occupy(2)
        for (const worker of yield* present) seen.add(worker)
        yield* occupied.release
        yield* sizeIs(1)
      }
      expectEqual(seen.size, 3, "distinct workers")
      expectEqual(
        only(events, "PoolResized").map((event) => [event.size, event.why]),
        [
          [2, "demand"],
          [1, "idle"],
          [2, "demand"],
          [1, "idle"]
        ],
        "sizes"
      )
      expectEqual((yield* TaskPool.snapshot).size, { current: 1, min: 1, max: 2 }, "the picture")
    }),
    { timeout: 60_000 }
  ),
  {
    name: "from two to four and back, twice: tasks beyond the most wait, and there are never more workers: S075, S062",
    timeout: 60_000,
    run: (harness) => {
      const census = counting()
      return withPool(
        tapped(harness, census),
        { size: { min: 2, max: 4, idle: 100 } },
        Effect.gen(function* () {
          for (let round = 0; round < 2; round++) {
            yield* sizeIs(2)
            const occupied = yield* occupy(4)
            const waiting = yield* Effect.forkChild(
              Effect.forEach(range(6), (b) => Tasks.Add({ a: 1, b }), together)
            )
            yield* awaitSnapshot(
              ({ queue, workers }) => workers.reduce((sum, { ahead }) => sum + ahead, queue.length) === 6,
              "six that wait, or are held for later"
            )
            expectEqual((yield* TaskPool.snapshot).workers.length, 4, "workers")
            yield* occupied.release
            expectEqual(
              yield* Fiber.join(waiting),
              range(6).map((b) => 1 + b)
            )
          }
          yield* sizeIs(2)
          expectEqual(census.most, 4, "most workers at a time")
        })
      )
    }
  },
  makeCase(
    "with none at the least, an idle pool has no worker, and the next tasks are served all the same: S078",
    { size: { min: 0, max: 6, idle: 50 } },
    Effect.gen(function* () {
      for (let round = 0; round < 2; round++) {
        const results = yield* Effect.forEach(range(7), (b) => Tasks.Add({ a: 1, b }), together)
        expectEqual(
          results,
          range(7).map((b) => 1 + b)
        )
        yield* sizeIs(0)
      }
      expectEqual((yield* TaskPool.broadcast(Tasks.Add, { a: 1, b: 1 })).length, 0, "a broadcast to nobody")
    }),
    { timeout: 60_000 }
  ),
  {
    name: "living workers are never fewer than the minimum: S078",
    timeout: 60_000,
    run: (harness) => {
      const census = counting()
      return withPool(
        tapped(harness, census),
        { size: { min: 2, max: 3, idle: 1 } },
        Effect.gen(function* () {
          yield* awaitReady(2)
          for (let round = 0; round < 5; round++) {
            yield* Effect.forEach(range(20), (b) => Tasks.Add({ a: 1, b }), together)
            yield* Effect.sleep(10)
            expect(census.spawned - census.exited >= 2, `alive: ${census.spawned - census.exited}`)
          }
          expect(census.most <= 3, `most: ${census.most}`)
        })
      )
    }
  },
  makeCase(
    "tasks submitted in the instant of a worker's leave all run: S085, G1",
    { size: { min: 0, max: 2, idle: 1 } },
    (harness) =>
      Effect.gen(function* () {
        const rounds = harness.has.realThreads ? 15 : 300
        for (let round = 0; round < rounds; round++) {
          expectEqual(yield* Tasks.Add({ a: round, b: 1 }), round + 1)
          yield* Effect.sleep(round % 4)
        }
        const { counts } = yield* TaskPool.snapshot
        expectEqual([counts.succeeded, counts.lost], [rounds, 0], "outcomes")
      }),
    { timeout: 120_000 }
  ),
  makeCase(
    "a pool refusing excess tasks grows by the refused tasks: S085",
    { size: { min: 1, max: 2 }, queue: { capacity: 0, strategy: "reject" } },
    Effect.gen(function* () {
      const occupied = yield* occupy(1)
      expectReason(yield* Effect.exit(Tasks.Add({ a: 1, b: 1 })), "QueueFull")
      yield* awaitReady(2)
      expectEqual(yield* Tasks.Add({ a: 1, b: 1 }), 2)
      yield* occupied.release
    })
  ),
  {
    name: "resizing while tasks run: more start side by side, fewer leave when they are done, nothing is lost: S075, G1",
    timeout: 60_000,
    run: (harness) => {
      const census = counting()
      return withPool(
        tapped(harness, census),
        { size: 2 },
        Effect.gen(function* () {
          const events = yield* recordEvents
          yield* TaskPool.resize(4)
          const occupied = yield* occupy(4)
          yield* TaskPool.resize(1)
          expectEqual((yield* TaskPool.snapshot).size, { current: 1, min: 1, max: 1 }, "the size")
          expectEqual((yield* present).length, 4, "workers that still run something")
          // Between the old size and the new size: one leaving worker stays.
          yield* TaskPool.resize(2)
          const waiting = yield* Effect.forkChild(
            Effect.forEach(range(6), (b) => Tasks.Add({ a: 1, b }), together)
          )
          yield* occupied.release
          expectEqual((yield* Fiber.join(waiting)).length, 6)
          yield* sizeIs(2)
          expectEqual([census.spawned, census.most], [4, 4], "started, and most at a time")
          const { counts } = yield* TaskPool.snapshot
          expectEqual([counts.succeeded, counts.lost], [10, 0], "outcomes")
          expectEqual(
            only(events, "PoolResized").map((event) => event.size),
            [4, 1, 2],
            "sizes"
          )
        })
      )
    }
  },
  makeCase(
    "fewer workers: idle workers leave at once, and a busy worker keeps its task: S075",
    { size: 3 },
    Effect.gen(function* () {
      yield* awaitReady(3)
      const occupied = yield* occupy(1)
      yield* TaskPool.resize(1)
      yield* sizeIs(1)
      expectEqual((yield* TaskPool.snapshot).busy, 1, "the busy one is still there")
      yield* occupied.release
      expectEqual(yield* Tasks.Add({ a: 1, b: 1 }), 2)
    })
  ),
  {
    name: "a pool closing during a resize leaves no worker: S075, G2",
    run: (harness) =>
      Effect.gen(function* () {
        const census = counting()
        yield* withPool(
          tapped(harness, census),
          { size: 2 },
          Effect.gen(function* () {
            yield* TaskPool.resize(6)
            yield* occupy(1)
            yield* TaskPool.resize({ min: 1, max: 3, idle: 1 })
          })
        )
        expectEqual(census.exited, census.spawned, "exited")
      })
  }
]
