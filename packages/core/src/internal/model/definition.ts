/**
 * A task as data: the same value on the host and in the worker. Types, and the default policy.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"

export const TypeId = "~@heddle/core/Task"

/** A schema without services for encoding or decoding, so that it can be compiled once and run synchronously. */
export type PlainSchema = Schema.Codec<any, any>

/** Which side validates payloads and replies; see `docs/configuration.md`. */
export type Validation = "both" | "receiver" | "none"

/** A task's settings for each of its calls. Times are in milliseconds; `Infinity` means no limit. */
export interface TaskPolicy {
  readonly idempotent: boolean
  /** Longest run, counted from the start of the handler. */
  readonly timeout: number
  /** Longest wait for a worker, counted from submission. */
  readonly queueTimeout: number
  /** An integer from -100 to 100; smaller runs sooner. */
  readonly priority: number
  /** Overrides the pool's grace. */
  readonly grace: number | undefined
  readonly validate: Validation
  /** Runs only in workers with a process of their own. */
  readonly needsProcess: boolean
  /** Whether each call gets a span of its own. */
  readonly span: boolean
}

/** Where the worker finds the function of a plain module. */
export interface ModuleExport {
  readonly url: string
  readonly name: string
  /** The task's single argument is the list of the function's arguments: see `spread` of `Task.fromModule`. */
  readonly spread?: true | undefined
  /** The export makes a stream: an async generator, or a function that returns a `Stream`. */
  readonly stream?: true | undefined
}

/** The streams of a streaming task. Its payload and its error are those of the task; its success is void. */
export interface StreamDefinition {
  /** Each element from the handler to the caller. */
  readonly output: PlainSchema
  /** Each element from the caller to the handler; `undefined` for a task without inputs. */
  readonly input: PlainSchema | undefined
  /** How many elements the producer of either direction may be ahead of its consumer (G14). */
  readonly buffer: number
}

export interface TaskDefinition {
  readonly name: string
  readonly payload: PlainSchema
  readonly success: PlainSchema
  readonly error: PlainSchema
  readonly policy: TaskPolicy
  /** Set for tasks of `Task.fromModule`; their payload is the list of arguments. */
  readonly module: ModuleExport | undefined
  /** Set for a streaming task. */
  readonly stream?: StreamDefinition | undefined
}

/** Anything with a task definition; accepted by `run`, `forEach` and lists of tasks. */
export interface AnyTask {
  readonly [TypeId]: TaskDefinition
}

export const defaultPolicy: TaskPolicy = {
  idempotent: false,
  timeout: Infinity,
  queueTimeout: Infinity,
  priority: 0,
  grace: undefined,
  validate: "receiver",
  needsProcess: false,
  span: false
}
