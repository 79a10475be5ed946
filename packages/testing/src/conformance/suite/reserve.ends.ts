/**
 * Conformance cases: SCOPE, how a reservation ends: by its scope, its worker or its pool.
 *
 * @since 0.2.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import {
  type Case,
  expect,
  expectEqual,
  expectInterrupted,
  expectReason,
  expectSuccess,
  makeCase
} from "./Harness.ts"
import { idleAre, reserved, started, together, waits, workersOf } from "./reserve.steps.ts"
import * as Signal from "./Signal.ts"
import { present } from "./size.steps.ts"
import { occupy, open } from "./Steps.ts"
import * as Tasks from "./tasks.ts"
import { awaitReady, awaitSnapshot, only, recordEvents } from "./Watch.ts"

const own: ReadonlyArray<Case> = [
  makeCase(
    "closing the scope interrupts the calls, waits for their clean-up, and has the worker replaced: S252, G2, G3",
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
  ),
  makeCase(
    "a worker goes on where its holder says so, or has called nothing: S252",
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
  ),
  makeCase(
    "an interrupted call ends alone; the worker stays its holder's: S252, G3",
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
  ),
  makeCase(
    "a reserved worker dies: its calls are lost, also idempotent ones; its exit is told; the pool has a new one: S253, G5",
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
  ),
  makeCase(
    "a reserved worker stuck in native code is lost to its holder and replaced in the pool: S253, G4",
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
    }),
    { needs: ["native"] }
  )
]

const ofPool: ReadonlyArray<Case> = [
  makeCase(
    "a shrinking pool keeps reserved workers until they are given back, and one for other tasks: S254, S079",
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
    }),
    { timeout: 60_000 }
  ),
  makeCase(
    "a reserved worker that is to be replaced is replaced when it is given back: S254, S086",
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
  ),
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
 * Ends that the holder or the worker causes, then those that the pool causes.
 *
 * @category cases
 * @since 0.2.0
 */
export const ends: ReadonlyArray<Case> = [...own, ...ofPool]
