/**
 * Conformance cases: CLOSE, a pool finishing its running tasks and refusing the rest.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { type Case, expect, expectEqual, expectReason, expectSuccess } from "./Harness.ts"
import { Chain } from "./nest.tasks.ts"
import * as Signal from "./Signal.ts"
import { awaitSnapshot, open, range } from "./Steps.ts"
import { Gate, gate, Nothing } from "./tasks.ts"
import { only, recordEvents } from "./Watch.ts"

type AnyHandle = TaskPool.TaskHandle<unknown, unknown>

const exitsOf = (handles: ReadonlyArray<AnyHandle>): Effect.Effect<Array<Exit.Exit<unknown, unknown>>> =>
  Effect.forEach(handles, (handle) => Effect.exit(handle.await))

const gates = (signal: Signal.Signal, count: number) =>
  Effect.forEach(range(count), (value) => TaskPool.fork(Gate, { signal, value }))

const awaitClosing = awaitSnapshot(({ state }) => state !== "open", "it closes")

const finishing = { size: 1, onClose: "finish" } as const

/** A gate open for all tasks: after so many runs the task counts as short, and is sent ahead. */
const makeShort = Effect.gen(function* () {
  const signal = Signal.make()
  Signal.addUnsafe(signal, gate.open)
  yield* Effect.forEach(yield* gates(signal, 50), (handle) => handle.await, { discard: true })
})

/**
 * @category cases
 * @since 0.1.0
 */
export const closeFinishing: ReadonlyArray<Case> = [
  ...[false, true].map((isAhead): Case => {
    const where = isAhead ? "was sent ahead" : "is queued"
    return {
      name: `finish lets what runs finish, and refuses what ${where} and what comes meanwhile: S227, G1`,
      run: (harness) =>
        Effect.scoped(
          Effect.gen(function* () {
            const pool = yield* open(harness, finishing)
            if (isAhead) yield* pool.provide(makeShort)
            const signal = Signal.make()
            const [running, ...others] = yield* pool.provide(gates(signal, 4))
            yield* Signal.awaitAtLeast(signal, gate.arrived, 1)
            const closing = yield* Effect.forkChild(pool.close, { startImmediately: true })
            expectEqual((yield* pool.provide(awaitClosing)).state, "draining")
            for (const exit of yield* exitsOf(others)) {
              expectEqual(expectReason(exit, "PoolClosed").state, "closing")
            }
            const late = yield* Effect.exit(pool.provide(Nothing()))
            expectEqual(expectReason(late, "PoolClosed").state, "closing")
            expect(closing.pollUnsafe() === undefined, "it closed while a task runs")
            yield* Signal.add(signal, gate.open)
            yield* Fiber.join(closing)
            expectEqual(expectSuccess(yield* Effect.exit(running!.await)), 0)
            expectEqual(Signal.read(signal, gate.arrived), 1, "how many ever started")
            expectEqual((yield* pool.provide(TaskPool.snapshot)).state, "closed")
          })
        )
    }
  }),
  {
    name: "callers suspended before a full queue are refused when the pool finishes: S227, G7",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const signal = Signal.make()
          const pool = yield* open(harness, { ...finishing, queue: { capacity: 1 } })
          const [running, ...others] = yield* pool.provide(gates(signal, 4))
          yield* Signal.awaitAtLeast(signal, gate.arrived, 1)
          const closing = yield* Effect.forkChild(pool.close, { startImmediately: true })
          for (const exit of yield* exitsOf(others)) expectReason(exit, "PoolClosed")
          yield* Signal.add(signal, gate.open)
          yield* Fiber.join(closing)
          expectEqual(expectSuccess(yield* Effect.exit(running!.await)), 0)
        })
      )
  },
  {
    name: "finishing that takes longer than its limit interrupts what is left, and ends: S227, G4",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const signal = Signal.make()
          const pool = yield* open(harness, { ...finishing, drainTimeout: 200, grace: 100 })
          const [running, queued] = yield* pool.provide(gates(signal, 2))
          yield* Signal.awaitAtLeast(signal, gate.arrived, 1)
          const millis = yield* pool.closeTimed
          expect(millis >= 190 && millis < 1_700, `closing took ${millis} ms`)
          expectEqual(expectReason(yield* Effect.exit(running!.await), "Interrupted").by, "pool")
          expectReason(yield* Effect.exit(queued!.await), "PoolClosed")
          expectEqual(Signal.read(signal, gate.running), 0, "the handler's finalizer has run: still running")
        })
      )
  },
  {
    name: "what a running task calls while the pool finishes is a part of it, and runs: S227, G1",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* open(harness, finishing)
          const events = yield* pool.provide(recordEvents)
          const chain = yield* pool.provide(TaskPool.fork(Chain, { length: 50 }))
          while (only(events, "TaskSubmitted").length < 3) yield* Effect.sleep(1)
          yield* pool.close
          expectEqual(expectSuccess(yield* Effect.exit(chain.await)), range(50))
        })
      )
  },
  {
    name: "a pool that finishes and has nothing to do closes at once: S227, G2",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* open(harness, finishing)
          yield* pool.provide(Nothing())
          yield* pool.close
          yield* pool.close
          expectEqual((yield* pool.provide(TaskPool.snapshot)).state, "closed")
        })
      )
  }
]
