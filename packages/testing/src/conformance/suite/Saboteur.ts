/**
 * `Saboteur`: the harm done by conformance tasks to their own worker.
 *
 * Each transport implements the harm for real (`process.exit`, an endless loop, …); the simulation has equivalents for
 * the host.
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
 * - `spin`: holds the worker's event loop for ever. The worker can be terminated.
 * - `spinUntil`: computes without giving the event loop a turn until a condition holds, polling the condition.
 * - `exhaustHeap`: allocates until the heap limit ends the worker.
 * - `blockNative`: native code for {@link nativeMillis}, immune to termination. Earlier signals of the task may stay
 *   invisible until the call returns.
 * - `stray`: posts a message outside of the private channel.
 * - `stderr`: writes to standard error, where the transport has a standard error.
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
