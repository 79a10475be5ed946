/**
 * Conformance cases: STREAM, a task whose handler emits: its elements, their end, and how it stops.
 *
 * @since 0.2.0
 */
import * as Task from "@heddle/core/Task"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import {
  type Case,
  expect,
  expectDefect,
  expectEqual,
  expectFailure,
  expectReason,
  makeCase
} from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { awaitSnapshot, range } from "./Steps.ts"
import { inputs } from "./stream.inputs.ts"
import { nested } from "./stream.nested.ts"
import { progress } from "./stream.progress.ts"
import { buffer, expectStopped, one, received } from "./stream.steps.ts"
import { Count, CountAgain, CountOne, Double, Moved, Reused, Spoilt, words } from "./stream.tasks.ts"
import { Add, Refusal } from "./tasks.ts"

const order: ReadonlyArray<Case> = [
  makeCase(
    "elements arrive in order, each once, however many are emitted together: S231, G13",
    one,
    Effect.gen(function* () {
      for (const together of [1, 3, 8, 50, 1000])
        expectEqual(
          yield* Stream.runCollect(Count({ end: 200, together })),
          range(200),
          `${together} together`
        )
      expectEqual(yield* Stream.runCollect(CountOne({ end: 20, together: 7 })), range(20), "buffer 1")
      expectEqual(yield* Stream.runCollect(Count({ end: 0 })), [], "none")
    })
  ),
  makeCase(
    "each element is a value of its own, as it was when it was emitted: S231, G10",
    one,
    Effect.gen(function* () {
      const wanted = range(50).map((i) => ({ n: i + 1, list: [i + 1] }))
      expectEqual(yield* Stream.runCollect(Reused({ count: 50 })), wanted)
    })
  ),
  makeCase(
    "elements may move their buffers: S231",
    one,
    Effect.gen(function* () {
      const bytes = yield* Stream.runCollect(Moved({ count: 20 }))
      expectEqual(
        bytes.map((each) => Array.from(each)),
        range(20).map((i) => [i + 1, i + 1, i + 1, i + 1])
      )
    })
  ),
  makeCase(
    "a stream that is run twice is two tasks: S231",
    one,
    Effect.gen(function* () {
      const stream = Count({ end: 3 })
      expectEqual(yield* Stream.runCollect(Stream.concat(stream, stream)), [0, 1, 2, 0, 1, 2])
    })
  )
]

const ends: ReadonlyArray<Case> = [
  makeCase(
    "a typed failure arrives as its class, after every element before it: S232, G9, G13",
    one,
    Effect.gen(function* () {
      const { elements, exit } = yield* received(Count({ end: 30, last: "fails" }))
      expectEqual(elements, range(30))
      expect(expectFailure(exit) instanceof Refusal, "it fails with its class")
    })
  ),
  makeCase(
    "a defect arrives after every element before it: S232, G9, G13",
    one,
    Effect.gen(function* () {
      const { elements, exit } = yield* received(Count({ end: 30, last: "dies" }))
      expectEqual(elements, range(30))
      expectEqual((expectDefect(exit) as Error).message, "thrown by the test")
    })
  ),
  makeCase(
    "an element that cannot be sent, or does not fit, is the end after those before it: S232, G10",
    one,
    Effect.gen(function* () {
      const unsendable = yield* received(Spoilt({ how: "function" }))
      expectEqual(unsendable.elements, [1, 2])
      expectEqual(expectReason(unsendable.exit, "NotSerializable").path, "$.any")
      const misfit = yield* received(Spoilt({ how: "misfit" }))
      expectEqual(misfit.elements, [1, 2])
      expectEqual(expectReason(misfit.exit, "Malformed").what, "success")
      expectEqual(yield* Add({ a: 1, b: 2 }), 3)
    })
  ),
  makeCase(
    "a lost worker ends the stream with WorkerLost, which says how many elements had arrived: S233, G9, G13",
    one,
    Effect.gen(function* () {
      for (const end of [0, 1, 5, 8, 9, 40]) {
        const { elements, exit } = yield* received(Count({ end, last: "exits" }))
        expectEqual(elements, range(elements.length), "a prefix")
        expectEqual(expectReason(exit, "WorkerLost").elements, elements.length, `of ${end}`)
      }
      expectEqual(yield* Add({ a: 1, b: 2 }), 3)
    })
  ),
  makeCase(
    "an idempotent stream runs again only while no element has arrived: S233, G6, G13",
    { size: 1, restarts: { intensity: 50 } },
    Effect.gen(function* () {
      const late = Signal.make()
      const lost = CountAgain({ signal: late, end: 3, last: "exitsOnceTaken" })
      const after = yield* received(Stream.tap(lost, () => Signal.add(late, words.taken)))
      expectEqual(after.elements, [0, 1, 2])
      expectEqual(expectReason(after.exit, "WorkerLost").elements, 3)
      expectEqual(Signal.read(late, words.begun), 1, "runs after which an element had arrived")
      const early = Signal.make()
      const none = yield* received(CountAgain({ signal: early, end: 0, last: "exits" }))
      expect(Exit.isFailure(none.exit), "it kills each of its workers")
      expect(Signal.read(early, words.begun) > 1, "it was run again")
    })
  ),
  makeCase(
    "the limit of the task is the limit of the whole stream: S234, G3",
    one,
    Effect.gen(function* () {
      const signal = Signal.make()
      const limited = TaskPool.runStream(Count, { signal, end: 3, last: "waits" }, { timeout: 100 })
      const { elements, exit } = yield* received(limited)
      expectEqual(elements, [0, 1, 2])
      expectEqual(expectReason(exit, "DeadlineExceeded").phase, "run")
      yield* Signal.awaitAtLeast(signal, words.finalized, 1)
      expectEqual(yield* Add({ a: 1, b: 2 }), 3)
    })
  ),
  makeCase(
    "a reserved worker serves streams of its own: S231, G13",
    { size: 2 },
    Effect.gen(function* () {
      const worker = yield* TaskPool.reserve()
      expectEqual(yield* Stream.runCollect(worker.runStream(Count, { end: 30 })), range(30))
      expectEqual(yield* Stream.runCollect(worker.runStream(Double, {}, [1, 2, 3])), [2, 4, 6])
    })
  ),
  makeCase(
    "a streaming task that is called for one result is a mistake of the program, and is told at once: S235",
    one,
    Effect.gen(function* () {
      const exit = yield* Effect.exit(TaskPool.run(Count as never, { end: 1 }))
      expectEqual((expectDefect(exit) as Error).name, "InvalidOption")
      expect(Task.isTask(Count), "it is a task nonetheless")
      const abandoned = TaskPool.runStream(Count, { end: 1 }, { onInterrupt: "abandon" })
      const mistake = expectDefect(yield* Effect.exit(Stream.runDrain(abandoned))) as Error
      expectEqual(mistake.name, "InvalidOption", "a producer cannot be abandoned")
    })
  )
]

const stops: ReadonlyArray<Case> = [
  makeCase(
    "of a stream without end five elements are taken: the producer stops, its finalizer runs once: S236, G3, G14",
    one,
    Effect.gen(function* () {
      const signal = Signal.make()
      expectEqual(yield* Stream.runCollect(Stream.take(Count({ signal }), 5)), range(5))
      yield* expectStopped(signal, 5)
    })
  ),
  makeCase(
    "a consumer that fails stops the producer, and waits for its finalizers: S236, G3, G14",
    one,
    Effect.gen(function* () {
      const signal = Signal.make()
      const failing = Stream.runForEach(Count({ signal }), (n) =>
        n === 4 ? Effect.fail("enough") : Effect.void
      )
      expectEqual(expectFailure(yield* Effect.exit(failing)), "enough")
      yield* expectStopped(signal, 5)
    })
  ),
  makeCase(
    "a consumer that is interrupted stops the producer, and waits for its finalizers: S236, G3, G14",
    one,
    Effect.gen(function* () {
      const signal = Signal.make()
      const fiber = yield* Effect.forkChild(Stream.runDrain(Count({ signal, end: 5, last: "waits" })))
      yield* Signal.awaitAtLeast(signal, words.made, 5)
      yield* Fiber.interrupt(fiber)
      yield* expectStopped(signal, 5)
    })
  ),
  makeCase(
    "a scope that closes stops the producer, and waits for its finalizers: S236, G2, G3",
    one,
    Effect.gen(function* () {
      const signal = Signal.make()
      const first = Effect.flatMap(Stream.toPull(Count({ signal })), (pull) => pull)
      const chunk = yield* Effect.scoped(first)
      yield* expectStopped(signal, chunk.length)
    })
  ),
  makeCase(
    "a slow consumer holds the producer back: it is never more than the buffer ahead: S237, G14",
    one,
    Effect.gen(function* () {
      const signal = Signal.make()
      let taken = 0
      yield* Count({ signal, end: 60 }).pipe(
        Stream.runForEach(() =>
          Effect.gen(function* () {
            yield* Effect.sleep(1)
            const ahead = Signal.read(signal, words.made) - taken
            expect(ahead <= buffer + 1, `the producer is ${ahead} ahead`)
            taken++
          })
        )
      )
      expectEqual(taken, 60)
    })
  ),
  makeCase(
    "a stream that was never pulled, and a pool that closes, leave no task: S236, G2",
    one,
    Effect.gen(function* () {
      yield* Effect.asVoid(Effect.scoped(Stream.toPull(Count({}))))
      yield* awaitSnapshot(({ busy, queue }) => busy === 0 && queue.length === 0, "idle")
    })
  )
]

/**
 * @category cases
 * @since 0.2.0
 */
export const stream: ReadonlyArray<Case> = [...order, ...ends, ...stops, ...inputs, ...nested, ...progress]
