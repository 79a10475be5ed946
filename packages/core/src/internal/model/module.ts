/**
 * Tasks made from the functions of a plain module: their names and definitions.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { TaskError } from "../../TaskError.ts"
import {
  type AnyTask,
  defaultPolicy,
  type ModuleExport,
  type TaskDefinition,
  type TaskPolicy
} from "./definition.ts"
import { defaults } from "./defaults.ts"
import type { TaskPool } from "./pool.ts"

const anything = Schema.Any

/** `primes.ts#count`: the last segment of the URL and the export, for messages. The full URL is in `module`. */
export const moduleTaskName = (url: string, name: string): string =>
  `${url.slice(url.lastIndexOf("/") + 1)}#${name}`

export const moduleDefinition = (
  module: ModuleExport,
  policy: TaskPolicy = defaultPolicy
): TaskDefinition => ({
  name: moduleTaskName(module.url, module.name),
  payload: anything,
  success: anything,
  error: anything,
  policy,
  module,
  ...(module.stream === true
    ? { stream: { output: anything, input: undefined, buffer: defaults.streamBuffer } }
    : undefined)
})

/** Names one way to call one export. Host and worker cache compiled functions by this key. */
export const moduleKey = ({ name, spread, stream, url }: ModuleExport): string =>
  `${url}#${name}${spread === true ? "(...)" : ""}${stream === true ? "*" : ""}`

/** Translates a path in a call's payload into a path in the function's arguments, as written by the caller. */
export const argumentPath = (module: ModuleExport | undefined, path: string): string =>
  module === undefined
    ? path
    : path.replace(module.spread === true ? /^\$\[0\]\[(\d+)\]/ : /^\$\[(\d+)\]/, "$$args[$1]")

/**
 * A failure as plain data: the form in which the failure of a module's Effect arrives.
 *
 * @category type-level
 * @since 0.1.0
 */
export type Plain<E> = E extends object
  ? {
      readonly [
        K in keyof E as E[K] extends (...args: any) => any ? never : K extends string ? K : never
      ]: E[K]
    }
  : E

/**
 * One function of a module, as a task. An Effect that needs services does not compile: a worker for plain modules
 * provides none.
 *
 * @category type-level
 * @since 0.1.0
 */
export type ModuleTask<F, Pool = TaskPool> = F extends (
  ...args: infer Args extends ReadonlyArray<any>
) => infer Result
  ? [Streamed<Result>] extends [readonly [infer A, infer E, infer R]]
    ? [Streamed<Result>] extends [never]
      ? ModuleSingle<Args, Result, Pool>
      : [R] extends [never]
        ? ModuleStream<Args, A, E, Pool>
        : "this function returns a Stream that needs services: use StreamTask.make"
    : never
  : never

type ModuleSingle<Args extends ReadonlyArray<any>, Result, Pool> =
  Result extends Effect.Effect<infer A, infer E, infer R>
    ? [R] extends [never]
      ? ModuleCall<Args, A, Plain<E>, Pool>
      : "this function returns an Effect that needs services: use Task.make"
    : ModuleCall<Args, Awaited<Result>, never, Pool>

/**
 * One function of a module that makes a stream (an async generator, a generator, or a function that returns a `Stream`), as a
 * streaming task.
 *
 * @category type-level
 * @since 0.2.0
 */
export interface ModuleStream<Args extends ReadonlyArray<any>, A, E, Pool> {
  readonly stream: ModuleStreamCall<Args, A, E, Pool>
}

/**
 * @category type-level
 * @since 0.2.0
 */
export interface ModuleStreamCall<Args extends ReadonlyArray<any>, A, E, Pool> extends AnyTask {
  (...args: Args): Stream.Stream<A, E | TaskError, Pool>
}

/** What the elements of a function's stream are, and how it fails. */
type Streamed<Result> =
  Result extends Stream.Stream<infer A, infer E, infer R>
    ? readonly [A, Plain<E>, R]
    : Result extends AsyncGenerator<infer A> | Generator<infer A>
      ? readonly [A, never, never]
      : never

/**
 * One function of a module, as a task with the function's own parameters.
 *
 * @category type-level
 * @since 0.1.0
 */
export interface ModuleCall<Args extends ReadonlyArray<any>, A, E, Pool> extends AnyTask {
  (...args: Args): Effect.Effect<A, E | TaskError, Pool>
  /**
   * The same function as a task of one payload, the list of its arguments. For the operations of a pool, each of which
   * takes one payload: `TaskPool.run(M.add.spread, [1, 2], options)`, `TaskPool.forEach(M.add.spread, [[1, 2], [3,
   * 4]])`.
   */
  readonly spread: SpreadCall<Args, A, E, Pool>
}

/**
 * One function of a module, as a task whose payload is the list of the function's arguments.
 *
 * @category type-level
 * @since 0.1.0
 */
export interface SpreadCall<Args extends ReadonlyArray<any>, A, E, Pool> extends AnyTask {
  (args: Readonly<Args>): Effect.Effect<A, E | TaskError, Pool>
}

/**
 * The functions of a module, as tasks. All other exports are left out.
 *
 * @category type-level
 * @since 0.1.0
 */
export type ModuleTasks<M, Pool = TaskPool> = {
  readonly [K in keyof M as M[K] extends (...args: any) => any ? K : never]: ModuleTask<M[K], Pool>
}
