/**
 * `Harness`: the transport's part of the conformance suite; the shape of a case; the expectations of cases.
 *
 * @since 0.1.0
 */
import * as TaskError from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import type { WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import type * as Exit from "effect/Exit"
import * as Formatter from "effect/Formatter"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Starts } from "./StartMode.ts"

/**
 * - `start`: how workers start. Default: normally.
 * - `heapMb`: limit of each worker's heap, for harnesses with real heaps.
 *
 * @category models
 * @since 0.1.0
 */
export interface TransportOptions {
  readonly start?: Starts
  readonly heapMb?: number | undefined
}

/**
 * Optional features of a transport. A case is registered only where its needs are met.
 *
 * - `sharedMemory`: host and workers see the same words.
 * - `realThreads`: workers run in parallel, with a heap, a standard error and an event loop of their own, and
 *   time is real.
 * - `native`: handlers can call native code immune to termination.
 * - `strays`: code in a worker can post to the host outside of the private channel.
 *
 * @category models
 * @since 0.1.0
 */
export interface Abilities {
  readonly sharedMemory: boolean
  readonly realThreads: boolean
  readonly native: boolean
  readonly strays: boolean
}

/**
 * - `transport`: serves the conformance tasks: `handlers.layer`, with a `Saboteur` of its own.
 * - `run`: runs a case to its end, under real or virtual time.
 *
 * @category models
 * @since 0.1.0
 */
export interface Harness {
  readonly name: string
  readonly has: Abilities
  readonly transport: (options?: TransportOptions) => Layer.Layer<WorkerTransport>
  readonly run: <A, E>(effect: Effect.Effect<A, E>) => Promise<Exit.Exit<A, unknown>>
}

/**
 * - `name`: a sentence ending with its numbers: scenarios (S…) or guarantees (G…).
 * - `timeout`: the test's limit in real milliseconds. Default: the test framework's.
 *
 * @category models
 * @since 0.1.0
 */
export interface Case {
  readonly name: string
  readonly needs?: ReadonlyArray<keyof Abilities> | undefined
  readonly timeout?: number | undefined
  readonly run: (harness: Harness) => Effect.Effect<void, unknown>
}

/**
 * Runs an effect with a pool on the harness's transport. The effect's scope closes before the pool. Real workers have a minute to
 * start, unless the options say otherwise: on a busy machine, half a dozen at once take more than the default.
 *
 * @category running
 * @since 0.1.0
 */
export const withPool = <A, E>(
  harness: Harness,
  options: TaskPool.PoolOptions,
  effect: Effect.Effect<A, E, TaskPool.TaskPool | Scope.Scope>,
  transport?: TransportOptions
): Effect.Effect<A, E | TaskError.TaskError> =>
  Effect.scoped(effect).pipe(
    Effect.provide(
      Layer.provide(
        TaskPool.layer(harness.has.realThreads ? { startTimeout: "1 minute", ...options } : options),
        harness.transport(transport)
      )
    )
  )

/**
 * A case that runs an effect with a pool of its own, as {@link withPool} does.
 *
 * @category cases
 * @since 0.2.0
 */
export const makeCase = <E>(
  name: string,
  options: TaskPool.PoolOptions,
  effect: OnPool<E> | ((harness: Harness) => OnPool<E>),
  more?: Pick<Case, "needs" | "timeout">
): Case => ({
  ...more,
  name,
  run: (harness) => withPool(harness, options, typeof effect === "function" ? effect(harness) : effect)
})

type OnPool<E> = Effect.Effect<void, E, TaskPool.TaskPool | Scope.Scope>

// ----------------------------------------------------------------------------
// expectations: a broken expectation throws, so its case dies
// ----------------------------------------------------------------------------

/**
 * The error of a broken expectation.
 *
 * @category errors
 * @since 0.1.0
 */
export class ExpectationFailed extends Error {
  override readonly name = "ExpectationFailed"
}

const show = (value: unknown): string => Formatter.format(value, { space: 2 })

/**
 * @category expectations
 * @since 0.1.0
 */
export function expect(condition: boolean, what: string): asserts condition {
  if (!condition) throw new ExpectationFailed(what)
}

/**
 * Equal by structure.
 *
 * @category expectations
 * @since 0.1.0
 */
export const expectEqual = <A>(actual: A, expected: A, what = "value"): void => {
  if (Equal.equals(actual, expected)) return
  throw new ExpectationFailed(`${what}: expected ${show(expected)}, got ${show(actual)}`)
}

/**
 * The value of a success.
 *
 * @category expectations
 * @since 0.1.0
 */
export const expectSuccess = <A, E>(exit: Exit.Exit<A, E>): A => {
  if (exit._tag === "Success") return exit.value
  throw new ExpectationFailed(`expected a success, got ${Cause.pretty(exit.cause)}`)
}

/** The one reason of a failed exit. */
const onlyReason = <A, E>(exit: Exit.Exit<A, E>, wanted: string): Cause.Reason<E> => {
  if (exit._tag === "Success")
    throw new ExpectationFailed(`expected ${wanted}, got the success ${show(exit.value)}`)
  const [reason, ...others] = exit.cause.reasons
  if (reason !== undefined && others.length === 0) return reason
  throw new ExpectationFailed(`expected ${wanted} and nothing else, got ${Cause.pretty(exit.cause)}`)
}

/**
 * Returns the error of an exit with one failure and nothing else.
 *
 * @category expectations
 * @since 0.1.0
 */
export const expectFailure = <A, E>(exit: Exit.Exit<A, E>): E => {
  const reason = onlyReason(exit, "a failure")
  if (Cause.isFailReason(reason)) return reason.error
  throw new ExpectationFailed(`expected a failure, got ${Cause.pretty(Cause.fromReasons([reason]))}`)
}

/**
 * Returns the defect of an exit with one defect and nothing else.
 *
 * @category expectations
 * @since 0.1.0
 */
export const expectDefect = <A, E>(exit: Exit.Exit<A, E>): unknown => {
  const reason = onlyReason(exit, "a defect")
  if (Cause.isDieReason(reason)) return reason.defect
  throw new ExpectationFailed(`expected a defect, got ${Cause.pretty(Cause.fromReasons([reason]))}`)
}

/**
 * Returns the reason, of this tag, of an exit with one `TaskError` and nothing else.
 *
 * @category expectations
 * @since 0.1.0
 */
export const expectReason = <A, E, Tag extends TaskError.Reason["_tag"]>(
  exit: Exit.Exit<A, E>,
  tag: Tag
): Extract<TaskError.Reason, { readonly _tag: Tag }> => {
  const error = expectFailure(exit)
  if (TaskError.isTaskError(error) && error.reason._tag === tag) return error.reason as never
  const got = TaskError.isTaskError(error) ? `${error.reason._tag}: ${error.message}` : show(error)
  throw new ExpectationFailed(`expected the reason ${tag}, got ${got}`)
}

/**
 * The exit is an interruption, and nothing else.
 *
 * @category expectations
 * @since 0.1.0
 */
export const expectInterrupted = <A, E>(exit: Exit.Exit<A, E>): void => {
  if (exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause)) return
  const got = exit._tag === "Success" ? show(exit.value) : Cause.pretty(exit.cause)
  throw new ExpectationFailed(`expected an interruption, got ${got}`)
}
