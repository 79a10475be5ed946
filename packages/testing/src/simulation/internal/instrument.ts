/**
 * Puts a hook around all code of a worker's tasks: handlers of layers, and functions of modules.
 *
 * @since 0.1.0
 */
import type { TaskPool } from "@heddle/core/TaskPool"
import { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/** Calls `body`, or does something else in its place. Returns the runner's result. */
export type Hook = (task: string, body: () => unknown) => unknown

/** The same handlers, each called through the hook. */
export const layer = (
  handlers: Layer.Layer<never, unknown, TaskHandlers | TaskPool>,
  hook: Hook
): Layer.Layer<never, unknown, TaskHandlers | TaskPool> =>
  Layer.provide(
    handlers,
    Layer.effect(
      TaskHandlers,
      Effect.map(TaskHandlers, (registry) =>
        TaskHandlers.of({
          add: (entry) => {
            const { definition, handler, kind } = entry
            // The hook's replacement for a body is an Effect: so must the answer of a plain function be.
            const run: typeof handler =
              kind === "sync" ? (...args) => Effect.succeed(handler(...args)) : handler
            registry.add({
              ...entry,
              kind: "effect",
              handler: (payload, context) => hook(definition.name, () => run(payload, context))
            })
          }
        })
      )
    )
  )

/** The same module, each function called through the hook; `taskOf` knows the task behind an export. */
export const module = (
  exports: Record<string, unknown>,
  taskOf: (name: string) => string,
  hook: Hook
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(exports).map(([name, value]) => [
      name,
      typeof value === "function"
        ? (...args: ReadonlyArray<unknown>) => hook(taskOf(name), () => Reflect.apply(value, undefined, args))
        : value
    ])
  )

/** The return value of a body, as an Effect: handlers return Effects, functions of modules return anything. */
export const toEffect = (body: () => unknown): Effect.Effect<any, any, any> =>
  Effect.suspend(() => {
    const result = body()
    if (isEffect(result)) return result
    return isThenable(result) ? Effect.promise(() => result) : Effect.succeed(result)
  })

/** Data may hold the key of an Effect, but no function, and is no Effect (S210). */
const isEffect = (u: unknown): u is Effect.Effect<any, any, any> =>
  Effect.isEffect(u) &&
  typeof (u as { "~effect/Effect"?: { _A?: unknown } })["~effect/Effect"]?.["_A"] === "function"

const isThenable = (u: unknown): u is PromiseLike<unknown> =>
  ((typeof u === "object" && u !== null) || typeof u === "function") &&
  "then" in u &&
  typeof u.then === "function"
