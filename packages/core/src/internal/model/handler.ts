/**
 * The worker's side of a task: its handler, and where handlers are registered.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Fiber from "effect/Fiber"
import type { PlainSchema, TaskDefinition } from "./definition.ts"

/**
 * What a handler gets beside its payload.
 *
 * - `signal`: aborted when the task is interrupted; hand it to `fetch`, streams, `AbortSignal`-aware code. Its reason is that of
 *   the signal that was passed with the call, as data, where that was aborted.
 * - `isInterrupted()`: reads shared memory where the transport has it, so it turns true inside a synchronous
 *   loop, without the worker's event loop turning (G4).
 */
export interface HandlerContext {
  readonly signal: AbortSignal
  readonly isInterrupted: () => boolean
}

/** `void` takes everything: a function whose promise nobody would wait for, too. */
type Answer<A> = void extends A ? Exclude<A, void> | undefined : A

/**
 * A handler that is a plain function: for code that neither fails nor waits. Nothing is made around its answer, so that a
 * map over numbers costs little more than the function does.
 *
 * Its answer is checked and encoded by the schema of the task; what it throws is a defect (G9). Nothing stops it between its
 * first and its last line but `isInterrupted()`, if it asks, or the end of its worker after the grace (G4).
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

/** Answers an Effect, or a success itself: as its kind says. */
export type AnyHandler = (payload: any, context: HandlerContext) => unknown

/** A handler with the services that were there when its layer was built. */
export interface RegisteredHandler {
  readonly definition: TaskDefinition
  readonly kind: "effect" | "sync"
  readonly handler: AnyHandler
  readonly context: Context.Context<never>
}

/**
 * The registry of one worker: `toLayer` adds to it, the runner reads it.
 *
 * @category services
 * @since 0.1.0
 */
export class TaskHandlers extends Context.Service<
  TaskHandlers,
  {
    /** Throws when a task of that name is there already. */
    readonly add: (entry: RegisteredHandler) => void
  }
>()("@heddle/core/TaskHandlers") {}

/** The handler context of a fiber that was suspended at least once; the synchronous part has `current` instead. */
export const CurrentHandler = Context.Reference<HandlerContext | undefined>("@heddle/core/CurrentHandler", {
  defaultValue: () => undefined
})

// Invariant: set only while a handler runs synchronously, and restored before the runner returns to its loop.
let current: HandlerContext | undefined

/** The synchronous part of a handler begins, or ends with what was current before; answers that. */
export const setCurrent = (context: HandlerContext | undefined): HandlerContext | undefined => {
  const outer = current
  current = context
  return outer
}

/** Whether the task that is running right now, synchronously, was interrupted; `false` outside of handlers. */
export const isInterrupted = (): boolean =>
  (current ?? Fiber.getCurrent()?.getRef(CurrentHandler))?.isInterrupted() ?? false
