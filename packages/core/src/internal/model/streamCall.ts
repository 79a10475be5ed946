/**
 * A streaming task as a function: each run of the returned stream is a task of its own on the pool of its context.
 *
 * @since 0.2.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type AnyTask, type TaskDefinition, TypeId } from "./definition.ts"
import type { PoolService } from "./pool.ts"

type StreamCall = AnyTask & ((...args: ReadonlyArray<any>) => Stream.Stream<any, any, any>)

export const streamCall = (definition: TaskDefinition, pool: Context.Key<any, PoolService>): StreamCall => {
  const open = (payload: unknown, inputs?: Iterable<unknown> | Stream.Stream<unknown, any, any>) =>
    Stream.unwrap(
      Effect.withFiber((fiber) =>
        Effect.succeed(Context.getUnsafe(fiber.context, pool).openStream(definition, payload, inputs))
      )
    )
  // A module's function is given the list of its arguments.
  const call: StreamCall =
    definition.module === undefined
      ? Object.assign((payload: unknown, inputs?: any) => open(payload, inputs), { [TypeId]: definition })
      : Object.assign((...args: ReadonlyArray<unknown>) => open(args), { [TypeId]: definition })
  Object.defineProperty(call, "name", { value: definition.name })
  return call
}
