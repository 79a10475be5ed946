/**
 * Streaming tasks as streams, and a caller's own elements as a stream.
 *
 * For modules that only callers of streams load. Workers start without `effect/Stream`: their modules take `streamPull.ts`.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import { isStream } from "./genuine.ts"
import type { ElementsPull, SendElements } from "./streamPull.ts"

/** The elements of a caller. */
export type Inputs = Iterable<unknown> | Stream.Stream<unknown, any, any>

const toStream = (inputs: Inputs): Stream.Stream<unknown, any, any> =>
  isStream(inputs) ? inputs : Stream.fromIterable(inputs)

/** Returns the stream of an opened task. The scope of the stream owns the task. */
export const fromOpened = (opened: Effect.Effect<ElementsPull, any, Scope>): Stream.Stream<any, any, any> =>
  Stream.unwrap(Effect.map(opened, (pull) => Stream.fromPull(Effect.succeed(pull))))

export const sending =
  (inputs: Inputs): SendElements =>
  (emit) =>
    Stream.runForEachArray(toStream(inputs), emit)
