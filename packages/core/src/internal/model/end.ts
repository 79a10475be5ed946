/**
 * One end of a two-way channel: what pipes, mailboxes and connections between programs have in common.
 *
 * @since 0.2.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { ChannelError } from "../../ChannelError.ts"

/** How a channel ended: `closed` in order, `lost` without a word from the other side. */
export type ChannelEnd = "closed" | "lost"

/**
 * An end that sends elements `S` and receives elements `R`.
 *
 * - `send`: waits while the other side is `buffer` elements behind (G14). An interrupted `send` has sent nothing, or all of it.
 * - `sendIfAvailable`: the same without waiting; `false` when the other side is behind.
 * - `receive`: the next element, in order. Fails with `Closed` after the last one, with `PeerLost` when the other side is gone;
 *   what had arrived is received first. An interrupted `receive` has taken nothing.
 * - `stream`: what `receive` gives; `Closed` ends the stream, `PeerLost` fails it.
 * - `end`: says that this side sends no more. What was sent arrives; receiving goes on.
 * - `closed`: waits for the end of both directions, and tells how it came.
 *
 * @category models
 * @since 0.2.0
 */
export interface End<in S, out R> {
  readonly send: (element: S) => Effect.Effect<void, ChannelError>
  readonly sendIfAvailable: (element: S) => Effect.Effect<boolean, ChannelError>
  readonly receive: Effect.Effect<R, ChannelError>
  readonly stream: Stream.Stream<R, ChannelError>
  readonly end: Effect.Effect<void>
  readonly closed: Effect.Effect<ChannelEnd>
}
