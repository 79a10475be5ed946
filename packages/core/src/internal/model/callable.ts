/**
 * Tasks as the operations of a pool see them.
 *
 * @since 0.2.0
 */
import type { Effect } from "effect/Effect"
import { type AnyTask, TypeId } from "./definition.ts"

/** A task with its call signature: the shape shared by both kinds of tasks. */
export type Callable<Args extends ReadonlyArray<any>, A, E> = AnyTask & ((...args: Args) => Effect<A, E, any>)

/**
 * The payload of an operation. A module's function that requires several arguments has no such payload, because an
 * operation would pass the first argument alone. A function with one required argument takes that argument, and its
 * defaults for the others.
 */
export type PayloadOf<Args extends ReadonlyArray<any>> = Args extends readonly [
  any,
  any,
  ...ReadonlyArray<any>
]
  ? "this function takes several arguments: give its `.spread` a list of them"
  : Args[0]

/** Returns the payload as the engine takes it: a module's function is given a list of arguments. */
export const pack = (task: AnyTask, payload: unknown): unknown =>
  task[TypeId].module === undefined ? payload : [payload]
