/**
 * The worker's side of a task: its handler, and where handlers are registered.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { Effect } from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { TaskDefinition } from "./definition.ts"

/**
 * What a handler gets beside its payload.
 *
 * - `signal`: aborted when the task is interrupted; hand it to `fetch`, streams, `AbortSignal`-aware code.
 * - `isInterrupted()`: reads shared memory where the transport has it, so it turns true inside a synchronous
 *   loop, without the worker's event loop turning (G4).
 */
export interface HandlerContext {
  readonly signal: AbortSignal
  readonly isInterrupted: () => boolean
}

export type AnyHandler = (payload: any, context: HandlerContext) => Effect<any, any, any>

/** A handler with the services that were there when its layer was built. */
export interface RegisteredHandler {
  readonly definition: TaskDefinition
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
