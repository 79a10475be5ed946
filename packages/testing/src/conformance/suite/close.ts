/**
 * Conformance cases: CLOSE.
 *
 * @since 0.1.0
 */
import type * as TaskError from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { Occupy, occupy as occupyWords } from "./cancel.tasks.ts"
import { closeFinishing } from "./close.finish.ts"
import { closeFailures } from "./close.failures.ts"
import { closeTeardowns } from "./close.teardown.ts"
import { type Case, expect, expectEqual, expectReason, expectSuccess, makeCase, withPool } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { awaitSnapshot, occupy, open, range, timed } from "./Steps.ts"
import { Cleanup, cleanup, Gate, gate, Nothing, Sabotage } from "./tasks.ts"

/** Tolerance of a close beyond its limits on a busy machine, in milliseconds. */
const slack = 1_500

type AnyHandle = TaskPool.TaskHandle<unknown, unknown>

const exitsOf = (handles: ReadonlyArray<AnyHandle>): Effect.Effect<Array<Exit.Exit<unknown, unknown>>> =>
  Effect.forEach(handles, (handle) => Effect.exit(handle.await))

const gates = (signal: Signal.Signal, count: number) =>
  Effect.forEach(range(count), (value) => TaskPool.fork(Gate, { signal, value }))

/** The pool has left the state `open`. */
const awaitClosing = awaitSnapshot(({ state }) => state !== "open", "it closes")

const opened = (): Signal.Signal => {
  const signal = Signal.make()
  Signal.addUnsafe(signal, gate.open)
  return signal
}

/** A pool of one worker around a program; the program's forks belong to the scope outside. */
const ofPool = <A, E, R>(
  harness: Parameters<Case["run"]>[0],
  program: Effect.Effect<A, E, R>
): Effect.Effect<Exit.Exit<A, E | TaskError.TaskError>, TaskError.TaskError, Exclude<R, TaskPool.TaskPool>> =>
  Effect.exit(Effect.provide(program, poolLayer(harness))) as any

const poolLayer = (harness: Parameters<Case["run"]>[0]) =>
  Layer.provide(TaskPool.layer({ size: 1 }), harness.transport())

const draining: ReadonlyArray<Case> = [
  {
    name: "draining finishes running and queued tasks, and refuses new ones; then the pool is closed: S087",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const signal = Signal.make()
          const pool = yield* open(harness, { size: 1, onClose: "drain" })
          const handles = yield* pool.provide(gates(signal, 3))
          yield* Signal.awaitAtLeast(signal, gate.arrived, 1)
          const closing = yield* Effect.forkChild(pool.close, { startImmediately: true })
          expectEqual((yield* pool.provide(awaitClosing)).state, "draining")
          expectEqual(
            expectReason(yield* Effect.exit(pool.provide(Nothing())), "PoolClosed").state,
            "closing"
          )
          yield* Signal.add(signal, gate.open)
          yield* Fiber.join(closing)
          expectEqual((yield* exitsOf(handles)).map(expectSuccess), range(3))
          expectEqual(expectReason(yield* Effect.exit(pool.provide(Nothing())), "PoolClosed").state, "closed")
        })
      )
  },
  {
    name: "callers suspended before a full queue are refused when the pool drains; the queue is finished: S087, G7",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const signal = Signal.make()
          const pool = yield* open(harness, { size: 1, onClose: "drain", queue: { capacity: 2 } })
          const handles = yield* pool.provide(gates(signal, 5))
          yield* Signal.awaitAtLeast(signal, gate.arrived, 1)
          const closing = yield* Effect.forkChild(pool.close, { startImmediately: true })
          for (const exit of yield* exitsOf(handles.slice(3))) {
            expectEqual(expectReason(exit, "PoolClosed").state, "closing")
          }
          yield* Signal.add(signal, gate.open)
          yield* Fiber.join(closing)
          expectEqual((yield* exitsOf(handles.slice(0, 3))).map(expectSuccess), range(3))
        })
      )
  },
  {
    name: "draining beyond its limit interrupts the remaining tasks, and ends: S089, G4",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const signal = Signal.make()
          const pool = yield* open(harness, { size: 1, onClose: "drain", drainTimeout: 200, grace: 100 })
          const handles = yield* pool.provide(gates(signal, 3))
          yield* Signal.awaitAtLeast(signal, gate.arrived, 1)
          const millis = yield* pool.closeTimed
          expect(millis >= 190 && millis < 200 + slack, `closing took ${millis} ms`)
          const [running, ...queued] = yield* exitsOf(handles)
          expectEqual(expectReason(running!, "Interrupted").by, "pool")
          for (const exit of queued) expectReason(exit, "PoolClosed")
          expectEqual(Signal.read(signal, gate.running), 0, "the handler's finalizer has run: still running")
          expectEqual(Signal.read(signal, gate.arrived), 1, "how many ever started")
        })
      )
  },
  {
    name: "a worker dying during a drain is replaced, and queued tasks still run: S087, G5",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const signal = Signal.make()
          const pool = yield* open(harness, { size: 1, onClose: "drain" })
          const busy = yield* pool.provide(occupy(1))
          const [dying, next] = yield* pool.provide(
            Effect.all([
              TaskPool.fork(Sabotage, { how: "exit", code: 3 }),
              TaskPool.fork(Gate, { signal, value: 7 })
            ])
          )
          yield* Signal.add(signal, gate.open)
          const closing = yield* Effect.forkChild(pool.close, { startImmediately: true })
          yield* busy.open
          yield* Fiber.join(closing)
          expectEqual(expectReason(yield* Effect.exit(dying.await), "WorkerLost").exitCode, 3)
          expectEqual(yield* next.await, 7)
        })
      )
  },
  {
    name: "an endless abandoned body does not hold up a drain: S048, S089, G4",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const deaf = Signal.make()
          const signal = Signal.make()
          const pool = yield* open(harness, { size: 2, onClose: "drain", drainTimeout: 1_000, grace: 100 })
          const caller = yield* pool.provide(
            Effect.forkChild(TaskPool.run(Occupy, { signal: deaf, deaf: true }, { onInterrupt: "abandon" }))
          )
          yield* Signal.awaitAtLeast(deaf, occupyWords.arrived, 1)
          yield* Fiber.interrupt(caller)
          const [last] = yield* pool.provide(gates(signal, 1))
          yield* Signal.awaitAtLeast(signal, gate.arrived, 1)
          const closing = yield* Effect.forkChild(pool.closeTimed, { startImmediately: true })
          yield* pool.provide(awaitClosing)
          yield* Signal.add(signal, gate.open)
          yield* last!.await
          const millis = yield* Fiber.join(closing).pipe(
            Effect.timeoutOrElse({
              duration: 5_000,
              // Opens the gate, so the case itself can end.
              orElse: () => Effect.as(Signal.add(deaf, occupyWords.open), Infinity)
            })
          )
          expect(millis < 1_000 + slack, `closing took ${millis} ms`)
        })
      )
  },
  makeCase(
    "drain completes when nothing waits, is queued or runs; the pool stays open: S087",
    { size: 2, queue: { capacity: 1 } },
    Effect.gen(function* () {
      yield* TaskPool.drain
      const signal = Signal.make()
      const handles = yield* gates(signal, 5)
      const drained = yield* Effect.forkChild(TaskPool.drain, { startImmediately: true })
      yield* Signal.awaitAtLeast(signal, gate.arrived, 1)
      expect(drained.pollUnsafe() === undefined, "drained while tasks wait")
      yield* Signal.add(signal, gate.open)
      yield* Fiber.join(drained)
      const { busy, counts, queue, state } = yield* TaskPool.snapshot
      expectEqual([state, busy, queue.length, queue.waiting, counts.succeeded], ["open", 0, 0, 0, 5])
      expectEqual((yield* exitsOf(handles)).map(expectSuccess), range(5))
      yield* Nothing()
    })
  )
]

const interrupting: ReadonlyArray<Case> = [
  {
    name: "closing with 5 of 50 tasks running settles all 50; later tasks are refused, typed: S091, G1",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const signal = Signal.make()
          const pool = yield* open(harness, { size: 5, queue: { capacity: 20 } })
          yield* pool.provide(awaitSnapshot(({ idle }) => idle === 5, "five ready"))
          const done = yield* pool.provide(gates(opened(), 5))
          yield* exitsOf(done)
          const handles = yield* pool.provide(gates(signal, 45))
          yield* Signal.awaitAtLeast(signal, gate.arrived, 5)
          yield* pool.close
          const exits = yield* exitsOf(handles)
          for (const exit of exits.slice(0, 5)) expectEqual(expectReason(exit, "Interrupted").by, "pool")
          for (const exit of exits.slice(5)) expectEqual(expectReason(exit, "PoolClosed").state, "closing")
          for (const again of [
            Nothing(),
            TaskPool.forEach(Nothing, [undefined]),
            TaskPool.broadcast(Nothing, undefined)
          ]) {
            expectEqual(expectReason(yield* Effect.exit(pool.provide(again)), "PoolClosed").state, "closed")
          }
          const { busy, counts, idle, queue, state, total, workers } = yield* pool.provide(TaskPool.snapshot)
          expectEqual([state, total, busy, idle, queue.length, queue.waiting], ["closed", 0, 0, 0, 0, 0])
          expectEqual(workers.length, 0, "workers")
          // Late submissions count as well: a task and an item; the broadcast never was a task.
          expectEqual([counts.succeeded, counts.interrupted, counts.submitted - counts.rejected], [5, 5, 10])
        })
      )
  },
  ...(["success", "failure", "defect", "interruption"] as const).map((how): Case => ({
    name: `when the pool's scope ends by ${how}, a handler's clean-up of 50 ms has ended before: G2, G3`,
    run: (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const inside = yield* Deferred.make<void>()
        let handle: AnyHandle | undefined
        // The fork's scope outlives the pool: the pool ends the fork.
        const program = Effect.gen(function* () {
          handle = yield* TaskPool.fork(Cleanup, { work: 600_000, cleanup: 50, signal })
          yield* Signal.awaitAtLeast(signal, cleanup.started, 1)
          yield* Deferred.succeed(inside, undefined)
          if (how === "failure") return yield* Effect.fail("failed")
          if (how === "defect") return yield* Effect.die("died")
          if (how === "interruption") return yield* Effect.never
        })
        yield* Effect.scoped(
          Effect.gen(function* () {
            const fiber = yield* Effect.forkChild(ofPool(harness, program))
            yield* Deferred.await(inside)
            yield* how === "interruption" ? Fiber.interrupt(fiber) : Fiber.await(fiber)
            expectEqual(Signal.read(signal, cleanup.finalized), 1, "clean-ups that have ended")
            expectEqual(expectReason(yield* Effect.exit(handle!.await), "Interrupted").by, "pool")
          })
        )
      })
  })),
  {
    name: "closing with a ready, a starting and a hanging worker is bounded: S092, G2",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* open(harness, { size: 3, grace: 100 }, { start: ["normal", "slow", "hangs"] })
          const millis = yield* pool.closeTimed
          expect(millis < slack, `closing took ${millis} ms`)
          expectEqual((yield* pool.provide(TaskPool.snapshot)).total, 0, "workers")
        })
      )
  },
  {
    name: "interrupting a pool waiting for its first worker ends the half-started workers: S092, G2",
    run: (harness) =>
      Effect.gen(function* () {
        const opening = yield* Effect.forkChild(
          withPool(harness, { size: 2 }, Effect.void, { start: "hangs" }),
          {
            startImmediately: true
          }
        )
        const [millis] = yield* timed(Fiber.interrupt(opening))
        expect(millis < slack, `interrupting took ${millis} ms`)
      })
  },
  {
    name: "closing with all workers dead, and closing twice, is clean: S092",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* open(harness, { size: 1 })
          // From the second crash in a row on, a replacement waits for its back-off.
          for (let i = 0; i < 6; i++) {
            expectReason(yield* Effect.exit(pool.provide(Sabotage({ how: "exit" }))), "WorkerLost")
          }
          expectEqual((yield* pool.provide(TaskPool.snapshot)).total, 0, "workers")
          yield* Effect.all([pool.close, pool.close], { concurrency: 2 })
          yield* pool.close
          expectEqual((yield* pool.provide(TaskPool.snapshot)).state, "closed")
        })
      )
  }
]

/**
 * @category cases
 * @since 0.1.0
 */
export const close: ReadonlyArray<Case> = [
  ...draining,
  ...closeFinishing,
  ...interrupting,
  ...closeTeardowns,
  ...closeFailures
]
