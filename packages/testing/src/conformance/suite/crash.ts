/**
 * Conformance cases: CRASH, dying workers, and their pool afterwards.
 *
 * @since 0.1.0
 */
import type { TaskError } from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as CrashTasks from "./crash.tasks.ts"
import {
  type Case,
  expect,
  expectDefect,
  expectEqual,
  expectFailure,
  expectReason,
  expectSuccess,
  makeCase,
  withPool
} from "./Harness.ts"
import * as Signal from "./Signal.ts"
import * as Tasks from "./tasks.ts"
import { awaitReady, awaitSnapshot, only, recordEvents } from "./Watch.ts"

const one = { size: 1 }

const forkNow = { startImmediately: true } as const

const together = { concurrency: "unbounded" } as const

const expectUsable = Effect.gen(function* () {
  expectEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42, "the next good task")
})

/** Runs the task often enough for the pool to know the task as short and to send the next one ahead. */
const warmUp = Effect.forEach(Array.from({ length: 64 }), (_, b) => Tasks.Add({ a: 0, b }), { discard: true })

type JourneyExit = Exit.Exit<unknown, TaskError | Tasks.Refusal>

const malformed =
  (side: "host" | "worker", what: "payload" | "success") =>
  (exit: JourneyExit): void => {
    const reason = expectReason(exit, "Malformed")
    expectEqual([reason.side, reason.what], [side, what])
    expect(reason.detail.includes("by the test"), `the detail says why: ${reason.detail}`)
  }

const expectLost =
  (exitCode: number, message?: string) =>
  (exit: JourneyExit): void => {
    const reason = expectReason(exit, "WorkerLost")
    expectEqual([reason.exitCode, reason.phase, reason.running.join()], [exitCode, "run", "Journey"])
    expectEqual(reason.cause instanceof Error ? reason.cause.message : undefined, message)
  }

/** The fault on a task's way, and the caller's error. The other combinations are impossible. */
const journeys: ReadonlyArray<
  readonly [
    at: (typeof CrashTasks.places)[number],
    how: (typeof CrashTasks.ways)[number],
    check: (exit: JourneyExit) => void
  ]
> = [
  ["encodePayload", "fails", malformed("host", "payload")],
  ["encodePayload", "throws", malformed("host", "payload")],
  ["decodePayload", "fails", malformed("worker", "payload")],
  ["decodePayload", "throws", malformed("worker", "payload")],
  ["decodePayload", "exits", expectLost(9)],
  [
    "body",
    "fails",
    (exit) => expect(expectFailure(exit) instanceof Tasks.Refusal, "it is the task's own failure")
  ],
  ["body", "throws", (exit) => expect(expectDefect(exit) instanceof Error, "it is a defect")],
  ["body", "exits", expectLost(9)],
  ["body", "crashes", expectLost(1, "thrown by the test")],
  ["encodeSuccess", "fails", malformed("worker", "success")],
  ["encodeSuccess", "throws", malformed("worker", "success")],
  ["encodeSuccess", "exits", expectLost(9)],
  ["decodeSuccess", "fails", malformed("host", "success")],
  ["decodeSuccess", "throws", malformed("host", "success")]
]

/** Malformed messages of a worker on its private channel. `self` is the worker's number. */
const garbage: ReadonlyArray<readonly [what: string, frame: (self: number) => unknown]> = [
  ["a string", () => "garbage"],
  ["null", () => null],
  ["an empty list", () => []],
  ["an object", () => ({ 0: 1, 1: 1, length: 2 })],
  ["a frame with an unknown message", (self) => [self, 1, 99]],
  ["a frame with a message cut short", (self) => [self, 1, 13, 1]],
  ["a frame with a cause that is none", (self) => [self, 1, 14, 1, 0, [["Explode"]]]],
  ["a frame from the future", (self) => [self, 1000]],
  ["a frame without a number", () => [Number.NaN, "x"]]
]

/**
 * @category cases
 * @since 0.1.0
 */
export const crash: ReadonlyArray<Case> = [
  makeCase(
    "a task exiting its worker is lost with exit code 1, and the next task runs on a new worker: S025",
    one,
    Effect.gen(function* () {
      const { worker } = yield* Tasks.Where()
      const reason = expectReason(yield* Effect.exit(Tasks.Sabotage({ how: "exit", code: 1 })), "WorkerLost")
      expectEqual([reason.exitCode, reason.worker], [1, worker])
      expectEqual((yield* Tasks.Where()).worker, worker + 1, "the next worker")
    })
  ),
  makeCase(
    "a worker dying after a reply: the reply stands, the running task is lost and not run again: S026, G6",
    one,
    Effect.gen(function* () {
      const signal = Signal.make()
      expectEqual(yield* Tasks.Sabotage({ how: "exitLater", millis: 50 }), 42)
      const next = yield* Effect.exit(Tasks.Sleep({ millis: 5000, signal }))
      expectEqual(expectReason(next, "WorkerLost").phase, "run")
      yield* expectUsable
      expectEqual([Signal.read(signal, 0), Signal.read(signal, 1)], [1, 0], "starts and ends")
    })
  ),
  ...(["throwAfter", "rejectAfter"] as const).map((how) =>
    makeCase(
      `an idle worker's own death (${how}) is an event and harms no task: S026, S007`,
      one,
      Effect.gen(function* () {
        const events = yield* recordEvents
        expectEqual(yield* Tasks.Sabotage({ how }), 42)
        yield* Signal.awaitUntil(() => only(events, "WorkerLost").length > 0, "the loss of the worker")
        const [loss] = only(events, "WorkerLost")
        expectEqual(loss?.running, [], "what it was running")
        expectEqual(loss?.cause instanceof Error && loss.cause.message, "thrown by the test")
        yield* expectUsable
        expectEqual((yield* TaskPool.snapshot).counts.lost, 0, "lost tasks")
      })
    )
  ),
  makeCase(
    "an idempotent task is run again after its worker's death, and its caller sees no loss: S026, G6",
    one,
    Effect.gen(function* () {
      const events = yield* recordEvents
      expectEqual(yield* Tasks.CrashOnce({ signal: Signal.make() }), 2)
      expectEqual(only(events, "TaskRequeued").length, 1, "requeued")
      expectEqual((yield* TaskPool.snapshot).counts.lost, 0, "lost tasks")
    })
  ),
  makeCase(
    "one worker's death leaves the task on its neighbour alone: S027, G5",
    { size: 2 },
    Effect.gen(function* () {
      yield* awaitReady(2)
      const signal = Signal.make()
      const bystander = yield* Effect.forkChild(Tasks.Gate({ signal, value: "unharmed" }), forkNow)
      yield* Signal.awaitAtLeast(signal, Tasks.gate.arrived, 1)
      const reason = expectReason(yield* Effect.exit(Tasks.Sabotage({ how: "exit" })), "WorkerLost")
      expectEqual([...reason.running], ["Sabotage"], "what it was running")
      Signal.addUnsafe(signal, Tasks.gate.open)
      expectEqual(yield* Fiber.join(bystander), "unharmed")
      expectEqual(Signal.read(signal, Tasks.gate.arrived), 1, "starts of the bystander")
    })
  ),
  makeCase(
    "a dying worker's unstarted tasks move on; only the running task is lost: G5",
    one,
    Effect.gen(function* () {
      yield* warmUp
      const held = Array.from({ length: 20 }, (_, b) => Effect.exit(Tasks.Add({ a: 100, b })))
      const [first, ...others] = yield* Effect.all(
        [Effect.exit(Tasks.Sabotage({ how: "exit", code: 5 })), ...held],
        together
      )
      expectReason(first, "WorkerLost")
      expectEqual(
        others.map(expectSuccess),
        Array.from({ length: 20 }, (_, b) => 100 + b)
      )
      const { counts } = yield* TaskPool.snapshot
      expectEqual(counts.lost, 1, "lost tasks")
    })
  ),
  ...(["exit", "spin", "throwLater"] as const).map((how) =>
    makeCase(
      `a ready reply is not lost when the next task in the same batch harms the worker (${how}): G5`,
      { size: 1, grace: 200 },
      Effect.gen(function* () {
        yield* warmUp
        const { counts } = yield* TaskPool.snapshot
        const ready = yield* Effect.forkChild(
          Effect.all(
            [1, 2, 3].map((b) => Tasks.Add({ a: 0, b })),
            together
          ),
          forkNow
        )
        // A scheduler may let this fiber go on first; behind the harm both would wait for it.
        yield* awaitSnapshot((now) => now.counts.submitted >= counts.submitted + 3, "with the three tasks")
        const harm = yield* Effect.forkChild(Effect.exit(Tasks.Sabotage({ how })), forkNow)
        const behind = yield* Effect.forkChild(Tasks.Add({ a: 0, b: 4 }), forkNow)
        // During the harm, and for ever in case of a loop.
        expectEqual(yield* Fiber.join(ready), [1, 2, 3], "the replies that were ready")
        if (how === "spin") yield* Fiber.interrupt(harm)
        else expectReason(yield* Fiber.join(harm), "WorkerLost")
        expectEqual(yield* Fiber.join(behind), 4, "what had not started")
      })
    )
  ),
  ...journeys.map(([at, how, check]) =>
    makeCase(
      `${at} ${how}: its own outcome in bounded time, and the pool stays usable: S028, S101`,
      one,
      Effect.gen(function* () {
        expectSuccess(yield* Effect.exit(CrashTasks.Journey({ at: "nowhere", how: "fails" })))
        check(yield* Effect.exit(CrashTasks.Journey({ at, how })))
        yield* expectUsable
        expectSuccess(yield* Effect.exit(CrashTasks.Journey({ at: "nowhere", how: "fails" })))
      })
    )
  ),
  {
    name: "a heap overflow is a loss with the reason out of memory; the next task succeeds on a new worker: S034, G9",
    timeout: 60_000,
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const { worker } = yield* Tasks.Where()
          const exit = yield* Effect.exit(Tasks.Sabotage({ how: "exhaustHeap" }))
          const reason = expectReason(exit, "WorkerLost")
          expect(reason.outOfMemory, "it says so")
          expect(reason.message.includes("out of memory"), reason.message)
          expect((yield* Tasks.Where()).worker > worker, "another worker serves")
        }),
        { heapMb: 48 }
      )
  },
  ...garbage.map(([what, frame]) =>
    makeCase(
      `${what} on the private channel ends its worker as a violation; host and bystander live on: S037, G10`,
      { size: 2 },
      Effect.gen(function* () {
        yield* awaitReady(2)
        const events = yield* recordEvents
        const signal = Signal.make()
        const bystander = yield* Effect.forkChild(Tasks.Gate({ signal, value: "unharmed" }), forkNow)
        yield* Signal.awaitAtLeast(signal, Tasks.gate.arrived, 1)
        const { workers } = yield* TaskPool.snapshot
        const offender = workers.find((worker) => worker.running.length === 0)!.worker
        const exit = yield* Effect.exit(Tasks.Sabotage({ how: "post", message: frame(offender) }))
        expectReason(exit, "WorkerLost")
        expectEqual(
          only(events, "ProtocolViolation").map((event) => event.worker),
          [offender],
          "violations"
        )
        Signal.addUnsafe(signal, Tasks.gate.open)
        expectEqual(yield* Fiber.join(bystander), "unharmed")
        yield* awaitReady(2)
        yield* expectUsable
      })
    )
  ),
  ...(["exit", "spin"] as const).map((how): Case => ({
    name: `a task posted behind one that does ${how} on a worker of several, and not started, moves on and is not among the running: S212, G5`,
    timeout: 60_000,
    // A simulated loop begins at the next operation of its fiber, so the task behind may start.
    needs: how === "spin" ? ["realThreads"] : [],
    run: (harness) =>
      withPool(
        harness,
        { size: 1, concurrency: 3, grace: 100 },
        Effect.gen(function* () {
          yield* awaitReady(1)
          const [suspended, behind] = [Signal.make(), Signal.make()]
          const early = yield* Effect.forkChild(
            Effect.exit(Tasks.Gate({ signal: suspended, value: "early" })),
            forkNow
          )
          yield* Signal.awaitAtLeast(suspended, Tasks.gate.arrived, 1)
          const harmed = Signal.make()
          // Submitted in this order under every schedule.
          const harm = yield* TaskPool.fork(Tasks.Sabotage, { how, signal: harmed })
          const last = yield* TaskPool.fork(Tasks.Sleep, { millis: 1, signal: behind })
          if (how === "spin") {
            yield* Signal.awaitAtLeast(harmed, 0, 1)
            yield* harm.interrupt
          } else expectEqual(expectReason(yield* Effect.exit(harm.await), "WorkerLost").phase, "run")
          const lost = expectReason(yield* Fiber.join(early), "WorkerLost")
          // A simulated handler may be preempted before its exit. Then the task behind starts, and is lost with it.
          if (!harness.has.realThreads && lost.running.includes("Sleep")) {
            expectReason(yield* Effect.exit(last.await), "WorkerLost")
            return yield* expectUsable
          }
          expectEqual(lost.running.toSorted(), ["Gate", "Sabotage"], "what had started")
          expectEqual(expectSuccess(yield* Effect.exit(last.await)), 1, "the one behind")
          expectEqual([Signal.read(behind, 0), Signal.read(behind, 1)], [1, 1], "its runs")
          yield* expectUsable
        })
      )
  })),
  makeCase(
    "tasks that had started side by side on a worker that dies are lost and run once: S212, G6",
    { size: 1, concurrency: 3 },
    Effect.gen(function* () {
      yield* awaitReady(1)
      const signals = [Signal.make(), Signal.make()]
      const started = yield* Effect.forEach(signals, (signal) =>
        Effect.gen(function* () {
          const gate = yield* Effect.forkChild(Effect.exit(Tasks.Gate({ signal, value: "side" })), forkNow)
          yield* Signal.awaitAtLeast(signal, Tasks.gate.arrived, 1)
          return gate
        })
      )
      // The reply precedes the worker's exit, so only the two gates are lost.
      yield* Effect.exit(Tasks.Sabotage({ how: "exitLater" }))
      for (const gate of started) expectReason(yield* Fiber.join(gate), "WorkerLost")
      yield* expectUsable
      for (const signal of signals) expectEqual(Signal.read(signal, Tasks.gate.arrived), 1, "runs")
    }),
    { timeout: 60_000 }
  ),
  makeCase(
    "under any death at any moment, each task settles once, and the counts add up: G1",
    { size: 2, queue: { capacity: 8 }, restarts: { intensity: 20 } },
    Effect.gen(function* () {
      const events = yield* recordEvents
      const work = Array.from({ length: 40 }, (_, i): Effect.Effect<unknown, unknown, TaskPool.TaskPool> => {
        if (i % 13 === 5) return Tasks.Sabotage({ how: "exit" })
        if (i % 13 === 9) return Tasks.Sabotage({ how: "exitLater" })
        if (i % 4 === 0) return Tasks.Die({ what: "null" })
        return i % 4 === 1 ? Tasks.Fail({ value: i }) : Tasks.Add({ a: i, b: i })
      })
      const exits = yield* Effect.forEach(work, Effect.exit, together)
      expectEqual(exits.length, work.length)
      const settled = only(events, "TaskSettled").map((event) => event.id)
      expectEqual(settled.length, new Set(settled).size, "settled once")
      const { counts } = yield* TaskPool.snapshot
      const { died, failed, interrupted, lost, rejected, submitted, succeeded } = counts
      expectEqual(succeeded + failed + died + interrupted + lost + rejected, submitted, "outcomes")
      expectEqual([submitted, rejected, interrupted], [40, 0, 0], "submitted, rejected, interrupted")
      // A worker that exits later may still be alive, and would fail the close of the pool.
      yield* TaskPool.broadcast(Tasks.Sabotage, { how: "exit" })
    }),
    { timeout: 120_000 }
  )
]
