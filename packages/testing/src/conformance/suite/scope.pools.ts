/**
 * Conformance cases: SCOPE, and the promises of several pools, broadcasts, snapshots and events (OBS).
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Occupy, occupy as occupyWords } from "./cancel.tasks.ts"
import { type Case, expect, expectEqual, expectReason, expectSuccess, makeCase } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { awaitSnapshot, occupy, range } from "./Steps.ts"
import {
  Add,
  Cleanup,
  CrashOnce,
  Die,
  Fail,
  Gate,
  gate,
  Nothing,
  Sabotage,
  Unserved,
  Where
} from "./tasks.ts"

const ready = (count: number) =>
  awaitSnapshot(
    ({ workers }) => workers.filter((w) => w.state === "ready").length === count,
    `${count} are ready`
  )

class Left extends TaskPool.Service<Left>()("@heddle/testing/conformance/Left") {}
class Right extends TaskPool.Service<Right>()("@heddle/testing/conformance/Right") {}

const pools: ReadonlyArray<Case> = [
  {
    name: "two pools of their own beside the default pool run their own tasks, and nothing else: S068",
    run: (harness) =>
      Effect.gen(function* () {
        expectEqual(yield* Add.on(Left)({ a: 1, b: 1 }), 2)
        expectEqual(yield* Left.run(Add, { a: 1, b: 2 }), 3)
        expectEqual(
          yield* Right.forEach(
            Add,
            range(5).map((a) => ({ a, b: 0 }))
          ),
          range(5)
        )
        expectEqual(yield* Stream.runCollect(Right.stream(Add, [{ a: 4, b: 4 }])), [8])
        expectEqual(yield* Effect.scoped(Effect.flatMap(Right.fork(Add, { a: 1, b: 1 }), (h) => h.await)), 2)
        expectEqual((yield* Left.broadcast(Where, undefined)).length, 1, "workers of the left one")
        expectEqual(yield* Add({ a: 2, b: 2 }), 4)
        yield* Left.drain
        const counts = [yield* Left.snapshot, yield* Right.snapshot, yield* TaskPool.snapshot].map(
          (snapshot) => snapshot.counts.succeeded
        )
        expectEqual(counts, [3, 7, 1], "left, right, default")
      }).pipe(
        Effect.provide(
          Layer.provide(
            Layer.mergeAll(Left.layer({ size: 1 }), Right.layer({ size: 2 }), TaskPool.layer({ size: 1 })),
            harness.transport()
          )
        )
      )
  },
  makeCase(
    "broadcast runs once on every ready worker, and on a busy worker after its task: G1",
    { size: 3 },
    Effect.gen(function* () {
      const { workers } = yield* ready(3)
      const busy = yield* occupy(1)
      const all = yield* Effect.forkChild(TaskPool.broadcast(Where, undefined), {
        startImmediately: true
      })
      yield* awaitSnapshot(({ counts }) => counts.succeeded === 2, "two have answered")
      expect(all.pollUnsafe() === undefined, "broadcast does not wait for the busy worker")
      yield* busy.open
      const results = yield* Fiber.join(all)
      const answers = results.map(({ exit }) => expectSuccess(exit))
      expectEqual(
        results.map(({ worker }) => worker),
        workers.map(({ worker }) => worker),
        "workers"
      )
      expectEqual(
        answers.map(({ worker }) => worker),
        results.map(({ worker }) => worker),
        "who answered"
      )
      expectEqual(
        answers.map(({ tasks }) => tasks),
        [1, 1, 1],
        "runs on each"
      )
    })
  ),
  makeCase(
    "a worker's death during a broadcast is its result, once, beside the other results: G1, G6",
    { size: 3 },
    Effect.gen(function* () {
      yield* ready(3)
      const signal = Signal.make()
      const results = yield* TaskPool.broadcast(CrashOnce, { signal })
      const [lost, ...others] = results.toSorted(
        (a, b) => Number(Exit.isSuccess(a.exit)) - Number(Exit.isSuccess(b.exit))
      )
      expectEqual(expectReason(lost!.exit, "WorkerLost").phase, "run")
      expectEqual(others.map(({ exit }) => expectSuccess(exit)).toSorted(), [2, 3], "the runs that survived")
      expectEqual(Signal.read(signal), 3, "runs")
    })
  ),
  makeCase(
    "a broadcast waiting for a terminated worker learns of the termination, and every worker gives one result: G1",
    { size: 2 },
    Effect.gen(function* () {
      yield* ready(2)
      const signal = Signal.make()
      const deaf = yield* TaskPool.fork(Occupy, { signal, deaf: true }, { grace: 0 })
      yield* Signal.awaitAtLeast(signal, occupyWords.arrived, 1)
      const all = yield* Effect.forkChild(TaskPool.broadcast(Nothing, undefined), {
        startImmediately: true
      })
      yield* awaitSnapshot(({ counts }) => counts.succeeded === 1, "one has answered")
      const receipt = yield* deaf.interrupt
      expectEqual(receipt._tag, "forced")
      const results = yield* Fiber.join(all)
      expectEqual(results.length, 2)
      for (const { exit, worker } of results) {
        if (worker === receipt.worker) expectEqual(expectReason(exit, "WorkerLost").phase, "queue")
        else expectSuccess(exit)
      }
    })
  )
]

const pictures: ReadonlyArray<Case> = [
  makeCase(
    "a snapshot does not change afterwards, and every submitted task is counted once: S161, G1",
    { size: 2, queue: { capacity: 1, strategy: "reject" } },
    Effect.gen(function* () {
      yield* ready(2)
      const signal = Signal.make()
      const first = yield* TaskPool.fork(Gate, { signal })
      yield* Signal.awaitAtLeast(signal, gate.arrived, 1)
      const picture = yield* TaskPool.snapshot
      const copy = structuredClone(picture)
      yield* Effect.exit(Add({ a: 1, b: 1 }))
      yield* TaskPool.forEach(
        Add,
        range(4).map((a) => ({ a, b: 1 })),
        { chunkSize: 2, concurrency: 1 }
      )
      yield* Effect.exit(Fail({ value: 1 }))
      yield* Effect.exit(Die({ what: "string" }))
      yield* Effect.exit(Unserved())
      const cut = yield* TaskPool.fork(Cleanup, { work: 600_000, cleanup: 0 })
      yield* cut.interrupt
      yield* Effect.exit(Sabotage({ how: "exit" }))
      yield* ready(2)
      const busy = yield* occupy(1)
      const [queued, rejected] = yield* Effect.all([
        TaskPool.fork(Nothing, undefined),
        TaskPool.fork(Nothing, undefined)
      ])
      expectReason(yield* Effect.exit(rejected.await), "QueueFull")
      yield* Signal.add(signal, gate.open)
      yield* busy.release
      yield* Effect.all([first.await, queued.await])
      const { counts } = yield* TaskPool.snapshot
      const { died, failed, interrupted, lost, rejected: refused, submitted, succeeded } = counts
      expectEqual([succeeded, failed, died, interrupted, lost, refused], [8, 1, 1, 1, 1, 2])
      expectEqual(submitted, succeeded + failed + died + interrupted + lost + refused, "submitted")
      expectEqual(picture, copy, "the picture")
    })
  ),
  makeCase(
    "the events of a task come in order: submitted, sent, settled: S161",
    { size: 1 },
    Effect.gen(function* () {
      const listening = yield* Deferred.make<void>()
      const events = yield* TaskPool.events.pipe(
        Stream.onStart(Deferred.succeed(listening, undefined)),
        Stream.takeUntil(({ _tag }) => _tag === "TaskSettled"),
        Stream.runCollect,
        Effect.forkChild({ startImmediately: true })
      )
      yield* Deferred.await(listening)
      yield* Effect.yieldNow
      yield* Effect.exit(Fail({ value: 1 }))
      const seen = yield* Fiber.join(events)
      expectEqual(
        seen.map(({ _tag }) => _tag),
        ["TaskSubmitted", "TaskSent", "TaskSettled"]
      )
      const last = seen[2]!
      expect(
        last._tag === "TaskSettled" && last.outcome === "failed" && last.task === "Fail",
        JSON.stringify(last)
      )
    })
  ),
  makeCase(
    "a stalled reader of events loses the oldest, keeps 1,024, and does not slow 2,000 tasks: S161, G7",
    { size: 1 },
    Effect.gen(function* () {
      const stopped = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const settled: Array<number> = []
      let last = Infinity
      const reading = yield* TaskPool.events.pipe(
        Stream.tap((event) => {
          if (event._tag === "TaskSettled") settled.push(event.id)
          return Effect.andThen(Deferred.succeed(stopped, undefined), Deferred.await(go))
        }),
        Stream.takeUntil((event) => event._tag === "TaskSettled" && event.id === last),
        Stream.runDrain,
        Effect.forkChild({ startImmediately: true })
      )
      // The first of both stops the reader.
      yield* Effect.raceFirst(
        Deferred.await(stopped),
        Effect.forever(Effect.andThen(Nothing(), Effect.yieldNow))
      )
      yield* TaskPool.drain
      for (let i = 0; i < 2_000; i++) yield* Nothing()
      const handle = yield* TaskPool.fork(Nothing, undefined)
      last = handle.id
      yield* handle.await
      yield* Deferred.succeed(go, undefined)
      yield* Fiber.join(reading)
      expectEqual(settled.at(-1), last, "the last one")
      expect(settled.length <= 1_024, `${settled.length} were kept`)
      expect(settled.length > 200, `${settled.length} were kept only`)
      const kept = settled.slice(-100)
      expectEqual(
        kept,
        range(100).map((i) => last - 99 + i),
        "the newest, without a gap"
      )
    }),
    { timeout: 60_000 }
  )
]

/**
 * @category cases
 * @since 0.1.0
 */
export const scopePools: ReadonlyArray<Case> = [...pools, ...pictures]
