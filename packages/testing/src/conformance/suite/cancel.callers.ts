/**
 * Conformance cases: CANCEL, continued. The ways a caller can leave, and the receipts of each.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { open } from "./cancel.steps.ts"
import { BreakCleanup, InterruptSelf, Occupy, occupy } from "./cancel.tasks.ts"
import {
  type Case,
  expect,
  expectEqual,
  expectInterrupted,
  expectReason,
  makeCase,
  withPool
} from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { awaitSnapshot } from "./Steps.ts"
import { Add, Fail, Sabotage, Where } from "./tasks.ts"
import { expectTook, timed } from "./Timing.ts"

/** Fibers waiting for their `Occupy`. */
const startCallers = (count: number, signal: Signal.Signal, options: TaskPool.RunOptions, deaf: boolean) =>
  Effect.forEach(Array.from({ length: count }), () =>
    Effect.forkChild(TaskPool.run(Occupy, { signal, deaf }, options), { startImmediately: true })
  )

const abandoning: ReadonlyArray<Case> = [
  makeCase(
    "abandon returns at once; the body ends later without noise, the reply is dropped and counted, the worker serves on: S047, S053",
    { size: 1 },
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const [caller] = yield* startCallers(1, signal, { onInterrupt: "abandon" }, true)
        yield* Signal.awaitAtLeast(signal, occupy.arrived, 1)
        const [, millis] = yield* timed(Fiber.interrupt(caller!))
        expectTook(harness, millis, 0, 0, "the interruption")
        expectInterrupted(yield* Fiber.await(caller!))
        const left = yield* TaskPool.snapshot
        expectEqual(
          [left.busy, left.counts.interrupted, left.counts.late],
          [1, 1, 0],
          "busy, interrupted, late"
        )
        expectEqual(Signal.read(signal, occupy.passed), 0, "bodies that have ended")
        yield* open(signal)
        expectEqual((yield* Where()).worker, 1, "worker of the next task")
        expectEqual(Signal.read(signal, occupy.passed), 1, "bodies that have ended before the next task")
        const after = yield* TaskPool.snapshot
        expectEqual(
          [after.busy, after.counts.interrupted, after.counts.late],
          [0, 1, 1],
          "busy, interrupted, late"
        )
        expectEqual(
          after.workers.map(({ ahead, running }) => [running, ahead]),
          [[[], 0]],
          "what the worker holds"
        )
      })
  ),
  makeCase(
    "waiting returns only after the end of a deaf body: S047",
    { size: 1, grace: "infinity" },
    Effect.gen(function* () {
      const signal = Signal.make()
      const [caller] = yield* startCallers(1, signal, { onInterrupt: "wait" }, true)
      yield* Signal.awaitAtLeast(signal, occupy.arrived, 1)
      const interruption = yield* Effect.forkChild(Fiber.interrupt(caller!), { startImmediately: true })
      yield* Effect.sleep(100)
      expect(interruption.pollUnsafe() === undefined, "the interruption returned before the body had ended")
      yield* open(signal)
      yield* Fiber.join(interruption)
      expectEqual(Signal.read(signal, occupy.running), 0, "bodies running at the return")
      expectEqual((yield* TaskPool.snapshot).counts.late, 0, "late answers: this one was waited for")
    })
  ),
  makeCase("in every mode, a task interrupted before its dispatch never runs: S047", { size: 1 }, (harness) =>
    Effect.gen(function* () {
      const [gate, signal] = [Signal.make(), Signal.make()]
      const first = yield* TaskPool.fork(Occupy, { signal: gate })
      for (const onInterrupt of ["wait", "abandon"] as const) {
        const [caller] = yield* startCallers(1, signal, { onInterrupt }, false)
        const [, millis] = yield* timed(Fiber.interrupt(caller!))
        expectTook(harness, millis, 0, 0, "the interruption")
      }
      yield* open(gate)
      yield* first.await
      expectEqual((yield* Where()).worker, 1, "worker of the next task")
      expectEqual(Signal.read(signal, occupy.arrived), 0, "bodies that started")
      expectEqual((yield* TaskPool.snapshot).counts.late, 0, "late answers")
    })
  ),
  ...([{ size: 3 }, { size: 1, concurrency: 5 }] as const).map((options): Case => {
    const most = Math.max(options.size, "concurrency" in options ? options.concurrency : 1)
    return makeCase(
      `abandoned bodies keep their slots: of ${2 * most} bodies never more than ${most} run (${JSON.stringify(options)}): S048, G7`,
      options,
      Effect.gen(function* () {
        const signal = Signal.make()
        const first = yield* startCallers(most, signal, { onInterrupt: "abandon" }, true)
        yield* Signal.awaitAtLeast(signal, occupy.arrived, most)
        const second = yield* startCallers(most, signal, {}, true)
        yield* awaitSnapshot(({ queue }) => queue.length === most, "the others are queued")
        yield* Fiber.interruptAll(first)
        const held = yield* TaskPool.snapshot
        expectEqual([held.busy, held.queue.length], [options.size, most], "busy workers, queued tasks")
        expectEqual(Signal.read(signal, occupy.arrived), most, "bodies that started")
        yield* open(signal)
        yield* Fiber.awaitAll(second)
        expectEqual(Signal.read(signal, occupy.arrived), 2 * most, "bodies that started in all")
        expectEqual(Signal.read(signal, occupy.most), most, "most bodies at a time")
        const { counts } = yield* awaitSnapshot(({ busy }) => busy === 0, "nobody is busy")
        expectEqual(Signal.read(signal, occupy.running), 0, "bodies that still run")
        expectEqual([counts.interrupted, counts.succeeded], [most, most], "interrupted, succeeded")
      })
    )
  }),
  {
    name: "closing a pool with an abandoned body in an endless loop takes a grace and a termination, no more: S048, G2, G4",
    run: (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const abandoned = withPool(
          harness,
          { size: 1, grace: 200, terminateTimeout: 500 },
          Effect.gen(function* () {
            const spin = TaskPool.run(Sabotage, { how: "spin", signal }, { onInterrupt: "abandon" })
            const caller = yield* Effect.forkChild(spin, { startImmediately: true })
            yield* Signal.awaitAtLeast(signal, 0, 1)
            const [, millis] = yield* timed(Fiber.interrupt(caller))
            expectTook(harness, millis, 0, 0, "the interruption")
          })
        )
        const [, millis] = yield* timed(abandoned)
        expectTook(harness, millis, 200, 700, "everything, closing included,")
      })
  }
]

const signals: ReadonlyArray<Case> = [
  makeCase(
    "aborting the signal of a running or queued task interrupts the task; the outcome is a failure with the reason: S038, G9",
    { size: 1, grace: "10 seconds" },
    Effect.gen(function* () {
      const signal = Signal.make()
      const controller = new AbortController()
      const options = { signal: controller.signal }
      const running = yield* Effect.forkChild(TaskPool.run(Occupy, { signal, cleanup: 50 }, options), {
        startImmediately: true
      })
      yield* Signal.awaitAtLeast(signal, occupy.arrived, 1)
      const queued = yield* TaskPool.fork(Occupy, { signal }, options)
      controller.abort()
      expectEqual(expectReason(yield* Fiber.await(running), "Interrupted").by, "signal", "the running one")
      expectEqual(
        expectReason(yield* Effect.exit(queued.await), "Interrupted").by,
        "signal",
        "the queued one"
      )
      expectEqual(Signal.read(signal, occupy.cleaned), 1, "clean-ups")
      expectEqual(Signal.read(signal, occupy.arrived), 1, "bodies that started")
      expectEqual((yield* Where()).worker, 1, "worker of the next task")
    })
  ),
  makeCase(
    "a task whose signal has been aborted before fails at once, and never runs: S047",
    { size: 1 },
    Effect.gen(function* () {
      const signal = Signal.make()
      for (let i = 0; i < 20; i++) {
        const exit = yield* Effect.exit(TaskPool.run(Occupy, { signal }, { signal: AbortSignal.abort() }))
        expectEqual(expectReason(exit, "Interrupted").by, "signal", "interrupted by")
      }
      expectEqual((yield* Where()).worker, 1, "worker of the next task")
      expectEqual(Signal.read(signal, occupy.arrived), 0, "bodies that started")
    })
  ),
  makeCase(
    "a signal shared by a thousand tasks keeps no listener, however they end: S041, G2",
    { size: 2, grace: "10 seconds" },
    Effect.gen(function* () {
      const { listeners, signal } = countingSignal()
      const options = { signal }
      yield* Effect.forEach(
        Array.from({ length: 1_000 }, (_, n) => n),
        (n) => TaskPool.run(Add, { a: n, b: 1 }, options),
        { concurrency: 100 }
      )
      expectEqual(listeners(), 0, "listeners of those that succeeded")
      yield* Effect.exit(TaskPool.run(Fail, { value: 1 }, options))
      yield* Effect.exit(TaskPool.run(Sabotage, { how: "exit" }, options))
      expectEqual(listeners(), 0, "listeners of those that failed or were lost")
      const words = Signal.make()
      const [waiting] = yield* startCallers(1, words, options, false)
      yield* Signal.awaitAtLeast(words, occupy.arrived, 1)
      expectEqual(listeners(), 1, "listeners while one runs")
      yield* Fiber.interrupt(waiting!)
      expectEqual(listeners(), 0, "listeners of one that was interrupted")
    })
  ),
  makeCase(
    "an abandoned task keeps no listener on its signal, nor a timer for its deadline: S041, G2",
    { size: 1 },
    Effect.gen(function* () {
      const { listeners, signal } = countingSignal()
      const words = Signal.make()
      const [caller] = yield* startCallers(
        1,
        words,
        { onInterrupt: "abandon", deadline: "1 hour", signal },
        true
      )
      yield* Signal.awaitAtLeast(words, occupy.arrived, 1)
      yield* Fiber.interrupt(caller!)
      yield* open(words)
      expectEqual((yield* Where()).worker, 1, "worker of the next task")
      expectEqual(listeners(), 0, "listeners")
    })
  )
]

/** An abort signal with a count of its listeners. */
const countingSignal = () => {
  const { signal } = new AbortController()
  const found = new Set<unknown>()
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (type: string, listener: any, options?: any) => {
    found.add(listener)
    add(type, listener, options)
  }
  signal.removeEventListener = (type: string, listener: any, options?: any) => {
    found.delete(listener)
    remove(type, listener, options)
  }
  return { signal, listeners: () => found.size }
}

const causes: ReadonlyArray<Case> = [
  makeCase(
    "a self-interrupting handler is a typed failure, not an interruption, at once or after a suspension: G9",
    { size: 1 },
    Effect.gen(function* () {
      for (const suspended of [false, true]) {
        const exit = yield* Effect.exit(InterruptSelf({ suspended }))
        expectEqual(expectReason(exit, "Interrupted").by, "handler", "interrupted by")
      }
      expectEqual(yield* Add({ a: 1, b: 1 }), 2, "the next task")
    })
  ),
  makeCase(
    "a finalizer dying during the interruption of its task joins the Cause of the caller, and of the handle: G9",
    { size: 1, grace: "10 seconds" },
    Effect.gen(function* () {
      const signal = Signal.make()
      const caller = yield* Effect.forkChild(BreakCleanup({ signal }), { startImmediately: true })
      yield* Signal.awaitAtLeast(signal, 0, 1)
      yield* Fiber.interrupt(caller)
      const exit = yield* Fiber.await(caller)
      expectEqual(tagsOf(exit), ["Die: clean-up broke", "Interrupt"], "the caller's Cause")
      const handle = yield* TaskPool.fork(BreakCleanup, { signal })
      yield* Signal.awaitAtLeast(signal, 0, 2)
      expectEqual((yield* handle.interrupt)._tag, "clean", "receipt")
      const awaited = yield* Effect.exit(handle.await)
      expectEqual(tagsOf(awaited), ["Die: clean-up broke", "Fail: Interrupted"], "the handle's Cause")
    })
  )
]

/** The reasons of a failed exit, in words, sorted. */
const tagsOf = (exit: Exit.Exit<unknown, any>): ReadonlyArray<string> =>
  exit._tag === "Success"
    ? ["Success"]
    : exit.cause.reasons
        .map((reason) =>
          Cause.isDieReason(reason)
            ? `Die: ${(reason.defect as Error).message}`
            : Cause.isFailReason(reason)
              ? `Fail: ${reason.error.reason._tag}`
              : "Interrupt"
        )
        .toSorted()

/**
 * @category cases
 * @since 0.1.0
 */
export const callers: ReadonlyArray<Case> = [...abandoning, ...signals, ...causes]
