/**
 * Conformance cases: START, how workers start and fail to.
 *
 * @since 0.1.0
 */
import * as Message from "@heddle/core/protocol/messages/Message"
import type { SpawnFailed, TaskError } from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import type { WorkerListener } from "@heddle/core/WorkerTransport"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import {
  type Case,
  expect,
  expectEqual,
  expectReason,
  expectSuccess,
  type Harness,
  makeCase,
  withPool
} from "./Harness.ts"
import * as Signal from "./Signal.ts"
import type { Start } from "./StartMode.ts"
import * as Tasks from "./tasks.ts"
import { awaitReady, awaitSnapshot, type Census, only, recordEvents, tapped } from "./Watch.ts"

const one = { size: 1 }

/** Ready to be seen failing: nobody could have used this pool. */
const open = (
  harness: Harness,
  start: Start,
  options: TaskPool.PoolOptions
): Effect.Effect<Exit.Exit<void, TaskError>> =>
  Effect.exit(withPool(harness, options, Effect.void, { start }))

const messageOf = (reason: SpawnFailed): string =>
  reason.cause instanceof Error ? reason.cause.message : String(reason.cause)

/** The first worker works; all later workers start like this. */
const thenAlways = (start: Start): ReadonlyArray<Start> => [
  "normal",
  ...Array.from({ length: 30 }, () => start)
]

/** The intensity of a pool, and its first failure beyond the limit. */
const failures = 6

const long = 60_000

/** How a first worker fails to start: the phase, and further facts. */
const atOpening: ReadonlyArray<
  readonly [start: Start, number: string, what: string, expected: (reason: SpawnFailed) => boolean]
> = [
  [
    "throws",
    "S021, S023",
    "that throws at import fails with what it threw",
    (reason) => reason.phase === "import" && messageOf(reason) === "thrown at import"
  ],
  [
    "exits",
    "S021",
    "that exits at import fails with its exit code",
    (reason) => reason.phase === "import" && reason.exitCode === 7 && reason.cause === undefined
  ],
  [
    "leaves",
    "S023",
    "that ends cleanly without becoming ready fails all the same",
    (reason) =>
      reason.phase === "import" &&
      reason.exitCode === 0 &&
      (reason.cause === undefined || messageOf(reason).includes("runMain"))
  ],
  [
    "buildFails",
    "S016",
    "whose layer fails fails with that failure",
    (reason) => reason.phase === "build" && messageOf(reason).includes("no database")
  ],
  [
    "buildDies",
    "S016",
    "whose layer dies fails with that defect",
    (reason) => reason.phase === "build" && messageOf(reason).includes("no database")
  ]
]

/** Passes frames on, with a second report of readiness right behind the first one. */
const readyTwice = (listener: WorkerListener): WorkerListener => ({
  ...listener,
  onFrame: (frame) => {
    const isFirst = Array.isArray(frame) && frame[1] === 0
    if (isFirst) Message.pushReady(frame, ["Forged"])
    listener.onFrame(frame)
  }
})

/**
 * @category cases
 * @since 0.1.0
 */
export const start: ReadonlyArray<Case> = [
  makeCase(
    "each worker builds its layer once, before its first task, and every task sees the layer: S015",
    { size: 2 },
    Effect.gen(function* () {
      yield* awaitReady(2)
      for (const tasks of [1, 2]) {
        const results = yield* TaskPool.broadcast(Tasks.Where, undefined)
        expectEqual(results.length, 2, "workers")
        for (const { exit, worker } of results) {
          expectEqual(expectSuccess(exit), { worker, builds: 1, tasks }, `worker ${worker}`)
        }
      }
    })
  ),
  ...atOpening.map(([how, numbers, what, isExpected]): Case => ({
    name: `${numbers}: a worker ${what}: the pool does not open, and spawned no other`,
    run: (harness) =>
      Effect.gen(function* () {
        const census: Census = { spawned: 0, exited: 0 }
        const reason = expectReason(yield* open(tapped(harness, census), how, one), "SpawnFailed")
        expect(isExpected(reason), `unexpected: ${reason.phase}, ${reason.message}, ${messageOf(reason)}`)
        expectEqual(reason.attempts, 1, "attempts")
        expectEqual(census, { spawned: 1, exited: 1 }, "the workers")
      })
  })),
  {
    name: "when one of many first workers cannot start, all workers end with the pool: S021, S022, S020, G2",
    run: (harness) =>
      Effect.gen(function* () {
        const census: Census = { spawned: 0, exited: 0 }
        expectReason(yield* open(tapped(harness, census), "throws", { size: 4 }), "SpawnFailed")
        expectEqual(census.spawned, 4, "spawned")
        expectEqual(census.exited, 4, "exited")
      })
  },
  {
    name: "a worker hanging at import fails by the start limit, and is dead afterwards: S022, G4",
    run: (harness) =>
      Effect.gen(function* () {
        const census: Census = { spawned: 0, exited: 0 }
        const began = yield* Clock.currentTimeMillis
        const exit = yield* open(tapped(harness, census), "hangs", { size: 1, startTimeout: 1000 })
        const took = (yield* Clock.currentTimeMillis) - began
        const reason = expectReason(exit, "SpawnFailed")
        expectEqual(reason.phase, "ready")
        expect(took >= 1000 && took < 4000, `it took ${took} ms`)
        expectEqual(census, { spawned: 1, exited: 1 }, "the workers")
      })
  },
  {
    name: "a replacement hanging at import costs its start limit; the next replacement serves the waiting tasks: S022",
    timeout: long,
    run: (harness) =>
      withPool(
        harness,
        { size: 1, startTimeout: 5000 },
        Effect.gen(function* () {
          const events = yield* recordEvents
          expectReason(yield* Effect.exit(Tasks.Sabotage({ how: "exit" })), "WorkerLost")
          expectEqual((yield* Tasks.Where()).worker, 3, "the worker that serves")
          const [failed] = only(events, "SpawnFailed")
          expectEqual([failed?.worker, failed?.reason._tag], [2, "SpawnFailed"])
          const terminations = only(events, "WorkerTerminating").map((event) => [event.worker, event.why])
          expectEqual(terminations, [[2, "startTimeout"]], "terminations")
        }),
        { start: ["normal", "hangs"] }
      )
  },
  {
    name: "closing a pool ends a worker still importing; the worker never becomes ready: S020, G2",
    run: (harness) =>
      Effect.gen(function* () {
        const census: Census = { spawned: 0, exited: 0 }
        const ready: Array<number> = []
        yield* withPool(
          tapped(harness, census, (listener, worker) => ({
            ...listener,
            onFrame: (frame) => {
              ready.push(worker)
              listener.onFrame(frame)
            }
          })),
          { size: 2 },
          Effect.gen(function* () {
            expectEqual(yield* Tasks.Add({ a: 1, b: 2 }), 3)
          }),
          { start: ["normal", "hangs"] }
        )
        expect(!ready.includes(2), "the second worker said nothing")
        expectEqual(census, { spawned: 2, exited: 2 }, "the workers")
      })
  },
  {
    name: "a report of readiness after the start limit is ignored, and its worker gets no task: S020",
    timeout: long,
    run: (harness) =>
      Effect.gen(function* () {
        // The second worker reports ready, but the host reads the report only during the termination.
        let late: (() => void) | undefined
        const census: Census = { spawned: 0, exited: 0 }
        const delayed = tapped(harness, census, (listener, worker) =>
          worker !== 2
            ? listener
            : {
                ...listener,
                onFrame: (frame) => {
                  late ??= () => listener.onFrame(frame)
                },
                onExit: (exit) => {
                  late?.()
                  listener.onExit(exit)
                }
              }
        )
        yield* withPool(
          delayed,
          { size: 2, startTimeout: 5000 },
          Effect.gen(function* () {
            const events = yield* recordEvents
            yield* Signal.awaitUntil(() => only(events, "SpawnFailed").length > 0, "a failed start")
            yield* awaitReady(2)
            expect(late !== undefined, "it did say that it is ready")
            expectEqual(
              only(events, "WorkerReady")
                .map((event) => event.worker)
                .filter((worker) => worker === 2),
              [],
              "readiness of the late worker"
            )
            const workers = (yield* TaskPool.broadcast(Tasks.Where, undefined)).map(({ worker }) => worker)
            expectEqual(
              workers.toSorted((a, b) => a - b),
              [1, 3],
              "the workers that serve"
            )
          })
        )
      })
  },
  {
    name: "a second report of readiness is a harmless violation: the worker serves on: S023",
    run: (harness) =>
      withPool(
        tapped(harness, { spawned: 0, exited: 0 }, readyTwice),
        { size: 2 },
        Effect.gen(function* () {
          const events = yield* recordEvents
          yield* awaitReady(2)
          expectEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42)
          const unknown = yield* TaskPool.snapshot
          expectEqual(unknown.total, 2, "workers")
          expectEqual(only(events, "WorkerLost").length, 0, "lost workers")
        })
      )
  },
  ...(["buildFails", "throws", "exits"] as const).map((how): Case => ({
    name: `when every replacement fails (${how}), waiting tasks fail with the cause, later tasks at once: S016, S021, G11`,
    timeout: long,
    run: (harness) =>
      Effect.gen(function* () {
        const census: Census = { spawned: 0, exited: 0 }
        yield* withPool(
          tapped(harness, census),
          one,
          Effect.gen(function* () {
            const crash = yield* Effect.forkChild(Effect.exit(Tasks.Sabotage({ how: "exit" })))
            yield* awaitSnapshot(({ counts }) => counts.submitted === 1, "the crash is submitted first")
            const queued = yield* Effect.forEach([1, 2, 3], (b) => Effect.exit(Tasks.Add({ a: 1, b })), {
              concurrency: "unbounded"
            })
            expectReason(yield* Fiber.join(crash), "WorkerLost")
            for (const exit of queued) {
              const reason = expectReason(exit, "SpawnFailed")
              expectEqual(reason.attempts, failures, "attempts")
              expectEqual(reason.earlier?.length, failures - 1, "the reasons before it")
              if (how === "buildFails") expect(messageOf(reason).includes("no database"), messageOf(reason))
              if (how === "throws") expectEqual(messageOf(reason), "thrown at import")
              if (how === "exits") expectEqual(reason.exitCode, 7)
            }
            const began = yield* Clock.currentTimeMillis
            expectReason(yield* Effect.exit(Tasks.Add({ a: 1, b: 1 })), "SpawnFailed")
            const took = (yield* Clock.currentTimeMillis) - began
            expect(took < 100, `later tasks fail at once, not after ${took} ms`)
            expectEqual((yield* TaskPool.snapshot).state, "failed")
          }),
          { start: thenAlways(how) }
        )
        expectEqual(census, { spawned: 1 + failures, exited: 1 + failures }, "the workers")
      })
  }))
]
