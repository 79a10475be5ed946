/**
 * Conformance cases: spares, workers started before they are needed.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Occupy, occupy } from "./cancel.tasks.ts"
import { type Case, expect, expectEqual, expectReason, makeCase } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import * as Tasks from "./tasks.ts"
import { awaitSnapshot, only, recordEvents } from "./Watch.ts"

const withSpare = { size: 1, spares: 1 }

const spareIsUp = awaitSnapshot((snapshot) => snapshot.spares === 1, "with a spare")

/** Which worker serves the place. */
const current = Effect.map(TaskPool.snapshot, (snapshot) => snapshot.workers[0]?.worker)

export const spares: ReadonlyArray<Case> = [
  makeCase(
    "a spare runs nothing, is counted apart, and ends with the pool: G2",
    withSpare,
    Effect.gen(function* () {
      const snapshot = yield* spareIsUp
      expectEqual([snapshot.total, snapshot.workers.length, snapshot.spares], [1, 1, 1])
      const results = yield* TaskPool.broadcast(Tasks.Add, { a: 1, b: 2 })
      expectEqual(results.length, 1, "workers that a broadcast reaches")
      const before = yield* current
      for (let b = 0; b < 20; b++) expectEqual(yield* Tasks.Add({ a: 1, b }), 1 + b)
      expectEqual(yield* current, before, "the worker that serves")
    })
  ),
  makeCase(
    "a spare takes a dead worker's place without a start, and another spare is started: G5",
    withSpare,
    Effect.gen(function* () {
      yield* spareIsUp
      const events = yield* recordEvents
      const before = yield* current
      expectReason(yield* Effect.exit(Tasks.Sabotage({ how: "exit" })), "WorkerLost")
      expectEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42, "the next good task")
      const [took] = only(events, "SpareTookPlace")
      expect(took !== undefined && took.worker !== before && took.slot === 0, "a spare took the place")
      expectEqual(yield* current, took.worker, "who serves now")
      expectEqual(only(events, "RestartScheduled").length, 0, "restarts of the place")
      yield* spareIsUp
    })
  ),
  makeCase(
    "a spare takes the place of a worker ended with its task: G4",
    { ...withSpare, grace: 0 },
    Effect.gen(function* () {
      yield* spareIsUp
      const events = yield* recordEvents
      const signal = Signal.make()
      const stuck = yield* Effect.forkChild(Occupy({ signal, deaf: true }))
      yield* Signal.awaitAtLeast(signal, occupy.arrived, 1)
      yield* Fiber.interrupt(stuck)
      expectEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42, "the next good task")
      expectEqual(only(events, "SpareTookPlace").length, 1, "spares that took the place")
    }),
    { needs: ["sharedMemory"] }
  ),
  makeCase(
    "while no spare is up, a lost worker is replaced as ever: G11",
    withSpare,
    Effect.gen(function* () {
      for (let round = 0; round < 3; round++) {
        expectReason(yield* Effect.exit(Tasks.Sabotage({ how: "exit" })), "WorkerLost")
        expectEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42, "the next good task")
      }
      yield* spareIsUp
    })
  )
]
