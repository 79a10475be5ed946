/**
 * Conformance cases: CANCEL. This file has the interrupt ladder and its receipts; the files beside this one
 * have the ways of leaving of a caller, co-runners, and Effect's own combinators.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { callers } from "./cancel.callers.ts"
import { combinators } from "./cancel.combinators.ts"
import { coRunners } from "./cancel.coRunners.ts"
import { crashes } from "./cancel.crashes.ts"
import { awaitRunning, expectNext, occupied, open, spinning } from "./cancel.steps.ts"
import { stuckWorkers } from "./cancel.stuck.ts"
import { Occupy, occupy } from "./cancel.tasks.ts"
import { type Case, expectEqual, expectInterrupted, expectReason, makeCase } from "./Harness.ts"
import { nativeMillis } from "./Saboteur.ts"
import * as Signal from "./Signal.ts"
import { awaitSnapshot } from "./Steps.ts"
import { BlockNative, Sabotage, SpinUntilInterrupted, Where } from "./tasks.ts"
import { expectTook, timed } from "./Timing.ts"

const forced: ReadonlyArray<Case> = [
  makeCase(
    "an endless loop is terminated after its grace, the receipt says forced, and the pool of one serves the next task: S038, S054, G4",
    { size: 1, grace: 200, terminateTimeout: 1_000 },
    (harness) =>
      Effect.gen(function* () {
        const handle = yield* spinning()
        const [receipt, millis] = yield* timed(handle.interrupt)
        expectTook(harness, millis, 200, 1_200, "the interruption")
        const { millis: told, ...rest } = receipt
        expectEqual(
          rest,
          { _tag: "forced", task: "Sabotage", id: handle.id, worker: 1, casualties: [] },
          "receipt"
        )
        expectTook(harness, told, 200, 1_200, "the interruption, by its receipt,")
        expectEqual(
          expectReason(yield* Effect.exit(handle.await), "Interrupted").by,
          "handle",
          "interrupted by"
        )
        yield* expectNext(2)
      })
  ),
  makeCase(
    "the caller of an endless loop is interrupted within the grace and the termination, and not before: S038, S054, G4",
    { size: 1, grace: 200, terminateTimeout: 1_000 },
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const fiber = yield* Effect.forkChild(Sabotage({ how: "spin", signal }))
        yield* Signal.awaitAtLeast(signal, 0, 1)
        const [, millis] = yield* timed(Fiber.interrupt(fiber))
        expectTook(harness, millis, 200, 1_200, "the interruption")
        expectInterrupted(yield* Fiber.await(fiber))
        yield* expectNext(2)
      })
  ),
  makeCase(
    "while one worker is terminated, the long task of its neighbour never notices: G5",
    { size: 2, grace: 50 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const neighbour = yield* occupied(signal)
      const handle = yield* spinning()
      expectEqual((yield* handle.interrupt)._tag, "forced", "receipt")
      expectEqual(Signal.read(signal, occupy.running), 1, "neighbours running")
      yield* open(signal)
      expectEqual(yield* neighbour.await, 1, "the neighbour's arrival")
      expectEqual(Signal.read(signal, occupy.arrived), 1, "starts of the neighbour")
      expectEqual(Signal.read(signal, occupy.cleaning), 0, "interruptions of the neighbour")
    })
  ),
  ...(["pool", "call"] as const).map((level) =>
    makeCase(
      `with a grace of zero, said by the ${level}, the worker is terminated at once, and no timer is left: G4, G2`,
      { size: 1, grace: level === "pool" ? 0 : "1 hour" },
      (harness) =>
        Effect.gen(function* () {
          const handle = yield* spinning(level === "call" ? { grace: 0 } : {})
          const [receipt, millis] = yield* timed(handle.interrupt)
          expectEqual(receipt._tag, "forced", "receipt")
          expectTook(harness, millis, 0, 0, "the interruption")
          yield* expectNext(2)
        })
    )
  ),
  makeCase(
    "native code is given up after terminateTimeout; without a replacement its slot stays taken until the code returns: S055, S229, G4",
    { size: 1, grace: 100, terminateTimeout: 300, stuck: { replace: 0 } },
    (harness) =>
      Effect.gen(function* () {
        const handle = yield* TaskPool.fork(BlockNative, undefined, { timeout: "1 hour" })
        yield* awaitRunning(handle)
        const [receipt, millis] = yield* timed(handle.interrupt)
        expectTook(harness, millis, 400, 400, "the interruption")
        expectEqual(receipt._tag, "stuck", "receipt")
        expectEqual(
          expectReason(yield* Effect.exit(handle.await), "Interrupted").by,
          "handle",
          "interrupted by"
        )
        const stuck = yield* TaskPool.snapshot
        expectEqual(
          stuck.workers.map(({ state, worker }) => [worker, state]),
          [[1, "stuck"]],
          "workers while the call lasts"
        )
        const [next, waited] = yield* timed(Where())
        expectEqual(next.worker, 2, "worker of the next task")
        expectTook(harness, millis + waited, nativeMillis - 100, nativeMillis, "the native call")
        const cleared = yield* TaskPool.snapshot
        expectEqual(
          cleared.workers.map(({ state, worker }) => [worker, state]),
          [[2, "ready"]],
          "workers after the call"
        )
      }),
    { needs: ["native"] }
  )
]

const clean: ReadonlyArray<Case> = [
  makeCase(
    "a handler cleaning up within its grace keeps its worker, busy meanwhile and then serving the next task: S044, G3",
    { size: 1, grace: "10 seconds" },
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const handle = yield* occupied(signal, { cleanup: 300 })
        const interruption = yield* Effect.forkChild(timed(handle.interrupt), { startImmediately: true })
        yield* Signal.awaitAtLeast(signal, occupy.cleaning, 1)
        expectEqual((yield* TaskPool.snapshot).busy, 1, "busy workers during the clean-up")
        const [receipt, millis] = yield* Fiber.join(interruption)
        expectEqual(Signal.read(signal, occupy.cleaned), 1, "clean-ups at the return of the interruption")
        expectEqual(receipt._tag, "clean", "receipt")
        expectTook(harness, millis, 300, 300, "the interruption")
        yield* expectNext(1)
      })
  ),
  makeCase(
    "when the interruption of a caller returns, a clean-up of 300 ms has ended, and the next task did not overlap it: G3",
    { size: 1, grace: "10 seconds" },
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const caller = yield* Effect.forkChild(Occupy({ signal, cleanup: 300 }), { startImmediately: true })
        yield* Signal.awaitAtLeast(signal, occupy.arrived, 1)
        const next = yield* TaskPool.fork(Occupy, { signal })
        const [, millis] = yield* timed(Fiber.interrupt(caller))
        expectEqual(Signal.read(signal, occupy.cleaned), 1, "clean-ups at the return of the interruption")
        expectTook(harness, millis, 300, 300, "the interruption")
        expectInterrupted(yield* Fiber.await(caller))
        yield* open(signal)
        expectEqual(yield* next.await, 2, "arrival of the next task")
        expectEqual(Signal.read(signal, occupy.most), 1, "most bodies at a time, clean-up included")
      })
  ),
  makeCase(
    "a grace of infinity exempts a task: callers wait for a clean-up of any length: G4",
    { size: 1, grace: 50, terminateTimeout: 50 },
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const handle = yield* occupied(signal, { cleanup: 600, grace: "infinity" })
        const [receipt, millis] = yield* timed(handle.interrupt)
        expectEqual(receipt._tag, "clean", "receipt")
        expectTook(harness, millis, 600, 600, "the interruption")
        yield* expectNext(1)
      })
  ),
  makeCase(
    "interrupting twice, from two sides, is one interruption: one clean-up, one receipt: S050, G1",
    { size: 1, grace: "10 seconds" },
    Effect.gen(function* () {
      const signal = Signal.make()
      const handle = yield* occupied(signal, { cleanup: 100 })
      const [first, second] = yield* Effect.all([handle.interrupt, handle.interrupt], {
        concurrency: "unbounded"
      })
      expectEqual(first, second, "receipt")
      expectEqual(yield* handle.interrupt, first, "receipt of a third, late interruption")
      expectEqual(Signal.read(signal, occupy.cleaning), 1, "clean-ups")
      expectEqual((yield* TaskPool.snapshot).counts.interrupted, 1, "interrupted")
      yield* expectNext(1)
    })
  ),
  makeCase(
    "a computing loop sees the interruption without a turn of the event loop, and keeps its worker: S049, G4",
    { size: 1, grace: "10 seconds" },
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const handle = yield* TaskPool.fork(SpinUntilInterrupted, { signal })
        yield* Signal.awaitAtLeast(signal, 0, 1)
        expectEqual(Signal.read(signal, 1), 0, "loops that ended uninterrupted")
        const [receipt, millis] = yield* timed(handle.interrupt)
        expectEqual(receipt._tag, "clean", "receipt")
        expectTook(harness, millis, 0, 1, "the interruption")
        // Where a loop can hold its worker, only the loop itself can have observed the interruption.
        if (harness.has.realThreads)
          expectEqual(Signal.read(signal, 1), 1, "loops that saw their interruption")
        yield* expectNext(1)
      })
  )
]

const unstarted: ReadonlyArray<Case> = [
  makeCase(
    "interrupting a queued task removes the task at once, unstarted, and the neighbours run in order: S039",
    { size: 1 },
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const a = yield* occupied(signal)
        const b = yield* TaskPool.fork(Occupy, { signal })
        const c = yield* TaskPool.fork(Occupy, { signal })
        expectEqual((yield* TaskPool.snapshot).queue.length, 2, "queued before")
        const { millis, ...receipt } = yield* b.interrupt
        expectTook(harness, millis, 0, 0, "the interruption")
        expectEqual(
          receipt,
          { _tag: "unstarted", task: "Occupy", id: b.id, worker: undefined, casualties: [] },
          "receipt"
        )
        expectEqual((yield* TaskPool.snapshot).queue.length, 1, "queued after")
        expectEqual(expectReason(yield* Effect.exit(b.await), "Interrupted").by, "handle", "interrupted by")
        yield* open(signal)
        expectEqual([yield* a.await, yield* c.await], [1, 2], "arrivals of its neighbours")
        yield* expectNext(1)
        expectEqual(Signal.read(signal, occupy.arrived), 2, "bodies that started")
      })
  ),
  makeCase(
    "interrupting a caller waiting before a full queue removes this caller from the line, and no other: S047, G7",
    { size: 1, queue: { capacity: 1, strategy: "suspend" } },
    Effect.gen(function* () {
      const signal = Signal.make()
      const a = yield* occupied(signal)
      const b = yield* TaskPool.fork(Occupy, { signal })
      const c = yield* Effect.forkChild(Occupy({ signal }), { startImmediately: true })
      yield* awaitSnapshot(({ queue }) => queue.waiting === 1, "one caller waits")
      const d = yield* TaskPool.fork(Occupy, { signal })
      const before = (yield* TaskPool.snapshot).queue
      expectEqual([before.length, before.waiting], [1, 2], "queued and waiting before")
      yield* Fiber.interrupt(c)
      expectInterrupted(yield* Fiber.await(c))
      const after = (yield* TaskPool.snapshot).queue
      expectEqual([after.length, after.waiting], [1, 1], "queued and waiting after")
      yield* open(signal)
      expectEqual([yield* a.await, yield* b.await, yield* d.await], [1, 2, 3], "arrivals of the others")
      yield* expectNext(1)
    })
  )
]

/**
 * @category cases
 * @since 0.1.0
 */
export const cancel: ReadonlyArray<Case> = [
  ...forced,
  ...clean,
  ...unstarted,
  ...stuckWorkers,
  ...coRunners,
  ...callers,
  ...combinators,
  ...crashes
]
