/**
 * Conformance cases: STREAM, producers that are called by other tasks or come from modules.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Case, expectDefect, expectEqual, expectFailure, makeCase } from "./Harness.ts"
import { Plain } from "./map.tasks.ts"
import * as Signal from "./Signal.ts"
import { range } from "./Steps.ts"
import { expectStopped, one } from "./stream.steps.ts"
import { CountNested, SumNested, words } from "./stream.tasks.ts"
import { Add } from "./tasks.ts"

/**
 * Consumers in handlers, and streaming tasks of modules.
 *
 * @category cases
 * @since 0.2.0
 */
export const nested: ReadonlyArray<Case> = [
  makeCase(
    "a handler consumes a stream of its own pool, with one worker, too: S281, G13",
    one,
    Effect.gen(function* () {
      expectEqual(
        yield* Stream.runCollect(CountNested({ end: 100, most: 1000 })),
        range(100).map((n) => n + 1)
      )
      expectEqual(yield* SumNested({ count: 100 }), 2 * 5050)
    })
  ),
  makeCase(
    "a handler that stops taking stops the task that it has called: S281, G3, G14",
    { size: 2 },
    Effect.gen(function* () {
      const signal = Signal.make()
      expectEqual(yield* Stream.runCollect(CountNested({ signal, most: 5 })), [1, 2, 3, 4, 5])
      yield* expectStopped(signal, 5)
    })
  ),
  makeCase(
    "the end of the outer consumer ends the inner task: S281, G3",
    { size: 2 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const outer = Stream.take(CountNested({ signal, most: 1_000_000 }), 5)
      expectEqual(yield* Stream.runCollect(outer), [1, 2, 3, 4, 5])
      expectEqual(Signal.read(signal, words.finalized), 1, "finalizers that have run")
      expectEqual(yield* Add({ a: 1, b: 2 }), 3)
    })
  ),
  makeCase(
    "an async generator of a module, and a function that returns a Stream, are streaming tasks: S282, G13",
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
]
