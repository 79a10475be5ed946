/**
 * Conformance cases: SCOPE.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Occupy, occupy as occupyWords } from "./cancel.tasks.ts"
import { type Case, expect, expectEqual, expectReason, makeCase, withPool } from "./Harness.ts"
import { makeJournal, Mark, readJournal } from "./queue.tasks.ts"
import { scopePools } from "./scope.pools.ts"
import { Flood } from "./scope.tasks.ts"
import * as Signal from "./Signal.ts"
import { awaitSnapshot, occupy, range } from "./Steps.ts"
import { Add, Cleanup, cleanup, Gate, gate, Nothing, Where } from "./tasks.ts"

const scopes: ReadonlyArray<Case> = [
  makeCase(
    "forking in a closed scope is refused, typed, and the task never runs: S122",
    { size: 1 },
    Effect.gen(function* () {
      const journal = makeJournal(2)
      for (const how of [Exit.void, Exit.interrupt()]) {
        const scope = yield* Scope.make()
        yield* Scope.close(scope, how)
        const forked = yield* Effect.exit(Scope.provide(TaskPool.fork(Mark, { journal, id: 1 }), scope))
        expectEqual(expectReason(forked, "PoolClosed").state, "closed")
      }
      yield* Mark({ journal, id: 2 })
      expectEqual(readJournal(journal), [2], "what ran")
      expectEqual((yield* TaskPool.snapshot).counts.submitted, 1, "submitted")
    })
  ),
  makeCase(
    "closing a scope interrupts its forked tasks, running and queued, and waits for clean-up: S122, G2, G3",
    { size: 1 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const journal = makeJournal(1)
      const scope = yield* Scope.make()
      const running = yield* Scope.provide(
        TaskPool.fork(Cleanup, { work: 600_000, cleanup: 50, signal }),
        scope
      )
      const queued = yield* Scope.provide(TaskPool.fork(Mark, { journal, id: 1 }), scope)
      yield* Signal.awaitAtLeast(signal, cleanup.started, 1)
      yield* Scope.close(scope, Exit.void)
      expectEqual(Signal.read(signal, cleanup.finalized), 1, "clean-ups that have ended")
      for (const wait of [Effect.asVoid(running.await), Effect.asVoid(queued.await)]) {
        expectEqual(expectReason(yield* Effect.exit(wait), "Interrupted").by, "handle")
      }
      yield* Nothing()
      expectEqual(readJournal(journal), [], "what ran")
    })
  ),
  makeCase(
    "a scope keeps nothing of its settled tasks: S146, G2",
    { size: 1 },
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      for (let i = 0; i < 100; i++) {
        const handle = yield* Scope.provide(TaskPool.fork(Nothing, undefined), scope)
        yield* handle.await
      }
      const kept = scope.state._tag === "Open" ? (scope.state.finalizers?.size ?? 0) : 0
      yield* Scope.close(scope, Exit.void)
      expect(kept <= 1, `${kept} finalizers are kept for 100 settled tasks`)
    })
  ),
  makeCase(
    "closing an outer scope ends the inner scope's tasks first; forking in the inner scope is refused: S124",
    { size: 2 },
    Effect.gen(function* () {
      const [inner, outer] = [Signal.make(), Signal.make()]
      const ended: Array<string> = []
      const outside = yield* Scope.make()
      yield* Scope.provide(TaskPool.fork(Cleanup, { work: 600_000, cleanup: 10, signal: outer }), outside)
      yield* Scope.addFinalizer(
        outside,
        Effect.sync(() => ended.push(`outer ${Signal.read(outer, cleanup.finalizing)}`))
      )
      const inside = yield* Scope.fork(outside)
      yield* Scope.provide(TaskPool.fork(Cleanup, { work: 600_000, cleanup: 10, signal: inner }), inside)
      yield* Signal.awaitAtLeast(inner, cleanup.started, 1)
      yield* Signal.awaitAtLeast(outer, cleanup.started, 1)
      yield* Scope.close(outside, Exit.void)
      expectEqual(
        [Signal.read(inner, cleanup.finalized), Signal.read(outer, cleanup.finalized)],
        [1, 1],
        "ended"
      )
      expectEqual(ended, ["outer 0"], "the outer one while the inner one had ended already")
      const forked = yield* Effect.exit(Scope.provide(TaskPool.fork(Nothing, undefined), inside))
      expectReason(forked, "PoolClosed")
      expectEqual((yield* TaskPool.snapshot).counts.submitted, 2, "submitted")
    })
  ),
  {
    name: "an abandoned body ending after its scope makes no noise, and its worker serves on: S128, S053",
    run: (harness) => {
      const noise: Array<unknown> = []
      const listening = Logger.layer([Logger.make(({ message }) => void noise.push(message))])
      return withPool(
        harness,
        { size: 1 },
        Effect.gen(function* () {
          const signal = Signal.make()
          const abandoned = TaskPool.run(Occupy, { signal, deaf: true }, { onInterrupt: "abandon" })
          const scope = yield* Scope.make()
          yield* Effect.forkIn(abandoned, scope)
          yield* Signal.awaitAtLeast(signal, occupyWords.arrived, 1)
          yield* Scope.close(scope, Exit.void)
          expectEqual(Signal.read(signal, occupyWords.passed), 0, "bodies that have ended")
          yield* Signal.add(signal, occupyWords.open)
          const { counts, workers } = yield* awaitSnapshot(({ idle }) => idle === 1, "its worker is free")
          expectEqual(
            [counts.late, counts.interrupted, counts.succeeded],
            [1, 1, 0],
            "late, interrupted, succeeded"
          )
          expectEqual((yield* Where()).worker, workers[0]!.worker, "the same worker")
          expectEqual(noise, [], "what was logged")
        })
      ).pipe(Effect.provide(listening))
    }
  },
  {
    name: "a worker's flood of messages starves no other fiber; all messages arrive in order: S127",
    run: (harness) => {
      const heard: Array<unknown> = []
      const listening = Logger.layer([
        Logger.make(({ message }) => void heard.push((message as Array<unknown>)[0]))
      ])
      return withPool(
        harness,
        { size: 1 },
        Effect.gen(function* () {
          const signal = Signal.make()
          const flood = yield* Effect.forkChild(Flood({ signal, least: 1_000 }))
          yield* Signal.awaitUntil(() => heard.length > 0, "the flood")
          // The flood ends only after 20 steps of this fiber.
          for (let step = 0; step < 20; step++) yield* Effect.yieldNow
          yield* Signal.add(signal)
          expectEqual(heard, range(yield* Fiber.join(flood)), "messages")
        })
      ).pipe(Effect.provide(listening))
    }
  }
]

const handles: ReadonlyArray<Case> = [
  makeCase(
    "a handle awaited twice gives the same outcome; interrupting a wait leaves the task alone: S129, G1",
    { size: 1 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const handle = yield* TaskPool.fork(Gate, { signal, value: { answer: 42 } })
      const waits = yield* Effect.forEach(range(3), () =>
        Effect.forkChild(handle.await, { startImmediately: true })
      )
      yield* Fiber.interrupt(waits[0]!)
      yield* Signal.add(signal, gate.open)
      const [first, second] = yield* Effect.forEach(waits.slice(1), Fiber.join)
      const third = yield* handle.await
      expect(first === second && second === third, "three waits, one value")
      expectEqual(first, { answer: 42 })
      expectEqual(
        [Signal.read(signal, gate.arrived), (yield* TaskPool.snapshot).counts.succeeded],
        [1, 1],
        "runs"
      )
    })
  ),
  makeCase(
    "the receipt of an interruption: unstarted while queued, clean while running, free when settled: G3",
    { size: 1 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const running = yield* TaskPool.fork(Cleanup, { work: 600_000, cleanup: 30, signal })
      const queued = yield* TaskPool.fork(Nothing, undefined)
      yield* Signal.awaitAtLeast(signal, cleanup.started, 1)
      const unstarted = yield* queued.interrupt
      expectEqual(
        [unstarted._tag, unstarted.task, unstarted.id, unstarted.worker],
        ["unstarted", "Nothing", queued.id, undefined]
      )
      const receipt = yield* running.interrupt
      expectEqual(Signal.read(signal, cleanup.finalized), 1, "clean-ups that have ended")
      const worker = (yield* TaskPool.snapshot).workers[0]!.worker
      expectEqual(
        [receipt._tag, receipt.id, receipt.worker, receipt.casualties],
        ["clean", running.id, worker, []]
      )
      expect(receipt.millis >= 25, `it says ${receipt.millis} ms`)
      expectEqual(yield* running.interrupt, receipt, "interrupting again")
      for (const handle of [running, queued]) {
        expectEqual(expectReason(yield* Effect.exit(handle.await), "Interrupted").by, "handle")
      }
      const settled = yield* TaskPool.fork(Add, { a: 1, b: 2 })
      expectEqual(yield* settled.await, 3)
      expectEqual([(yield* settled.interrupt)._tag, yield* settled.await], ["clean", 3], "settled before")
    })
  ),
  makeCase(
    "observing a handle gives the current status and each change, and ends at the outcome: G1",
    { size: 1, queue: { capacity: 1 } },
    Effect.gen(function* () {
      const signal = Signal.make()
      const observed = (handle: TaskPool.TaskHandle<unknown, unknown>) =>
        Effect.forkChild(Stream.runCollect(handle.observe), { startImmediately: true })
      const busy = yield* occupy(1)
      const queued = yield* TaskPool.fork(Gate, { signal }, { timeout: "10 minutes" })
      const waiting = yield* TaskPool.fork(Cleanup, { work: 600_000, cleanup: 1, signal: Signal.make() })
      const seen = yield* Effect.forEach([queued, waiting], observed)
      yield* busy.open
      yield* Signal.awaitAtLeast(signal, gate.arrived, 1)
      yield* Signal.add(signal, gate.open)
      yield* queued.await
      yield* awaitSnapshot(({ workers }) => workers[0]!.running[0] === "Cleanup", "the second runs")
      yield* waiting.interrupt
      expectEqual(yield* Fiber.join(seen[0]!), ["queued", "sent", "running", "settled"])
      const statuses = yield* Fiber.join(seen[1]!)
      expectEqual([statuses[0], statuses[1], statuses.at(-1)], ["waiting", "queued", "settled"])
      expectEqual(yield* Stream.runCollect(queued.observe), ["settled"], "afterwards")
    })
  )
]

/**
 * @category cases
 * @since 0.1.0
 */
export const scope: ReadonlyArray<Case> = [...scopes, ...handles, ...scopePools]
