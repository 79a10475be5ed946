/**
 * Conformance cases: SCOPE, a worker reserved for a scope: who runs on it, and how many can be.
 *
 * @since 0.2.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { type Case, expect, expectEqual, expectFailure, expectReason, makeCase } from "./Harness.ts"
import { ForkJoin } from "./nest.tasks.ts"
import { idleAre, reserved, started, together, waits, workersOf } from "./reserve.steps.ts"
import { ends } from "./reserve.ends.ts"
import * as Signal from "./Signal.ts"
import { present } from "./size.steps.ts"
import { occupy, range } from "./Steps.ts"
import * as Tasks from "./tasks.ts"
import { awaitReady, awaitSnapshot, only, recordEvents } from "./Watch.ts"

const use: ReadonlyArray<Case> = [
  makeCase(
    "a reserved worker runs its holder's calls and nothing else; all other tasks go elsewhere: S250",
    { size: 2 },
    Effect.gen(function* () {
      yield* awaitReady(2)
      const events = yield* recordEvents
      const worker = yield* TaskPool.reserve()
      const counts = []
      for (let i = 0; i < 3; i++) counts.push(yield* worker.run(Tasks.Counter, { name: "calls" }))
      expectEqual(counts, [1, 2, 3], "what the calls found")
      expectEqual((yield* worker.run(Tasks.Where, undefined)).worker, worker.worker, "its worker")
      const others = yield* workersOf(20)
      expectEqual([others.size, others.has(worker.worker)], [1, false], "workers of other tasks")
      expectEqual(
        (yield* TaskPool.broadcast(Tasks.Add, { a: 1, b: 1 })).map((result) => result.worker),
        [...others],
        "workers of a broadcast"
      )
      const { workers } = yield* TaskPool.snapshot
      expectEqual(
        workers.filter((each) => each.reserved).map((each) => each.worker),
        [worker.worker],
        "reserved workers"
      )
      const { reserved: isReserved, settled, slot, state } = yield* worker.snapshot
      expectEqual([isReserved, settled, state], [true, 4, "ready"], "the picture of the worker")
      expectEqual(workers[slot]?.worker, worker.worker, "its seat")
      expectEqual(
        only(events, "WorkerReserved").map((event) => event.worker),
        [worker.worker]
      )
    })
  ),
  makeCase(
    "calls wait in order for their worker, in a map and forked too; each has its outcome: S250, G1",
    { size: 2 },
    Effect.gen(function* () {
      const worker = yield* TaskPool.reserve()
      const calls = yield* Effect.forEach(
        range(10),
        () => worker.run(Tasks.Counter, { name: "order" }),
        together
      )
      expectEqual(
        calls,
        range(10).map((n) => n + 1),
        "the order of calls"
      )
      const sums = yield* worker.forEach(
        Tasks.Add,
        range(1000).map((a) => ({ a, b: 1 }))
      )
      expectEqual(
        sums,
        range(1000).map((a) => a + 1),
        "results of a map"
      )
      const into = yield* worker.forEach(Tasks.Add, [{ a: 1, b: 2 }], { into: new Float64Array(1) })
      expectEqual([...into], [3], "results into an array")
      const failed = yield* Effect.exit(worker.run(Tasks.Fail, { value: 7 }))
      expect(expectFailure(failed)._tag === "Refusal", "the declared error of a call")

      const signal = Signal.make()
      const gate = yield* worker.fork(Tasks.Gate, { signal })
      yield* Signal.awaitAtLeast(signal, Tasks.gate.arrived, 1)
      const behind = yield* worker.fork(Tasks.Add, { a: 1, b: 2 })
      const late = yield* Effect.exit(worker.run(Tasks.Add, { a: 1, b: 2 }, { queueTimeout: 20 }))
      expectEqual(expectReason(late, "DeadlineExceeded").phase, "queue")
      const left = yield* worker.fork(Tasks.Add, { a: 0, b: 0 })
      expectEqual((yield* left.interrupt)._tag, "unstarted", "receipt of a call that waited")
      yield* Signal.add(signal, Tasks.gate.open)
      yield* gate.await
      expectEqual(yield* behind.await, 3, "the call behind")
    })
  ),
  makeCase(
    "a call on a reserved worker may call tasks, even while all other workers are taken: S250, S145",
    { size: 2 },
    Effect.gen(function* () {
      const worker = yield* TaskPool.reserve()
      const occupied = yield* occupy(1)
      const leaves = yield* worker.run(ForkJoin, { width: 2, depth: 3, how: "all" })
      expectEqual(leaves, 8, "leaves")
      yield* occupied.release
    })
  )
]

const bounds: ReadonlyArray<Case> = [
  makeCase(
    "a pool keeps one worker for everybody: beyond that, a reservation is refused at once: S251",
    { size: 3 },
    Effect.gen(function* () {
      yield* TaskPool.reserve()
      const second = yield* reserved()
      const refused = expectReason(yield* Effect.exit(reserved()), "AllReserved")
      expectEqual([refused.reserved, refused.size], [2, 3], "counted")
      expectEqual(yield* Tasks.Add({ a: 1, b: 2 }), 3, "a task of the pool")
      yield* second.close
      yield* reserved()
    })
  ),
  makeCase(
    "a pool of one reserves nothing: S251",
    { size: 1 },
    Effect.gen(function* () {
      expectReason(yield* Effect.exit(TaskPool.reserve({ wait: 60_000 })), "AllReserved")
    })
  ),
  makeCase(
    "a reservation waits for an idle worker, before queued tasks, and as long as it is told: S251, G4",
    { size: 2 },
    Effect.gen(function* () {
      yield* awaitReady(2)
      const signal = Signal.make()
      const gates = [yield* TaskPool.fork(Tasks.Gate, { signal, at: 1 })]
      gates.push(yield* TaskPool.fork(Tasks.Gate, { signal, at: 2 }))
      yield* Signal.awaitAtLeast(signal, Tasks.gate.arrived, 2)
      const late = expectReason(yield* Effect.exit(reserved({ wait: 30 })), "DeadlineExceeded")
      expectEqual([late.phase, late.limit], ["queue", 30], "the limit that passed")

      const queued = yield* Effect.forkChild(workersOf(6), started)
      const waiting = yield* Effect.forkChild(reserved(), started)
      yield* waits
      yield* awaitSnapshot(({ queue }) => queue.length === 6, "six queued tasks")
      yield* Signal.add(signal, Tasks.gate.open)
      const { worker } = yield* Fiber.join(waiting)
      expectEqual((yield* TaskPool.snapshot).queue.length, 6, "queued tasks")
      expectEqual(yield* worker.run(Tasks.Add, { a: 1, b: 2 }), 3, "a call")
      yield* Signal.add(signal, Tasks.gate.open)
      expect(!(yield* Fiber.join(queued)).has(worker.worker), "the queued tasks went elsewhere")
    })
  ),
  makeCase(
    "an interrupted wait leaves the worker to the pool, and its place to others: S251, G3",
    { size: 2 },
    Effect.gen(function* () {
      yield* awaitReady(2)
      const before = yield* present
      const occupied = yield* occupy(2)
      for (let i = 0; i < 2; i++) {
        const waiting = yield* Effect.forkChild(reserved(), started)
        yield* waits
        expectReason(yield* Effect.exit(reserved()), "AllReserved")
        yield* Fiber.interrupt(waiting)
      }
      const queued = yield* Effect.forkChild(workersOf(4), started)
      yield* occupied.release
      yield* Fiber.join(queued)
      yield* idleAre(2)
      expectEqual(yield* present, before, "workers")
      yield* reserved()
    })
  ),
  makeCase(
    "a pool that follows its load starts a worker for a reservation: S251, S074",
    { size: { min: 1, max: 2, idle: 50 } },
    Effect.gen(function* () {
      const occupied = yield* occupy(1)
      const { close, worker } = yield* reserved()
      yield* occupied.release
      // The last other worker may leave, too: one more is started on demand.
      for (let i = 0; i < 3; i++) {
        yield* Effect.sleep(100)
        expectEqual(yield* worker.run(Tasks.Counter, { name: "kept" }), i + 1, "calls so far")
        expectEqual(yield* Tasks.Add({ a: 1, b: i }), 1 + i, "a task of the pool")
      }
      yield* close
      yield* idleAre(1)
    }),
    { timeout: 60_000 }
  )
]

/**
 * @category cases
 * @since 0.2.0
 */
export const reserve: ReadonlyArray<Case> = [...use, ...bounds, ...ends]
