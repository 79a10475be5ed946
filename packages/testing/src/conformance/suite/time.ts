/**
 * Conformance cases: TIME.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { awaitRunning } from "./cancel.steps.ts"
import {
  type Case,
  expectEqual,
  expectFailure,
  expectInterrupted,
  expectReason,
  makeCase,
  withPool
} from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { slowMillis } from "./StartMode.ts"
import { Cleanup, cleanup, Gate, gate, Sabotage, Sleep, Where } from "./tasks.ts"
import { Limited, limits } from "./time.tasks.ts"
import { expectTook, timed } from "./Timing.ts"

const open = (signal: Signal.Signal) => Signal.add(signal, gate.open)

/** A started task, waiting for its gate. */
const waiting = (signal: Signal.Signal, options?: TaskPool.RunOptions) =>
  Effect.gen(function* () {
    const arrived = Signal.read(signal, gate.arrived)
    const handle = yield* TaskPool.fork(Gate, { signal, value: "through" }, options)
    yield* Signal.awaitAtLeast(signal, gate.arrived, arrived + 1)
    return handle
  })

const limitsOfRuns: ReadonlyArray<Case> = [
  makeCase(
    "the limit of a run counts from the start of the handler, not from the queue: S056",
    { size: 1 },
    Effect.gen(function* () {
      const first = yield* TaskPool.fork(Sleep, { millis: 1_200 })
      const short = yield* TaskPool.fork(Sleep, { millis: 1 }, { timeout: 1_000 })
      const long = yield* TaskPool.fork(Sleep, { millis: 60_000 }, { timeout: 1_000 })
      expectEqual(yield* first.await, 1_200, "the first")
      expectEqual(yield* short.await, 1, "the short one, which queued for longer than its limit")
      const { limit, phase } = expectReason(yield* Effect.exit(long.await), "DeadlineExceeded")
      expectEqual([phase, limit], ["run", 1_000], "phase and limit of the long one")
      expectEqual((yield* Where()).worker, 1, "worker of the next task")
    })
  ),
  makeCase(
    "waiting has a limit of its own, ending with the wait; the limit holds before a full queue as well: S056",
    { size: 1, queue: { capacity: 1 } },
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const first = yield* waiting(signal, { queueTimeout: 1_000 })
        const run = (queueTimeout: number) => Effect.exit(TaskPool.run(Gate, { signal }, { queueTimeout }))
        const [exits, millis] = yield* timed(
          Effect.all([run(1_200), run(1_300)], { concurrency: "unbounded" })
        )
        expectTook(harness, millis, 1_300, 1_300, "the wait of both")
        const reasons = exits.map((exit) => expectReason(exit, "DeadlineExceeded"))
        expectEqual(
          reasons.map(({ limit, phase }) => [phase, limit]),
          [
            ["queue", 1_200],
            ["queue", 1_300]
          ],
          "phase and limit"
        )
        const { counts, queue } = yield* TaskPool.snapshot
        expectEqual([queue.length, queue.waiting, counts.rejected], [0, 0, 2], "queued, waiting, rejected")
        yield* open(signal)
        expectEqual(yield* first.await, "through", "the one that ran for longer than it was to wait")
        expectEqual((yield* Where()).worker, 1, "worker of the next task")
        expectEqual(Signal.read(signal, gate.arrived), 1, "bodies that started")
      })
  ),
  makeCase(
    "a task's contract has limits, and a call may replace them: S056",
    { size: 1 },
    Effect.gen(function* () {
      const run = expectReason(yield* Effect.exit(Limited({ millis: 60_000 })), "DeadlineExceeded")
      expectEqual([run.phase, run.limit], ["run", limits.timeout], "the contract's limit")
      const long = yield* TaskPool.fork(Limited, { millis: 400 }, { timeout: "infinity" })
      const queued = yield* Effect.exit(Limited({ millis: 1 }))
      expectEqual(yield* long.await, 400, "the call without a limit")
      const wait = expectReason(queued, "DeadlineExceeded")
      expectEqual([wait.phase, wait.limit], ["queue", limits.queueTimeout], "the contract's limit of waiting")
    })
  ),
  makeCase(
    "an endless loop past its limit is a typed failure; its worker is replaced: S057, G4",
    { size: 1, grace: 100 },
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const spin = TaskPool.run(Sabotage, { how: "spin", signal }, { timeout: 50 })
        const [exit, millis] = yield* timed(Effect.exit(spin))
        const error = expectFailure(exit)
        expectEqual(error.message, "Sabotage: took longer than 50 ms (phase run)", "message")
        expectTook(harness, millis, 150, 1_150, "limit, grace and termination")
        expectEqual((yield* Where()).worker, 2, "worker of the next task")
      })
  ),
  makeCase(
    "a passed limit waits for the clean-up of its task: G3",
    { size: 1, grace: "10 seconds" },
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const task = TaskPool.run(Cleanup, { work: 60_000, cleanup: 200, signal }, { timeout: 100 })
        const [exit, millis] = yield* timed(Effect.exit(task))
        expectEqual(expectReason(exit, "DeadlineExceeded").phase, "run", "phase")
        expectEqual(Signal.read(signal, cleanup.finalized), 1, "clean-ups at the return")
        expectTook(harness, millis, 300, 300, "limit and clean-up")
        expectEqual((yield* Where()).worker, 1, "worker of the next task")
      })
  ),
  makeCase(
    "a caller interrupted while the limit of his task is enforced is interrupted, and nothing else: G9",
    { size: 1, grace: "10 seconds" },
    Effect.gen(function* () {
      const signal = Signal.make()
      const task = TaskPool.run(Cleanup, { work: 60_000, cleanup: 200, signal }, { timeout: 50 })
      const caller = yield* Effect.forkChild(task, { startImmediately: true })
      yield* Signal.awaitAtLeast(signal, cleanup.finalizing, 1)
      yield* Fiber.interrupt(caller)
      expectInterrupted(yield* Fiber.await(caller))
      expectEqual(Signal.read(signal, cleanup.finalized), 1, "clean-ups at the return")
    })
  ),
  {
    name: "a slow start of a worker counts as waiting, not as running: S056",
    run: (harness) =>
      withPool(
        harness,
        { size: 1, grace: 0 },
        Effect.gen(function* () {
          const spinning = yield* TaskPool.fork(Sabotage, { how: "spin" }, { timeout: "1 hour" })
          yield* awaitRunning(spinning)
          expectEqual((yield* spinning.interrupt)._tag, "forced", "receipt")
          const run = Effect.exit(TaskPool.run(Sleep, { millis: 1 }, { timeout: slowMillis - 50 }))
          const wait = Effect.exit(TaskPool.run(Sleep, { millis: 1 }, { queueTimeout: slowMillis - 50 }))
          const [[ran, waited], millis] = yield* timed(Effect.all([run, wait], { concurrency: "unbounded" }))
          expectEqual(ran, Effect.runSync(Effect.exit(Effect.succeed(1))), "the one with a limit of its run")
          expectEqual(
            expectReason(waited, "DeadlineExceeded").phase,
            "queue",
            "the one with a limit of its wait"
          )
          expectTook(harness, millis, slowMillis, slowMillis, "the start of the second worker")
        }),
        { start: ["normal", "slow"] }
      )
  }
]

const deadlines: ReadonlyArray<Case> = [
  {
    name: "a passed deadline names its phase: waiting, sent ahead, or running: S057",
    // Without a timeout no task is sent ahead.
    needs: ["sharedMemory"],
    run: (harness) =>
      withPool(
        harness,
        { size: 1 },
        Effect.gen(function* () {
          const [trained, signal] = [Signal.make(), Signal.make()]
          yield* open(trained)
          // The task is known as short: a second call is sent to the worker busy with the first.
          for (let i = 0; i < 50; i++) yield* Gate({ signal: trained })
          const running = yield* waiting(signal)
          const ahead = yield* TaskPool.fork(Gate, { signal })
          const queued = yield* TaskPool.fork(Sleep, { millis: 1 })
          const { queue, workers } = yield* TaskPool.snapshot
          expectEqual([queue.length, workers[0]!.ahead], [1, 1], "queued and ahead")
          yield* Effect.all([queued.setDeadline(100), ahead.setDeadline(200), running.setDeadline(300)])
          const [exits, millis] = yield* timed(
            Effect.forEach([queued, ahead, running], (handle) =>
              Effect.exit<unknown, unknown, never>(handle.await)
            )
          )
          expectTook(harness, millis, 300, 300, "the last deadline")
          const found = exits.map((exit) => expectReason(exit, "DeadlineExceeded"))
          expectEqual(
            found.map(({ limit, phase }) => [phase, limit]),
            [
              ["queue", 100],
              ["start", 200],
              ["run", 300]
            ],
            "phases and limits"
          )
          expectEqual(Signal.read(signal, gate.arrived), 1, "bodies that started")
          expectEqual((yield* Where()).worker, 1, "worker of the next task")
        })
      )
  },
  makeCase(
    "a deadline is moved while the task runs: nearer, further, and where there was none: S057",
    { size: 3 },
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const nearer = yield* waiting(signal, { deadline: "1 hour" })
        const further = yield* waiting(signal)
        const fresh = yield* waiting(signal)
        yield* further.setDeadline(1_000)
        yield* further.setDeadline("1 hour")
        yield* nearer.setDeadline(1_500)
        yield* fresh.setDeadline("100 millis")
        const near = expectReason(yield* Effect.exit(fresh.await), "DeadlineExceeded")
        expectEqual([near.phase, near.limit], ["run", 100], "the one that had none")
        const [exit, millis] = yield* timed(Effect.exit(nearer.await))
        expectEqual(expectReason(exit, "DeadlineExceeded").limit, 1_500, "the one that was moved nearer")
        expectTook(harness, millis, harness.has.realThreads ? 0 : 1_400, 1_400, "what was left of it")
        yield* open(signal)
        expectEqual(yield* further.await, "through", "the one that was moved past where it was")
        yield* further.setDeadline(0)
        expectEqual(yield* further.await, "through", "moved after the end")
      })
  ),
  makeCase(
    "a timely reply beats a limit passed unseen by a busy host: S057, G1",
    { size: 1 },
    Effect.gen(function* () {
      for (const options of [{ timeout: 1_000 }, { timeout: "1 hour", deadline: 1_000 }] as const) {
        const signal = Signal.make()
        const handle = yield* TaskPool.fork(Sleep, { millis: 50, signal }, options)
        yield* awaitRunning(handle)
        yield* Effect.sync(() => {
          const idle = new Int32Array(new SharedArrayBuffer(4))
          while (Signal.read(signal, 1) === 0) Atomics.wait(idle, 0, 0, 1)
          // From here on the reply is on its way, or delivered; the limit passes before the host reads.
          Atomics.wait(idle, 0, 0, 1_200)
        })
        expectEqual(yield* handle.await, 50, "the answer")
      }
      const { counts } = yield* TaskPool.snapshot
      expectEqual(
        [counts.succeeded, counts.interrupted, counts.late],
        [2, 0, 0],
        "succeeded, interrupted, late"
      )
    }),
    { needs: ["realThreads"] }
  ),
  makeCase(
    "a stream of slow and quick inputs gives each its own outcome, in order: S059, G1",
    { size: 2 },
    Effect.gen(function* () {
      const outcomes = yield* Stream.fromIterable([60_000, 1, 50_000, 2]).pipe(
        Stream.mapEffect(
          (millis) =>
            Effect.map(Effect.exit(TaskPool.run(Sleep, { millis }, { timeout: 200 })), (exit) => [
              millis,
              exit._tag === "Success" ? exit.value : expectReason(exit, "DeadlineExceeded").phase
            ]),
          { concurrency: 4 }
        ),
        Stream.runCollect
      )
      expectEqual(
        outcomes,
        [
          [60_000, "run"],
          [1, 1],
          [50_000, "run"],
          [2, 2]
        ],
        "outcomes by input"
      )
      const { busy, counts, queue } = yield* TaskPool.snapshot
      expectEqual([busy, queue.length], [0, 0], "busy workers, queued tasks")
      expectEqual(
        [counts.succeeded, counts.interrupted, counts.late],
        [2, 2, 0],
        "succeeded, interrupted, late"
      )
    })
  )
]

/**
 * @category cases
 * @since 0.1.0
 */
export const time: ReadonlyArray<Case> = [...limitsOfRuns, ...deadlines]
