/**
 * The worker's side of a task: its handler, and the registry of handlers.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Fiber from "effect/Fiber"
import type * as Stream from "effect/Stream"
import type { PlainSchema, TaskDefinition } from "./definition.ts"
import type { ElementsPull, Emit } from "./streamPull.ts"

/**
 * The second argument of a handler.
 *
 * - `signal`: aborted when the task is interrupted; hand it to `fetch`, streams, `AbortSignal`-aware code. If the
 *   caller's own signal was aborted, this signal has the same reason, as data.
 * - `isInterrupted()`: reads shared memory on transports that have it. So the result turns true inside a synchronous
 *   loop, while the worker's event loop is blocked (G4).
 * - `progress(done, total?, note?)`: tells the caller how far the task has come; never waits. Only the newest report of a turn is
 *   sent, and nothing is sent where nobody listens (`onProgress`, a handle's `progress`). Works inside a synchronous loop.
 */
export interface HandlerContext {
  readonly signal: AbortSignal
  readonly isInterrupted: () => boolean
  readonly progress: (done: number, total?: number, note?: string) => void
}

/**
 * The second argument of a streaming task's handler.
 *
 * - `inputs`: the caller's own stream, pulled as the handler asks (G14). When it fails, the caller has the failure, and the handler is
 *   interrupted. Empty for a task without `input`.
 *
 * @category models
 * @since 0.2.0
 */
export interface StreamHandlerContext<out I = never> extends HandlerContext {
  readonly inputs: Stream.Stream<I>
}

/** `void` would accept every function, including an async one whose promise nobody awaits. */
type Answer<A> = void extends A ? Exclude<A, void> | undefined : A

/**
 * A handler that is a plain function: for code that neither fails nor waits. No Effect is allocated for the result, so
 * that a map over numbers costs little more than the function itself.
 *
 * The result is checked and encoded by the schema of the task; an exception is a defect (G9). A running function can
 * stop early only by asking `isInterrupted()`; otherwise an interruption ends the worker after the grace (G4).
 *
 * **Example** (Served without an Effect)
 *
 * ```ts
 * import { Task } from "@heddle/core"
 * import { Schema } from "effect"
 *
 * const Sum = Task.make("Sum", { payload: Schema.Array(Schema.Finite), success: Schema.Finite })
 *
 * export const handlers = Sum.toLayerSync((numbers) => numbers.reduce((sum, n) => sum + n, 0))
 * console.log(Sum.key) // => Sum
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export type SyncHandler<P extends PlainSchema, A extends PlainSchema> = (
  payload: P["Type"],
  context: HandlerContext
) => Answer<A["Type"]>

/**
 * The context as the runner hands it to any handler.
 *
 * - `emit`: sends elements to the caller of a streaming task, and waits while the caller has no room (G14). Fails with the reason why
 *   an element cannot be sent.
 * - `pull`: takes the next elements of the caller's own stream. Without such a stream there are none.
 */
export interface RunnerContext extends HandlerContext {
  readonly emit: Emit
  readonly pull: ElementsPull
}

/** Returns an Effect, or the success value itself, according to `kind`. */
export type AnyHandler = (payload: any, context: RunnerContext) => unknown

/** A handler with the services provided when its layer was built. */
export interface RegisteredHandler {
  readonly definition: TaskDefinition
  readonly kind: "effect" | "sync"
  readonly handler: AnyHandler
  readonly context: Context.Context<never>
}

/**
 * The registry of one worker: `toLayer` adds handlers, the runner reads them.
 *
 * @category services
 * @since 0.1.0
 */
export class TaskHandlers extends Context.Service<
  TaskHandlers,
  {
    /** Throws when a task of the same name is registered already. */
    readonly add: (entry: RegisteredHandler) => void
  }
>()("@heddle/core/TaskHandlers") {}

/**
 * The handler context of a fiber that was suspended at least once. The synchronous part of a handler uses `current`
 * instead.
 */
export const CurrentHandler = Context.Reference<HandlerContext | undefined>("@heddle/core/CurrentHandler", {
  defaultValue: () => undefined
})

// Invariant: set only while a handler runs synchronously; restored before the runner returns to its loop.
let current: HandlerContext | undefined

/** Sets the handler that runs synchronously, and returns the previous handler, to be restored afterwards. */
export const setCurrent = (context: HandlerContext | undefined): HandlerContext | undefined => {
  const outer = current
  current = context
  return outer
}

/** The context of the task that runs right now; `undefined` outside of handlers. */
export const currentHandler = (): HandlerContext | undefined =>
  current ?? Fiber.getCurrent()?.getRef(CurrentHandler)

/** Whether the task running right now, synchronously, was interrupted; `false` outside of handlers. */
export const isInterrupted = (): boolean => currentHandler()?.isInterrupted() ?? false
