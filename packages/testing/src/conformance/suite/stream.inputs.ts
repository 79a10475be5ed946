/**
 * Conformance cases: STREAM, the stream that a caller sends to a handler.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Case, expect, expectEqual, expectFailure, expectReason, makeCase } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { range } from "./Steps.ts"
import { buffer, one } from "./stream.steps.ts"
import { Double, words } from "./stream.tasks.ts"
import { Add } from "./tasks.ts"

/**
 * The handler stops the caller, and the caller the handler.
 *
 * @category cases
 * @since 0.2.0
 */
export const inputs: ReadonlyArray<Case> = [
  makeCase(
    "the caller's stream reaches the handler in order, and the handler's comes back: S238, G13",
    one,
    Effect.gen(function* () {
      const wanted = range(100).map((n) => 2 * n)
      expectEqual(yield* Stream.runCollect(Double({}, range(100))), wanted, "of a list")
      expectEqual(yield* Stream.runCollect(Double({}, Stream.range(0, 99))), wanted, "of a stream")
      expectEqual(yield* Stream.runCollect(Double({}, [])), [], "of none")
    })
  ),
  makeCase(
    "a handler that takes three inputs of a stream without end stops it, and its finalizer runs: S238, G3, G14",
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
  ),
  makeCase(
    "a failure of the caller's stream is the caller's, after what came before, and interrupts the handler: S239, G3",
    one,
    Effect.gen(function* () {
      const signal = Signal.make()
      const failing = Stream.concat(Stream.range(1, 3), Stream.fail("no more" as const))
      const exit = yield* Effect.exit(Stream.runDrain(Double({ signal }, failing)))
      expectEqual(expectFailure(exit), "no more")
      expectEqual(Signal.read(signal, words.finalized), 1, "finalizers of the handler")
      expectEqual(yield* Add({ a: 1, b: 2 }), 3)
    })
  ),
  makeCase(
    "an input that does not fit its schema fails the stream, typed: S239, G10",
    one,
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Stream.runDrain(Double({}, [1, "two" as unknown as number])))
      expectEqual(expectReason(exit, "Malformed").what, "payload")
      expectEqual(yield* Add({ a: 1, b: 2 }), 3)
    })
  )
]
