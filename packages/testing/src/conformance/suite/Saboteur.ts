/**
 * `Saboteur`: what conformance tasks do to the worker that they run in.
 *
 * Each transport implements it for real (`process.exit`, an endless loop, …); the simulation by what comes to the
 * same for the host.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/**
 * How long `blockNative` holds its worker, in milliseconds.
 *
 * @category constants
 * @since 0.1.0
 */
export const nativeMillis = 1500

/**
 * - `exit`: the worker ends at once, with this exit code.
 * - `throwLater`, `rejectLater`: an uncaught exception or an unhandled rejection, in a later turn.
 * - `spin`: holds the worker's event loop and never gives it back. It can be terminated.
 * - `spinUntil`: computes without giving the event loop a turn until a condition holds, looking all the while.
 * - `exhaustHeap`: allocates until the heap limit ends the worker.
 * - `blockNative`: native code for {@link nativeMillis}; it cannot be terminated meanwhile. What the task signals
 *   before it may not be seen before it returns.
 * - `stray`: posts a message outside of the private channel.
 * - `stderr`: writes to standard error, where there is one.
 *
 * @category services
 * @since 0.1.0
 */
export class Saboteur extends Context.Service<
  Saboteur,
  {
    readonly exit: (code: number) => Effect.Effect<never>
    readonly throwLater: (error: unknown) => Effect.Effect<void>
    readonly rejectLater: (error: unknown) => Effect.Effect<void>
    readonly spin: Effect.Effect<never>
    readonly spinUntil: (isDone: () => boolean) => Effect.Effect<void>
    readonly exhaustHeap: Effect.Effect<never>
    readonly blockNative: Effect.Effect<void>
    readonly stray: (message: unknown) => Effect.Effect<void>
    readonly stderr: (text: string) => Effect.Effect<void>
  }
>()("@heddle/testing/conformance/suite/Saboteur") {}
