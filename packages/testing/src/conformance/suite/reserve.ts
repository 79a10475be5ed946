/**
 * Conformance cases: SCOPE, a worker reserved for a scope.
 *
 * @since 0.2.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import {
  type Case,
  expect,
  expectEqual,
  expectFailure,
  expectInterrupted,
  expectReason,
  expectSuccess,
  withPool
} from "./Harness.ts"
import { ForkJoin } from "./nest.tasks.ts"
import * as Signal from "./Signal.ts"
import { present } from "./size.steps.ts"
import { occupy, open, range } from "./Steps.ts"
import * as Tasks from "./tasks.ts"
import { awaitReady, awaitSnapshot, only, recordEvents } from "./Watch.ts"

const together = { concurrency: "unbounded" } as const

const started = { startImmediately: true } as const

/** Reserves a worker in a scope of its own, which `close` closes. */
const reserved = (options?: TaskPool.ReserveOptions) =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(yield* Scope.Scope)
    const worker = yield* Scope.provide(TaskPool.reserve(options), scope)
    return { close: Scope.close(scope, Exit.void), worker }
  })

/** The workers on which so many tasks of the pool run. */
const workersOf = (count: number) =>
  Effect.map(
    Effect.forEach(range(count), () => Tasks.Where(), together),
    (runs) => new Set(runs.map(({ worker }) => worker))
  )

const waits = awaitSnapshot(({ reservations }) => reservations.waiting === 1, "a reservation that waits")

const idleAre = (count: number) =>
  awaitSnapshot(
    ({ busy, total, workers }) => busy === 0 && total === count && workers.length === count,
    `${count} idle workers`
  )

const use: ReadonlyArray<Case> = [
  {
    name: "a reserved worker runs its holder's calls and nothing else; all other tasks go elsewhere: S250",
    run: (harness) =>
      withPool(
        harness,
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
      )
  },
  {
    name: "calls wait in order for their worker, in a map and forked too; each has its outcome: S250, G1",
    run: (harness) =>
      withPool(
        harness,
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
      )
  },
  {
    name: "a call on a reserved worker may call tasks, even while all other workers are taken: S250, S145",
    run: (harness) =>
      withPool(
        harness,
        { size: 2 },
        Effect.gen(function* () {
          const worker = yield* TaskPool.reserve()
          const occupied = yield* occupy(1)
          const leaves = yield* worker.run(ForkJoin, { width: 2, depth: 3, how: "all" })
          expectEqual(leaves, 8, "leaves")
          yield* occupied.release
        })
      )
  }
]

const bounds: ReadonlyArray<Case> = [
  {
    name: "a pool keeps one worker for everybody: beyond that, a reservation is refused at once: S251",
    run: (harness) =>
      withPool(
        harness,
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
      )
  },
  {
    name: "a pool of one reserves nothing: S251",
    run: (harness) =>
      withPool(
        harness,
        { size: 1 },
        Effect.gen(function* () {
          expectReason(yield* Effect.exit(TaskPool.reserve({ wait: 60_000 })), "AllReserved")
        })
      )
  },
  {
    name: "a reservation waits for an idle worker, before queued tasks, and as long as it is told: S251, G4",
    run: (harness) =>
      withPool(
        harness,
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
      )
  },
  {
    name: "an interrupted wait leaves the worker to the pool, and its place to others: S251, G3",
    run: (harness) =>
      withPool(
        harness,
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
      )
  },
  {
    name: "a pool that follows its load starts a worker for a reservation: S251, S074",
    timeout: 60_000,
    run: (harness) =>
      withPool(
        harness,
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
        })
      )
  }
]

const ends: ReadonlyArray<Case> = [
  {
    name: "closing the scope interrupts the calls, waits for their clean-up, and has the worker replaced: S252, G2, G3",
    run: (harness) =>
      withPool(
        harness,
        { size: 2 },
        Effect.gen(function* () {
          const events = yield* recordEvents
          const { close, worker } = yield* reserved()
          const signal = Signal.make()
          const running = yield* Effect.forkChild(
            Effect.exit(worker.run(Tasks.Cleanup, { work: 600_000, cleanup: 50, signal })),
            started
          )
          yield* Signal.awaitAtLeast(signal, Tasks.cleanup.started, 1)
          const waiting = yield* Effect.forkChild(Effect.exit(worker.run(Tasks.Add, { a: 1, b: 2 })), started)
          yield* close
          expectEqual(Signal.read(signal, Tasks.cleanup.finalized), 1, "ended clean-ups")
          expectEqual(expectReason(yield* Fiber.join(running), "Interrupted").by, "pool")
          expectReason(yield* Fiber.join(waiting), "PoolClosed")
          expectReason(yield* Effect.exit(worker.run(Tasks.Add, { a: 1, b: 2 })), "PoolClosed")
          expectReason(yield* Effect.exit(worker.forEach(Tasks.Add, [{ a: 1, b: 2 }])), "PoolClosed")
          const forked = yield* worker.fork(Tasks.Add, { a: 1, b: 2 })
          expectReason(yield* Effect.exit(forked.await), "PoolClosed")

          const exit = yield* worker.exit
          expectEqual([exit.worker, exit.signal], [worker.worker, undefined], "the end of the worker")
          yield* idleAre(2)
          expect(!(yield* present).includes(worker.worker), "the worker was replaced")
          expectEqual(
            only(events, "WorkerRetiring").map(({ why }) => why),
            ["returned"],
            "retired"
          )
          expectEqual(
            only(events, "ReservationEnded").map(({ how }) => how),
            ["returned"],
            "ended"
          )
        })
      )
  },
  {
    name: "a worker goes on where its holder says so, or has called nothing: S252",
    run: (harness) =>
      withPool(
        harness,
        { size: 2 },
        Effect.gen(function* () {
          yield* awaitReady(2)
          const before = yield* present
          const again = yield* reserved({ reuse: true })
          yield* again.worker.run(Tasks.Counter, { name: "again" })
          yield* again.close
          const unused = yield* reserved()
          yield* unused.close
          const occupied = yield* occupy(2)
          expectEqual(yield* present, before, "workers")
          yield* occupied.release
        })
      )
  },
  {
    name: "an interrupted call ends alone; the worker stays its holder's: S252, G3",
    run: (harness) =>
      withPool(
        harness,
        { size: 2 },
        Effect.gen(function* () {
          const worker = yield* TaskPool.reserve()
          expectEqual(yield* worker.run(Tasks.Counter, { name: "left" }), 1)
          const signal = Signal.make()
          const call = yield* Effect.forkChild(
            worker.run(Tasks.Cleanup, { work: 600_000, cleanup: 20, signal }),
            started
          )
          yield* Signal.awaitAtLeast(signal, Tasks.cleanup.started, 1)
          yield* Fiber.interrupt(call)
          expectInterrupted(yield* Fiber.await(call))
          expectEqual(Signal.read(signal, Tasks.cleanup.finalized), 1, "ended clean-ups")
          expectEqual(yield* worker.run(Tasks.Counter, { name: "left" }), 2, "the same worker")
        })
      )
  },
  {
    name: "a reserved worker dies: its calls are lost, also idempotent ones; its exit is told; the pool has a new one: S253, G5",
    run: (harness) =>
      withPool(
        harness,
        { size: 2 },
        Effect.gen(function* () {
          yield* awaitReady(2)
          const events = yield* recordEvents
          const { close, worker } = yield* reserved()
          const exit = yield* Effect.forkChild(worker.exit, started)
          const signal = Signal.make()
          const dying = yield* Effect.forkChild(
            Effect.exit(worker.run(Tasks.SabotageAgain, { how: "exit", code: 5, signal })),
            started
          )
          const behind = yield* Effect.forkChild(Effect.exit(worker.run(Tasks.Add, { a: 1, b: 2 })), started)
          const lost = expectReason(yield* Fiber.join(dying), "WorkerLost")
          expectEqual([lost.phase, lost.exitCode, lost.worker], ["run", 5, worker.worker], "the call")
          expectEqual(expectReason(yield* Fiber.join(behind), "WorkerLost").phase, "queue", "the one behind")
          expectEqual(Signal.read(signal), 1, "runs of the idempotent call")
          const told = yield* Fiber.join(exit)
          expectEqual([told.worker, told.exitCode], [worker.worker, 5], "the exit")
          expectEqual((yield* worker.exit).exitCode, 5, "the exit, asked for later")
          expectReason(yield* Effect.exit(worker.run(Tasks.Add, { a: 1, b: 2 })), "WorkerLost")
          expectEqual(
            only(events, "ReservationEnded").map(({ how }) => how),
            ["lost"],
            "ended"
          )
          // It counts no more, though its scope is open.
          yield* awaitReady(2)
          expectEqual(yield* (yield* TaskPool.reserve()).run(Tasks.Add, { a: 1, b: 2 }), 3, "a new one")
          yield* close
        })
      )
  },
  {
    name: "a reserved worker stuck in native code is lost to its holder and replaced in the pool: S253, G4",
    needs: ["native"],
    run: (harness) =>
      withPool(
        harness,
        { size: 2, grace: 50, terminateTimeout: 100 },
        Effect.gen(function* () {
          const worker = yield* TaskPool.reserve()
          const call = worker.run(Tasks.BlockNative, undefined, { timeout: 50 })
          expectReason(yield* Effect.exit(call), "DeadlineExceeded")
          expectEqual((yield* worker.exit).worker, worker.worker, "told")
          expectReason(yield* Effect.exit(worker.run(Tasks.Add, { a: 1, b: 2 })), "WorkerLost")
          yield* awaitReady(2)
          expectEqual(yield* (yield* TaskPool.reserve()).run(Tasks.Add, { a: 1, b: 2 }), 3, "a new one")
          yield* awaitSnapshot(({ stuck }) => stuck === 0, "the native call has returned")
        })
      )
  }
]

const lives: ReadonlyArray<Case> = [
  {
    name: "a shrinking pool keeps reserved workers until they are given back, and one for other tasks: S254, S079",
    timeout: 60_000,
    run: (harness) =>
      withPool(
        harness,
        { size: 3 },
        Effect.gen(function* () {
          yield* awaitReady(3)
          const first = yield* reserved({ reuse: true })
          const second = yield* reserved({ reuse: true })
          yield* TaskPool.resize(1)
          expectEqual(yield* first.worker.run(Tasks.Add, { a: 1, b: 2 }), 3, "the first")
          expectEqual(yield* second.worker.run(Tasks.Add, { a: 1, b: 3 }), 4, "the second")
          const others = yield* workersOf(3)
          expect(!others.has(first.worker.worker) && !others.has(second.worker.worker), "other tasks")
          expectReason(yield* Effect.exit(reserved()), "AllReserved")
          yield* first.close
          yield* second.close
          yield* idleAre(1)
          expectEqual(yield* present, [...others], "who is left")
        })
      )
  },
  {
    name: "a reserved worker that is to be replaced is replaced when it is given back: S254, S086",
    run: (harness) =>
      withPool(
        harness,
        { size: 2, recycle: { tasks: 3 } },
        Effect.gen(function* () {
          yield* awaitReady(2)
          const { close, worker } = yield* reserved({ reuse: true })
          for (let i = 1; i <= 5; i++) {
            expectEqual(yield* worker.run(Tasks.Counter, { name: "worn" }), i, "calls so far")
          }
          yield* TaskPool.recycle
          expectEqual(yield* worker.run(Tasks.Counter, { name: "worn" }), 6, "after a request")
          yield* close
          yield* awaitSnapshot(
            ({ total, workers }) => total === 2 && !workers.some((each) => each.worker === worker.worker),
            "another worker in its place"
          )
        })
      )
  },
  {
    name: "closing the pool ends its reservations, waiting ones at once: S254, G2",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* open(harness, { size: 3 })
          yield* pool.provide(
            Effect.gen(function* () {
              const { close, worker } = yield* reserved()
              const signal = Signal.make()
              const call = yield* Effect.forkChild(
                Effect.exit(worker.run(Tasks.Cleanup, { work: 600_000, cleanup: 20, signal })),
                started
              )
              yield* Signal.awaitAtLeast(signal, Tasks.cleanup.started, 1)
              const occupied = yield* occupy(2)
              const waiting = yield* Effect.forkChild(Effect.exit(reserved()), started)
              yield* waits
              yield* pool.close
              expectReason(yield* Fiber.join(waiting), "PoolClosed")
              expectEqual(expectReason(yield* Fiber.join(call), "Interrupted").by, "pool")
              expectEqual(Signal.read(signal, Tasks.cleanup.finalized), 1, "ended clean-ups")
              expectEqual((yield* worker.exit).worker, worker.worker, "the worker has ended")
              expectReason(yield* Effect.exit(worker.run(Tasks.Add, { a: 1, b: 2 })), "PoolClosed")
              expectReason(yield* Effect.exit(reserved()), "PoolClosed")
              yield* close
              yield* occupied.open
            })
          )
        })
      )
  },
  {
    name: "a draining pool lets the calls on a reserved worker finish: S254, S089",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* open(harness, { size: 2, onClose: "drain" })
          yield* pool.provide(
            Effect.gen(function* () {
              const worker = yield* TaskPool.reserve()
              const signal = Signal.make()
              const calls = yield* Effect.forkChild(
                Effect.all(
                  [worker.run(Tasks.Gate, { signal, value: 1 }), worker.run(Tasks.Echo, 2)].map(Effect.exit),
                  together
                ),
                started
              )
              yield* Signal.awaitAtLeast(signal, Tasks.gate.arrived, 1)
              const closing = yield* Effect.forkChild(pool.close, started)
              yield* awaitSnapshot(({ state }) => state === "draining", "a draining pool")
              expectReason(yield* Effect.exit(worker.run(Tasks.Echo, 3)), "PoolClosed")
              yield* Signal.add(signal, Tasks.gate.open)
              expectEqual((yield* Fiber.join(calls)).map(expectSuccess), [1, 2], "results")
              yield* Fiber.join(closing)
            })
          )
        })
      )
  }
]

/**
 * @category cases
 * @since 0.2.0
 */
export const reserve: ReadonlyArray<Case> = [...use, ...bounds, ...ends, ...lives]
