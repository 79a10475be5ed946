/**
 * Conformance cases: STREAM.
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
  withPool
} from "./Harness.ts"
import { Plain } from "./map.tasks.ts"
import * as Signal from "./Signal.ts"
import { awaitSnapshot, range } from "./Steps.ts"
import {
  Count,
  CountAgain,
  CountNested,
  CountOne,
  Double,
  Moved,
  Report,
  ReportNested,
  Reused,
  Spoilt,
  SumNested,
  words
} from "./stream.tasks.ts"
import { Add, Refusal } from "./tasks.ts"

const buffer = 8

const one = { size: 1 } as const

/** Collects what a stream emits, whatever its end. */
const received = <A, E, R>(
  stream: Stream.Stream<A, E, R>
): Effect.Effect<{ readonly elements: Array<A>; readonly exit: Exit.Exit<void, E> }, never, R> => {
  const elements: Array<A> = []
  return Effect.map(
    Effect.exit(Stream.runForEach(stream, (element) => Effect.sync(() => elements.push(element)))),
    (exit) => ({ elements, exit })
  )
}

/** The producer has stopped, once, without running far ahead, and the worker serves the next task. */
const expectStopped = (signal: Signal.Signal, taken: number) =>
  Effect.gen(function* () {
    expectEqual(Signal.read(signal, words.finalized), 1, "finalizers that have run")
    const made = Signal.read(signal, words.made)
    // One array of the handler's own stream is made before it is known to be too much.
    expect(made <= taken + buffer + 1, `it made ${made} elements for ${taken} that were taken`)
    expectEqual(yield* Add({ a: 1, b: 2 }), 3)
  })

const order: ReadonlyArray<Case> = [
  {
    name: "elements arrive in order, each once, however many are emitted together: S231, G13",
    run: (harness) =>
      withPool(
        harness,
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
      )
  },
  {
    name: "each element is a value of its own, as it was when it was emitted: S231, G10",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const wanted = range(50).map((i) => ({ n: i + 1, list: [i + 1] }))
          expectEqual(yield* Stream.runCollect(Reused({ count: 50 })), wanted)
        })
      )
  },
  {
    name: "elements may move their buffers: S231",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const bytes = yield* Stream.runCollect(Moved({ count: 20 }))
          expectEqual(
            bytes.map((each) => Array.from(each)),
            range(20).map((i) => [i + 1, i + 1, i + 1, i + 1])
          )
        })
      )
  },
  {
    name: "a stream that is run twice is two tasks: S231",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const stream = Count({ end: 3 })
          expectEqual(yield* Stream.runCollect(Stream.concat(stream, stream)), [0, 1, 2, 0, 1, 2])
        })
      )
  }
]

const ends: ReadonlyArray<Case> = [
  {
    name: "a typed failure arrives as its class, after every element before it: S232, G9, G13",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const { elements, exit } = yield* received(Count({ end: 30, last: "fails" }))
          expectEqual(elements, range(30))
          expect(expectFailure(exit) instanceof Refusal, "it fails with its class")
        })
      )
  },
  {
    name: "a defect arrives after every element before it: S232, G9, G13",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const { elements, exit } = yield* received(Count({ end: 30, last: "dies" }))
          expectEqual(elements, range(30))
          expectEqual((expectDefect(exit) as Error).message, "thrown by the test")
        })
      )
  },
  {
    name: "an element that cannot be sent, or does not fit, is the end after those before it: S232, G10",
    run: (harness) =>
      withPool(
        harness,
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
      )
  },
  {
    name: "a lost worker ends the stream with WorkerLost, which says how many elements had arrived: S233, G9, G13",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          for (const end of [0, 1, 5, 8, 9, 40]) {
            const { elements, exit } = yield* received(Count({ end, last: "exits" }))
            expectEqual(elements, range(elements.length), "a prefix")
            expectEqual(expectReason(exit, "WorkerLost").elements, elements.length, `of ${end}`)
          }
          expectEqual(yield* Add({ a: 1, b: 2 }), 3)
        })
      )
  },
  {
    name: "an idempotent stream runs again only while no element has arrived: S233, G6, G13",
    run: (harness) =>
      withPool(
        harness,
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
      )
  },
  {
    name: "the limit of the task is the limit of the whole stream: S234, G3",
    run: (harness) =>
      withPool(
        harness,
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
      )
  },
  {
    name: "a reserved worker serves streams of its own: S231, G13",
    run: (harness) =>
      withPool(
        harness,
        { size: 2 },
        Effect.gen(function* () {
          const worker = yield* TaskPool.reserve()
          expectEqual(yield* Stream.runCollect(worker.runStream(Count, { end: 30 })), range(30))
          expectEqual(yield* Stream.runCollect(worker.runStream(Double, {}, [1, 2, 3])), [2, 4, 6])
        })
      )
  },
  {
    name: "a streaming task that is called for one result is a mistake of the program, and is told at once: S235",
    run: (harness) =>
      withPool(
        harness,
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
  }
]

const stops: ReadonlyArray<Case> = [
  {
    name: "of a stream without end five elements are taken: the producer stops, its finalizer runs once: S236, G3, G14",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const signal = Signal.make()
          expectEqual(yield* Stream.runCollect(Stream.take(Count({ signal }), 5)), range(5))
          yield* expectStopped(signal, 5)
        })
      )
  },
  {
    name: "a consumer that fails stops the producer, and waits for its finalizers: S236, G3, G14",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const signal = Signal.make()
          const failing = Stream.runForEach(Count({ signal }), (n) =>
            n === 4 ? Effect.fail("enough") : Effect.void
          )
          expectEqual(expectFailure(yield* Effect.exit(failing)), "enough")
          yield* expectStopped(signal, 5)
        })
      )
  },
  {
    name: "a consumer that is interrupted stops the producer, and waits for its finalizers: S236, G3, G14",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const signal = Signal.make()
          const fiber = yield* Effect.forkChild(Stream.runDrain(Count({ signal, end: 5, last: "waits" })))
          yield* Signal.awaitAtLeast(signal, words.made, 5)
          yield* Fiber.interrupt(fiber)
          yield* expectStopped(signal, 5)
        })
      )
  },
  {
    name: "a scope that closes stops the producer, and waits for its finalizers: S236, G2, G3",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const signal = Signal.make()
          const first = Effect.flatMap(Stream.toPull(Count({ signal })), (pull) => pull)
          const chunk = yield* Effect.scoped(first)
          yield* expectStopped(signal, chunk.length)
        })
      )
  },
  {
    name: "a slow consumer holds the producer back: it is never more than the buffer ahead: S237, G14",
    run: (harness) =>
      withPool(
        harness,
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
      )
  },
  {
    name: "a stream that was never pulled, and a pool that closes, leave no task: S236, G2",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          yield* Effect.asVoid(Effect.scoped(Stream.toPull(Count({}))))
          yield* awaitSnapshot(({ busy, queue }) => busy === 0 && queue.length === 0, "idle")
        })
      )
  }
]

const duplex: ReadonlyArray<Case> = [
  {
    name: "the caller's stream reaches the handler in order, and the handler's comes back: S238, G13",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const wanted = range(100).map((n) => 2 * n)
          expectEqual(yield* Stream.runCollect(Double({}, range(100))), wanted, "of a list")
          expectEqual(yield* Stream.runCollect(Double({}, Stream.range(0, 99))), wanted, "of a stream")
          expectEqual(yield* Stream.runCollect(Double({}, [])), [], "of none")
        })
      )
  },
  {
    name: "a handler that takes three inputs of a stream without end stops it, and its finalizer runs: S238, G3, G14",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const made = { count: 0, finalized: 0 }
          const endless = Stream.iterate(1, (n) => n + 1).pipe(
            Stream.tap(() => Effect.sync(() => made.count++)),
            Stream.ensuring(Effect.sync(() => made.finalized++))
          )
          expectEqual(yield* Stream.runCollect(Double({ most: 3 }, endless)), [2, 4, 6])
          expectEqual(made.finalized, 1, "finalizers of the caller's stream")
          expect(made.count <= 3 + 2 * buffer, `the caller made ${made.count} inputs`)
        })
      )
  },
  {
    name: "a failure of the caller's stream is the caller's, after what came before, and interrupts the handler: S239, G3",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const signal = Signal.make()
          const failing = Stream.concat(Stream.range(1, 3), Stream.fail("no more" as const))
          const exit = yield* Effect.exit(Stream.runDrain(Double({ signal }, failing)))
          expectEqual(expectFailure(exit), "no more")
          expectEqual(Signal.read(signal, words.finalized), 1, "finalizers of the handler")
          expectEqual(yield* Add({ a: 1, b: 2 }), 3)
        })
      )
  },
  {
    name: "an input that does not fit its schema fails the stream, typed: S239, G10",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const exit = yield* Effect.exit(Stream.runDrain(Double({}, [1, "two" as unknown as number])))
          expectEqual(expectReason(exit, "Malformed").what, "payload")
          expectEqual(yield* Add({ a: 1, b: 2 }), 3)
        })
      )
  }
]

const nested: ReadonlyArray<Case> = [
  {
    name: "a handler consumes a stream of its own pool, with one worker, too: S281, G13",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          expectEqual(
            yield* Stream.runCollect(CountNested({ end: 100, most: 1000 })),
            range(100).map((n) => n + 1)
          )
          expectEqual(yield* SumNested({ count: 100 }), 2 * 5050)
        })
      )
  },
  {
    name: "a handler that stops taking stops the task that it has called: S281, G3, G14",
    run: (harness) =>
      withPool(
        harness,
        { size: 2 },
        Effect.gen(function* () {
          const signal = Signal.make()
          expectEqual(yield* Stream.runCollect(CountNested({ signal, most: 5 })), [1, 2, 3, 4, 5])
          yield* expectStopped(signal, 5)
        })
      )
  },
  {
    name: "the end of the outer consumer ends the inner task: S281, G3",
    run: (harness) =>
      withPool(
        harness,
        { size: 2 },
        Effect.gen(function* () {
          const signal = Signal.make()
          const outer = Stream.take(CountNested({ signal, most: 1_000_000 }), 5)
          expectEqual(yield* Stream.runCollect(outer), [1, 2, 3, 4, 5])
          expectEqual(Signal.read(signal, words.finalized), 1, "finalizers that have run")
          expectEqual(yield* Add({ a: 1, b: 2 }), 3)
        })
      )
  }
]

const modules: ReadonlyArray<Case> = [
  {
    name: "an async generator of a module, and a function that returns a Stream, are streaming tasks: S282, G13",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          expectEqual(
            yield* Stream.runCollect(Plain.countdown.stream(30)),
            range(30).map((i) => 30 - i)
          )
          const taken = Stream.take(Plain.countdown.stream(1_000_000), 3)
          expectEqual(yield* Stream.runCollect(taken), [1_000_000, 999_999, 999_998])
          const thrown = yield* Effect.exit(Stream.runDrain(Plain.countdown.stream(-1)))
          expectEqual((expectDefect(thrown) as Error).message, "no countdown from -1")
          expectEqual(yield* Stream.runCollect(Plain.evens.stream(6)), [0, 2, 4])
          const odd = yield* Effect.exit(Stream.runDrain(Plain.evens.stream(5)))
          expectEqual(expectFailure(odd), { _tag: "Odd" })
        })
      )
  }
]

const progress: ReadonlyArray<Case> = [
  {
    name: "a handler's progress reaches onProgress in order, the last report before the outcome: S283",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          for (const spins of [false, true]) {
            const seen: Array<TaskPool.Progress> = []
            const onProgress = (each: TaskPool.Progress) => seen.push(each)
            expectEqual(yield* TaskPool.run(Report, { steps: 20, spins }, { onProgress }), "done")
            const done = seen.map((each) => each.done)
            expectEqual(
              done,
              done.toSorted((a, b) => a - b),
              "in order"
            )
            const last = seen.at(-1)
            expectEqual([last?.done, last?.total, last?.note], [20, 20, "step 20"], "the last one")
            expect(!spins || seen.length <= 2, `a single turn sent ${seen.length} reports`)
          }
        })
      )
  },
  {
    name: "a handle's progress is a stream that ends with the task; nobody looks, nothing is sent: S283",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          const handle = yield* TaskPool.fork(Report, { steps: 20, spins: false })
          const seen = yield* Stream.runCollect(handle.progress)
          expectEqual(yield* handle.await, "done")
          expect(seen.length > 0 && seen.at(-1)?.done === 20, "the last report came")
          expectEqual(yield* Stream.runCollect(handle.progress), [], "after the end")
        })
      )
  },
  {
    name: "forEach and stream count their items; a listener that throws is a defect of the call: S284, G9",
    run: (harness) =>
      withPool(
        harness,
        { size: 2 },
        Effect.gen(function* () {
          const seen: Array<TaskPool.Progress> = []
          const onProgress = (each: TaskPool.Progress) => seen.push(each)
          yield* TaskPool.forEach(
            Add,
            range(100).map((a) => ({ a, b: 1 })),
            { onProgress, chunkSize: 10 }
          )
          expectEqual(
            seen.map((each) => [each.done, each.total]),
            range(10).map((i) => [10 * (i + 1), 100])
          )
          seen.length = 0
          const inputs = Stream.map(Stream.range(1, 50), (a) => ({ a, b: 1 }))
          yield* Stream.runDrain(TaskPool.stream(Add, inputs, { onProgress, chunkSize: 10 }))
          expectEqual([seen.at(-1)?.done, seen.at(-1)?.total], [50, undefined])
          const throwing = TaskPool.forEach(Add, [{ a: 1, b: 1 }], {
            onProgress: () => {
              throw new Error("thrown by the test")
            }
          })
          expectEqual((expectDefect(yield* Effect.exit(throwing)) as Error).message, "thrown by the test")
        })
      )
  },
  {
    name: "the progress of a called task reaches the handler that called it: S283",
    run: (harness) =>
      withPool(
        harness,
        one,
        Effect.gen(function* () {
          expectEqual(yield* ReportNested({ steps: 10 }), 10)
        })
      )
  }
]

/**
 * @category cases
 * @since 0.2.0
 */
export const stream: ReadonlyArray<Case> = [
  ...order,
  ...ends,
  ...stops,
  ...duplex,
  ...nested,
  ...modules,
  ...progress
]
