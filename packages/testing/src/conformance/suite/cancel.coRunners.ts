/**
 * Conformance cases: CANCEL, continued. The price of an interruption for other tasks on the same worker.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { awaitRunning, expectNext, occupied, open } from "./cancel.steps.ts"
import { Occupy, occupy } from "./cancel.tasks.ts"
import { type Case, expect, expectEqual, expectReason, makeCase } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { Add, BlockNative } from "./tasks.ts"
import { expectTook, timed } from "./Timing.ts"

/**
 * @category cases
 * @since 0.1.0
 */
export const coRunners: ReadonlyArray<Case> = [
  makeCase(
    "a co-runner that ends within the grace that it is given is spared: S042, G5",
    { size: 1, concurrency: 2, grace: 1_500 },
    (harness) =>
      Effect.gen(function* () {
        const [deaf, signal] = [Signal.make(), Signal.make()]
        const a = yield* occupied(deaf, { deaf: true })
        const b = yield* occupied(signal)
        const interruption = yield* Effect.forkChild(timed(a.interrupt), { startImmediately: true })
        yield* Effect.sleep(2_250)
        expect(
          interruption.pollUnsafe() === undefined,
          "the worker was terminated with a co-runner in its grace"
        )
        yield* open(signal)
        expectEqual(yield* b.await, 1, "the co-runner's arrival")
        const [receipt, millis] = yield* Fiber.join(interruption)
        expectEqual([receipt._tag, receipt.casualties.length], ["forced", 0], "receipt and casualties")
        expectTook(harness, millis, 2_250, 2_250, "the interruption")
        yield* expectNext(2)
      })
  ),
  makeCase(
    "an endless co-runner is lost after one more grace, and the receipt names the co-runner: S042, G5",
    { size: 1, concurrency: 2, grace: 200 },
    (harness) =>
      Effect.gen(function* () {
        const a = yield* occupied(Signal.make(), { deaf: true })
        const b = yield* occupied(Signal.make())
        const waiting = yield* TaskPool.fork(Add, { a: 1, b: 2 })
        const [receipt, millis] = yield* timed(a.interrupt)
        expectTook(harness, millis, 400, 400, "the interruption")
        expectEqual(receipt._tag, "forced", "receipt")
        expectEqual(receipt.casualties, [{ task: "Occupy", id: b.id }], "casualties")
        const lost = expectReason(yield* Effect.exit(b.await), "WorkerLost")
        expectEqual([lost.phase, lost.worker, lost.running], ["run", 1, ["Occupy", "Occupy"]], "the loss")
        expectEqual(yield* waiting.await, 3, "what had not started")
        yield* expectNext(2)
      })
  ),
  makeCase(
    "a worker immune to termination costs its co-runner too, after one more grace, and the receipt names the co-runner: G4, G5",
    { size: 1, concurrency: 2, grace: 100, terminateTimeout: 300 },
    (harness) =>
      Effect.gen(function* () {
        const b = yield* occupied(Signal.make())
        const a = yield* TaskPool.fork(BlockNative, undefined, { timeout: "1 hour" })
        yield* awaitRunning(a)
        const [receipt, millis] = yield* timed(a.interrupt)
        expectTook(harness, millis, 500, 500, "two graces and the termination")
        const lost = expectReason(yield* Effect.exit(b.await), "WorkerLost")
        expectEqual([lost.phase, lost.running], ["run", ["Occupy", "BlockNative"]], "the loss")
        expectEqual(receipt._tag, "stuck", "receipt")
        expectEqual(receipt.casualties, [{ task: "Occupy", id: b.id }], "casualties")
        yield* expectNext(2)
      }),
    { needs: ["native"] }
  ),
  makeCase(
    "two tasks both asked to end cost their worker once; neither is the other's casualty: S042, G3",
    { size: 1, concurrency: 2, grace: 200 },
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const a = yield* occupied(signal, { deaf: true })
        const b = yield* occupied(signal, { deaf: true })
        const interruptions = Effect.all([a.interrupt, b.interrupt], { concurrency: "unbounded" })
        const [receipts, millis] = yield* timed(interruptions)
        expectTook(harness, millis, 200, 200, "both interruptions")
        expectEqual(
          receipts.map((receipt) => [receipt._tag, receipt.casualties.length]),
          [
            ["forced", 0],
            ["forced", 0]
          ],
          "receipts and casualties"
        )
        yield* expectNext(2)
      })
  ),
  makeCase(
    "an abandoned body is no co-runner: nobody waits for the body, so no extra grace is due: S042, G3",
    { size: 1, concurrency: 2, grace: 200 },
    (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const abandon = TaskPool.run(Occupy, { signal, deaf: true }, { onInterrupt: "abandon" })
        const caller = yield* Effect.forkChild(abandon, { startImmediately: true })
        yield* Signal.awaitAtLeast(signal, occupy.arrived, 1)
        yield* Fiber.interrupt(caller)
        const a = yield* occupied(signal, { deaf: true })
        const [receipt, millis] = yield* timed(a.interrupt)
        expectTook(harness, millis, 200, 200, "the interruption")
        expectEqual([receipt._tag, receipt.casualties.length], ["forced", 0], "receipt and casualties")
        yield* expectNext(2)
      })
  )
]
