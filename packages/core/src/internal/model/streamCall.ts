/**
 * A streaming task as a function: each run of the returned stream is a task of its own on the pool of its context.
 *
 * @since 0.2.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { Stream } from "effect/Stream"
import { type AnyTask, type TaskDefinition, TypeId } from "./definition.ts"
import type { PoolService } from "./pool.ts"
import type { ElementsPull, SendElements } from "./streamPull.ts"

/** Starts the task. */
type Open = (payload: unknown, send?: SendElements) => Effect.Effect<ElementsPull, any, Scope>

type StreamCall = AnyTask & ((...args: ReadonlyArray<any>) => Stream<any, any, any>)

/** `streamOf` returns the stream of one call. */
export const streamCall = (
  definition: TaskDefinition,
  pool: Context.Key<any, PoolService>,
  streamOf: (open: Open, args: ReadonlyArray<any>) => Stream<any, any, any>
): StreamCall => {
  const open: Open = (payload, send) =>
    Effect.withFiber((fiber) => Context.getUnsafe(fiber.context, pool).openStream(definition, payload, send))
  const call = (...args: ReadonlyArray<any>) => streamOf(open, args)
  Object.defineProperty(call, "name", { value: definition.name })
  return Object.assign(call, { [TypeId]: definition })
}
