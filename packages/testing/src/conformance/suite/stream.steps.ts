/**
 * Steps of the STREAM cases: collect what a stream emits, and see that its producer has stopped.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { expect, expectEqual } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { words } from "./stream.tasks.ts"
import { Add } from "./tasks.ts"

/**
 * The buffer of the streaming tasks.
 *
 * @category steps
 * @since 0.2.0
 */
export const buffer = 8

/**
 * A pool of one worker.
 *
 * @category steps
 * @since 0.2.0
 */
export const one = { size: 1 } as const

/**
 * Collects what a stream emits, whatever its end.
 *
 * @category steps
 * @since 0.2.0
 */
export const received = <A, E, R>(
  stream: Stream.Stream<A, E, R>
): Effect.Effect<{ readonly elements: Array<A>; readonly exit: Exit.Exit<void, E> }, never, R> => {
  const elements: Array<A> = []
  return Effect.map(
    Effect.exit(Stream.runForEach(stream, (element) => Effect.sync(() => elements.push(element)))),
    (exit) => ({ elements, exit })
  )
}

/**
 * The producer has stopped, once, without running far ahead, and the worker serves the next task.
 *
 * @category steps
 * @since 0.2.0
 */
export const expectStopped = (signal: Signal.Signal, taken: number) =>
  Effect.gen(function* () {
    expectEqual(Signal.read(signal, words.finalized), 1, "finalizers that have run")
    const made = Signal.read(signal, words.made)
    // One array of the handler's own stream is made before it is known to be too much.
    expect(made <= taken + buffer + 1, `it made ${made} elements for ${taken} that were taken`)
    expectEqual(yield* Add({ a: 1, b: 2 }), 3)
  })
