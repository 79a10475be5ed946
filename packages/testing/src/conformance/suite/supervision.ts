/**
 * Conformance cases: SUP, the pool's workers as its children: budget, failure, quarantine.
 *
 * @since 0.1.0
 */
import { Supervisor } from "@heddle/core"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type Case, expect, expectEqual, expectReason, expectSuccess, makeCase, withPool } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import type { Start } from "./StartMode.ts"
import { seen } from "./size.steps.ts"
import { occupy, open } from "./Steps.ts"
import * as Tasks from "./tasks.ts"
import { awaitReady, awaitSnapshot, type Census, only, recordEvents, tapped } from "./Watch.ts"

const one = { size: 1 }

const together = { concurrency: "unbounded" } as const

/** The first worker works; so many later workers start like this. */
const thenFailing = (how: Start, count: number): ReadonlyArray<Start> => [
  "normal",
  ...Array.from({ length: count }, () => how)
]

const exits = Effect.exit(Tasks.Sabotage({ how: "exit" }))

/**
 * @category cases
 * @since 0.1.0
 */
export const supervision: ReadonlyArray<Case> = [
  {
    name: "an intensity of two: the third failed start fails the pool, and no further worker is started: G11, S021",
    run: (harness) => {
      const census: Census = { spawned: 0, exited: 0 }
      return withPool(
        tapped(harness, census),
        { ...one, restarts: { intensity: 2, backoff: { base: 1 } } },
        Effect.gen(function* () {
          const events = yield* recordEvents
          const failed = yield* Effect.forkChild(Effect.exit(TaskPool.awaitFailed), {
            startImmediately: true
          })
          expectReason(yield* exits, "WorkerLost")
          const reason = expectReason(yield* Fiber.join(failed), "SpawnFailed")
          expectEqual(
            [reason.attempts, reason.earlier?.length],
            [3, 2],
            "attempts, and reasons before the last"
          )
          expectEqual(only(events, "PoolFailed").length, 1, "failures of the pool")
          // Neither time nor submissions revive the pool.
          for (let b = 0; b < 5; b++) {
            expectReason(yield* Effect.exit(Tasks.Add({ a: 1, b })), "SpawnFailed")
            yield* Effect.sleep(10)
          }
          expectEqual(census.spawned, 4, "spawned in all")
          expectReason(yield* Effect.exit(TaskPool.awaitFailed), "SpawnFailed")
        }),
        { start: thenFailing("throws", 30) }
      )
    }
  },
  {
    name: "as many failed starts as the intensity: the pool goes on, and waiting tasks are served: G11",
    run: (harness) =>
      withPool(
        harness,
        { ...one, restarts: { intensity: 2, backoff: { base: 1 } } },
        Effect.gen(function* () {
          const events = yield* recordEvents
          expectReason(yield* exits, "WorkerLost")
          expectEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42)
          expectEqual(only(events, "SpawnFailed").length, 2, "failed starts")
          expectEqual((yield* TaskPool.snapshot).state, "open")
        }),
        { start: thenFailing("throws", 2) }
      )
  },
  {
    name: "a failing pool under a supervisor is started again, and serves: G11",
    run: (harness) => {
      const transport = harness.transport({ start: ["normal", "throws"] })
      const pool = Supervisor.child({
        id: "pool",
        start: TaskPool.make({ ...one, restarts: { intensity: 0 } }),
        run: (service) => service.awaitFailed
      })
      return Effect.scoped(
        Effect.gen(function* () {
          const app = yield* Supervisor.make(Supervisor.tree({ id: "app", children: [pool] }))
          const first = yield* app.get(pool)
          expectReason(yield* Effect.provideService(exits, TaskPool.TaskPool, first), "WorkerLost")
          yield* Effect.flip(first.awaitFailed)
          let second = first
          while (second === first) {
            yield* Effect.sleep(1)
            second = yield* Effect.orElseSucceed(app.get(pool), () => first)
          }
          const served = Effect.provideService(Tasks.Add({ a: 20, b: 22 }), TaskPool.TaskPool, second)
          expectEqual(yield* served, 42, "the next good task")
        })
      ).pipe(Effect.provide(transport))
    }
  },
  {
    name: "a wait for a pool's failure ends at the pool's close, and at an interruption: G11, G2",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* open(harness, one)
          const left = yield* Effect.forkChild(pool.provide(TaskPool.awaitFailed), { startImmediately: true })
          yield* Fiber.interrupt(left)
          const waiting = yield* Effect.forkChild(Effect.exit(pool.provide(TaskPool.awaitFailed)), {
            startImmediately: true
          })
          yield* pool.close
          expectReason(yield* Fiber.join(waiting), "PoolClosed")
        })
      )
  },
  makeCase(
    "an idempotent task that kills each worker is quarantined with their exits; good tasks are served: S033, G6, G1",
    { size: 2, restarts: { intensity: 1 } },
    Effect.gen(function* () {
      const events = yield* recordEvents
      const signal = Signal.make()
      const poison = yield* Effect.forkChild(
        Effect.exit(Tasks.SabotageAgain({ how: "exit", code: 5, signal })),
        { startImmediately: true }
      )
      const good = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, b) => Tasks.Add({ a: 100, b })),
        Effect.exit,
        together
      )
      expectEqual(
        good.map(expectSuccess),
        Array.from({ length: 20 }, (_, b) => 100 + b)
      )
      const reason = expectReason(yield* Fiber.join(poison), "Quarantined")
      expectEqual(
        reason.exits.map((exit) => exit.exitCode),
        [5, 5, 5],
        "how the workers ended"
      )
      expectEqual(Signal.read(signal), 3, "runs")
      expectEqual(
        only(events, "TaskQuarantined").map((event) => event.workers),
        [reason.exits.map((exit) => exit.worker)],
        "what listeners hear"
      )
      const snapshot = yield* TaskPool.snapshot
      expectEqual([snapshot.state, snapshot.counts.lost], ["open", 1], "the pool")
      expectEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42, "the next good task")
    }),
    { timeout: 60_000 }
  ),
  makeCase(
    "a non-idempotent task is lost with its worker, and is not quarantined: S033, G6",
    one,
    Effect.gen(function* () {
      const events = yield* recordEvents
      for (let round = 0; round < 4; round++) expectReason(yield* exits, "WorkerLost")
      expectEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42, "the next good task")
      expectEqual(only(events, "TaskQuarantined").length, 0, "quarantined")
      const delays = only(events, "RestartScheduled").map((event) => event.delay)
      expectEqual(delays[0], 0, "the first delay")
      expect(
        delays[3]! > delays[1]! && delays[3]! <= 240,
        `victims are replaced ever slower: ${delays.join()}`
      )
    })
  ),
  {
    name: "a stopped, silent worker is ended after two observations; its neighbour never notices: G4, G5",
    run: (harness) => {
      let stopped = 0
      return withPool(
        seen(harness, { activity: (worker) => (worker === stopped ? "stopped" : "busy") }),
        { size: 2, silence: 100 },
        Effect.gen(function* () {
          yield* awaitReady(2)
          const events = yield* recordEvents
          const occupied = yield* occupy(1)
          const lost = yield* Effect.forkChild(Effect.exit(Tasks.Sleep({ millis: 60_000 })), {
            startImmediately: true
          })
          const picture = yield* awaitSnapshot(({ busy }) => busy === 2, "two busy workers")
          yield* Signal.awaitUntil(() => only(events, "WorkerSilent").length === 2, "two silent workers")
          expectEqual(only(events, "WorkerTerminating").length, 0, "terminations of busy workers")
          stopped = picture.workers.find(({ running }) => running.includes("Sleep"))!.worker
          expectEqual(expectReason(yield* Fiber.join(lost), "WorkerLost").worker, stopped)
          expectEqual(
            only(events, "WorkerSilent").map(({ activity }) => activity),
            ["busy", "busy", "stopped"],
            "what was seen"
          )
          expectEqual(
            only(events, "WorkerTerminating").map(({ why, worker }) => [worker, why]),
            [[stopped, "stopped"]],
            "terminations"
          )
          yield* occupied.release
          yield* awaitReady(2)
          expectEqual((yield* TaskPool.snapshot).counts.succeeded, 1, "the neighbour's task")
        })
      )
    }
  },
  {
    name: "a stopped idle worker is ended and replaced before a task arrives; other idle workers are left alone: G4",
    run: (harness) => {
      let stopped = 0
      return withPool(
        seen(harness, {
          isProcess: true,
          activity: (worker) => (worker === stopped ? "stopped" : "idle")
        }),
        { size: 2, silence: 50 },
        Effect.gen(function* () {
          yield* awaitReady(2)
          const { workers } = yield* TaskPool.snapshot
          const events = yield* recordEvents
          yield* Effect.sleep(500)
          expectEqual(events.length, 0, "what is told of a pool with nothing to do")
          stopped = workers[0]!.worker
          yield* Signal.awaitUntil(() => only(events, "WorkerReady").length === 1, "another worker")
          expectEqual(
            only(events, "WorkerSilent").map(({ activity, worker }) => [worker, activity]),
            [[stopped, "stopped"]],
            "what was seen"
          )
          expectEqual(
            only(events, "WorkerTerminating").map(({ why, worker }) => [worker, why]),
            [[stopped, "stopped"]],
            "terminations"
          )
          yield* awaitReady(2)
          const { counts } = yield* TaskPool.snapshot
          expectEqual([counts.lost, counts.submitted], [0, 0], "tasks")
        })
      )
    }
  }
]
