/**
 * Conformance cases: SIZE, replacing living workers.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type Case, expect, expectEqual, expectReason, expectSuccess, makeCase, withPool } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { counting, present, seen } from "./size.steps.ts"
import { Leak } from "./size.tasks.ts"
import { occupy, range } from "./Steps.ts"
import * as Tasks from "./tasks.ts"
import { awaitReady, awaitSnapshot, only, recordEvents, tapped } from "./Watch.ts"

const together = { concurrency: "unbounded" } as const

const mebi = 1024 * 1024

/**
 * @category cases
 * @since 0.1.0
 */
export const recycling: ReadonlyArray<Case> = [
  makeCase(
    "replacing all workers: idle ones at once, busy ones after their task; no task is lost: S079, S086",
    { size: 4 },
    Effect.gen(function* () {
      yield* awaitReady(4)
      const before = yield* present
      const occupied = yield* occupy(2)
      yield* TaskPool.recycle
      const isNew = (worker: number) => !before.includes(worker)
      yield* awaitSnapshot(
        ({ total, workers }) => total === 4 && workers.filter(({ worker }) => isNew(worker)).length === 2,
        "two new workers"
      )
      yield* occupied.release
      yield* awaitSnapshot(
        ({ total, workers }) => total === 4 && workers.every(({ worker }) => isNew(worker)),
        "four new workers"
      )
      const { counts } = yield* TaskPool.snapshot
      expectEqual([counts.succeeded, counts.lost], [2, 0], "outcomes")
    }),
    { timeout: 60_000 }
  ),
  makeCase(
    "a leaving worker's unstarted tasks go back to the queue, for another worker: S079, G5",
    { size: 1 },
    Effect.gen(function* () {
      // Both tasks are known to be short, so the second is sent behind the first.
      const isOpen = Signal.make()
      Signal.addUnsafe(isOpen, Tasks.gate.open)
      for (let b = 0; b < 64; b++) {
        yield* Tasks.Gate({ signal: isOpen })
        yield* Tasks.Add({ a: 1, b })
      }
      const occupied = yield* occupy(1)
      const behind = yield* Effect.forkChild(
        Effect.forEach(range(3), (b) => Tasks.Add({ a: 1, b }), together),
        { startImmediately: true }
      )
      const held = yield* awaitSnapshot(({ workers }) => workers[0]!.ahead === 3, "three held for later")
      expectEqual(held.queue.length, 0, "queued before")
      yield* TaskPool.recycle
      const { queue, workers } = yield* TaskPool.snapshot
      expectEqual([workers[0]?.ahead, queue.length], [0, 3], "held, and queued")
      yield* occupied.release
      expectEqual(yield* Fiber.join(behind), [1, 2, 3])
    }),
    { needs: ["sharedMemory"] }
  ),
  makeCase(
    "a broadcast reaches a leaving worker before its end: S079, G1",
    { size: 2 },
    Effect.gen(function* () {
      yield* awaitReady(2)
      const occupied = yield* occupy(2)
      const all = yield* Effect.forkChild(TaskPool.broadcast(Tasks.Add, { a: 1, b: 2 }), {
        startImmediately: true
      })
      yield* TaskPool.recycle
      yield* occupied.release
      expectEqual(
        (yield* Fiber.join(all)).map(({ exit }) => expectSuccess(exit)),
        [3, 3]
      )
    })
  ),
  {
    name: "a worker is replaced after three tasks; the fourth runs on another, and a single worker is alive: S080",
    run: (harness) => {
      const census = counting()
      return withPool(
        tapped(harness, census),
        { size: 1, recycle: { tasks: 3 } },
        Effect.gen(function* () {
          const events = yield* recordEvents
          const workers: Array<number> = []
          for (let task = 0; task < 4; task++) workers.push((yield* Tasks.Where()).worker)
          const [first] = workers
          expectEqual(workers, [first!, first!, first!, first! + 1], "workers")
          expectEqual(
            only(events, "WorkerRetiring").map((event) => [event.worker, event.why]),
            [[first, "tasks"]],
            "retired"
          )
          expectEqual(census.most, 1, "most workers at a time")
        })
      )
    }
  },
  makeCase(
    "many tasks at once: no worker runs more than its quota, and each task has its result: S080, G1",
    { size: 2, recycle: { tasks: 5 } },
    Effect.gen(function* () {
      const runs = yield* Effect.forEach(range(40), () => Tasks.Where(), together)
      const most = Math.max(...runs.map(({ tasks }) => tasks))
      expect(most <= 5, `one worker ran ${most}`)
      expectEqual(new Set(runs.map(({ tasks, worker }) => `${worker} ${tasks}`)).size, 40, "runs")
      expectEqual((yield* TaskPool.snapshot).counts.lost, 0, "lost")
    }),
    { timeout: 60_000 }
  ),
  makeCase(
    "a worker is replaced at its age, after its running task: S086",
    { size: 1, recycle: { age: 200 } },
    Effect.gen(function* () {
      const events = yield* recordEvents
      const occupied = yield* occupy(1)
      const [old] = yield* present
      yield* awaitSnapshot(() => only(events, "WorkerRetiring").length === 1, "one that retires")
      expectEqual(yield* present, [old!], "it still runs its task")
      yield* occupied.release
      yield* awaitSnapshot(
        ({ total, workers }) => total === 1 && workers[0]!.worker !== old,
        "another worker"
      )
      expectEqual(only(events, "WorkerRetiring")[0]?.why, "age")
      expectEqual((yield* TaskPool.snapshot).counts.lost, 0, "lost")
    })
  ),
  {
    name: "a worker above its memory limit is replaced after its task; above the hard limit at once, as lost: S083",
    run: (harness) => {
      let heap = 0
      return withPool(
        seen(harness, { memory: () => ({ heap }) }),
        { size: 1, recycle: { heap: { soft: 100, hard: 1000 }, every: 20 } },
        Effect.gen(function* () {
          const events = yield* recordEvents
          const occupied = yield* occupy(1)
          const [old] = yield* present
          heap = 101
          yield* awaitSnapshot(() => only(events, "WorkerRetiring").length === 1, "one that retires")
          heap = 100
          expectEqual(yield* present, [old!], "it still runs its task")
          yield* occupied.release
          yield* awaitSnapshot(({ total, workers }) => total === 1 && workers[0]!.worker !== old, "another")
          expectEqual(only(events, "WorkerRetiring")[0]?.why, "heap")
          expectEqual((yield* TaskPool.snapshot).counts.lost, 0, "lost")

          const running = yield* Effect.forkChild(Effect.exit(Tasks.Sleep({ millis: 60_000 })))
          yield* awaitSnapshot(({ busy }) => busy === 1, "a busy worker")
          heap = 1001
          expectReason(yield* Fiber.join(running), "WorkerLost")
          heap = 0
          expectEqual(yield* Tasks.Add({ a: 1, b: 1 }), 2, "the next good task")
          expectEqual(only(events, "WorkerTerminating")[0]?.why, "memory")
        })
      )
    }
  },
  {
    name: "tasks leaking 3 MB each: all have their results, and workers are replaced between tasks: S083, G1",
    needs: ["realThreads"],
    timeout: 120_000,
    run: (harness) =>
      withPool(
        harness,
        { size: 1, recycle: { heap: 64 * mebi, rss: 256 * mebi, every: 10 } },
        Effect.gen(function* () {
          const events = yield* recordEvents
          for (let value = 0; value < 150; value++) {
            expectEqual(yield* Leak({ bytes: 3 * mebi, value }), value)
          }
          const retired = only(events, "WorkerRetiring").length
          expect(retired >= 1, "a worker was replaced")
          expectEqual((yield* TaskPool.snapshot).counts.lost, 0, "lost")
        }),
        { heapMb: 1024 }
      )
  }
]
