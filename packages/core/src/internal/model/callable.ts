/**
 * Tasks as the operations of a pool see them.
 *
 * @since 0.2.0
 */
import type { Effect } from "effect/Effect"
import type { Stream } from "effect/Stream"
import type { TaskError } from "../../TaskError.ts"
import { type AnyTask, TypeId } from "./definition.ts"
import type { RunOptions } from "./options.ts"
import type { PoolService } from "./pool.ts"
import { fromOpened, sending } from "./streams.ts"

/** A task with its call signature: the shape shared by both kinds of tasks. */
export type Callable<Args extends ReadonlyArray<any>, A, E> = AnyTask & ((...args: Args) => Effect<A, E, any>)

/** A streaming task with its call signature. */
export type StreamCallable<Args extends ReadonlyArray<any>, A, E> = AnyTask &
  ((...args: Args) => Stream<A, E, any>)

/** A streaming task with inputs. */
export interface DuplexCallable<P, I, A, E> extends AnyTask {
  readonly payload: { readonly "~type.make.in": P }
  readonly input: { readonly Type: I }
  readonly output: { readonly Type: A }
  readonly error: { readonly Type: E }
}

/** Calls a streaming task with options of its own; a task with inputs takes them before the options. */
export interface RunStream<R> {
  <P extends ReadonlyArray<any>, A, E>(
    task: StreamCallable<P, A, E>,
    payload: P[0],
    options?: RunOptions
  ): Stream<A, E | TaskError, R>
  <P, A, I, E, E2 = never, R2 = never>(
    task: DuplexCallable<P, I, A, E>,
    payload: P,
    inputs: Iterable<I> | Stream<I, E2, R2>,
    options?: RunOptions
  ): Stream<A, E | E2 | TaskError, R | R2>
}

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

/** Calls a streaming task; `rest` are its inputs, where it has some, and its options. */
export const openStream = (
  { openStream: open }: Pick<PoolService, "openStream">,
  task: AnyTask,
  payload: unknown,
  rest: ReadonlyArray<any>
): Stream<any, any, any> => {
  const definition = task[TypeId]
  const [inputs, options] = definition.stream?.input === undefined ? [undefined, rest[0]] : rest
  const send = inputs === undefined ? undefined : sending(inputs)
  return fromOpened(open(definition, pack(task, payload), send, options))
}
