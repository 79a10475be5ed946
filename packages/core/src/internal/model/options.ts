/**
 * The options of a pool and of a call, and the settings they resolve to.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import { InvalidOption } from "../../InvalidOption.ts"
import { defaults } from "./defaults.ts"
import {
  type ElasticSize,
  type RecycleOptions,
  type RecycleSettings,
  type RestartOptions,
  type RestartSettings,
  resolveRecycle,
  resolveRestarts,
  resolveSize,
  resolveStuck,
  type SizeSettings,
  type StuckOptions,
  type StuckSettings
} from "./lifecycle.ts"
import { own } from "./own.ts"
import type { Progress } from "./progress.ts"
import { checkKeys, finite, integer, type Limit, oneOf, toMillis, unexpected } from "./validation.ts"

export { own } from "./own.ts"
export { boolean, checkKeys, type Limit, oneOf, toMillis, unexpected } from "./validation.ts"

/** What happens to a submission that meets a full queue (G7). */
export type QueueStrategy = "suspend" | "reject" | "shed-oldest"

/** How closing a pool treats its tasks. */
export type ClosePolicy = "interrupt" | "finish" | "drain"

/**
 * @category models
 * @since 0.1.0
 */
export interface PoolOptions {
  /**
   * The name of the pool in its events, metrics and logs. Default: the id of its service, `@heddle/core/TaskPool` for the
   * default pool.
   */
  readonly name?: string | undefined
  /**
   * How many workers: a number, or bounds between which the pool follows its load. Default: the parallelism the transport
   * reports. `TaskPool.resize` changes it.
   */
  readonly size?: number | ElasticSize | undefined
  /** How many faults of workers end the pool, and how their replacements are spaced. Default: 5 in 10 seconds (G11). */
  readonly restarts?: RestartOptions | undefined
  /** When healthy workers are replaced. Default: never. */
  readonly recycle?: RecycleOptions | undefined
  /**
   * How many idle workers to keep beyond `size`, so that a spare replaces a lost or retired worker at once. Each spare
   * costs the memory of a worker. Default 0.
   */
  readonly spares?: number | undefined
  /** How many handlers one worker runs at a time. Default 1; more helps handlers that wait. */
  readonly concurrency?: number | undefined
  readonly queue?:
    | {
        /** How many tasks may wait. Default 1,024. With 0, a task is accepted only when a worker is free. */
        readonly capacity?: number | undefined
        /** Default `suspend`: the caller waits. */
        readonly strategy?: QueueStrategy | undefined
        /** Default `fifo`. `lifo` gives up fairness (G8) for freshness. */
        readonly order?: "fifo" | "lifo" | undefined
      }
    | undefined
  /** How long an interrupted handler may take before its worker is terminated. Default 1 second. */
  readonly grace?: Limit | undefined
  /** How long a termination may take before the worker counts as stuck. Default 1 second. */
  readonly terminateTimeout?: Duration.Input | undefined
  /** How the seat of a worker stuck in native code is treated (G4). */
  readonly stuck?: StuckOptions | undefined
  /** How long a worker may take to become ready. Default 10 seconds. */
  readonly startTimeout?: Duration.Input | undefined
  /**
   * How long a worker holding tasks may stay silent before the pool observes it from outside; also the interval between
   * two observations of an idle process. Default 1 second.
   */
  readonly silence?: Limit | undefined
  /**
   * How closing the pool's scope treats the remaining tasks. `interrupt` ends all of them. `finish` lets started tasks
   * finish, along with the tasks they call, and refuses the others (`PoolClosed`). `drain` lets all of them finish.
   * Later submissions are refused. Default `interrupt`.
   */
  readonly onClose?: ClosePolicy | undefined
  /** With `onClose: "drain"` or `"finish"`: how long closing waits before interrupting. Default 30 seconds. */
  readonly drainTimeout?: Duration.Input | undefined
  /** Context references whose values travel with every task, if set by the caller. */
  readonly references?: ReadonlyArray<Context.Reference<any>> | undefined
}

/**
 * @category models
 * @since 0.1.0
 */
export interface RunOptions {
  /** Overrides the task's priority: an integer from -100 to 100, smaller runs sooner. */
  readonly priority?: number | undefined
  /** Longest time from submission to outcome. */
  readonly deadline?: Duration.Input | undefined
  /** Overrides the task's longest run. */
  readonly timeout?: Limit | undefined
  /** Overrides the task's longest wait for a worker. */
  readonly queueTimeout?: Limit | undefined
  /** Overrides the task's or the pool's grace. */
  readonly grace?: Limit | undefined
  /** `wait` (default, G3), or `abandon`: the caller returns at once, and the handler keeps its slot until the end. */
  readonly onInterrupt?: "wait" | "abandon" | undefined
  /**
   * Aborting the signal interrupts the task. The outcome is `Interrupted` by `signal`; its `cause` is the signal's
   * reason, as data.
   */
  readonly signal?: AbortSignal | undefined
  /**
   * Hears how far the task has come: what its handler reports by `progress`; of `forEach` and `stream`, how many items are done,
   * after each chunk. Called on the host, synchronously. Of `forEach` and `stream`, a throw ends the call as a defect.
   */
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** Options with every default filled in; times in milliseconds. */
export interface PoolSettings {
  readonly name: string
  readonly size: SizeSettings
  readonly restarts: RestartSettings
  readonly recycle: RecycleSettings
  readonly spares: number
  readonly concurrency: number
  readonly capacity: number
  readonly strategy: QueueStrategy
  readonly order: "fifo" | "lifo"
  readonly grace: number
  readonly terminateTimeout: number
  readonly startTimeout: number
  readonly silence: number
  readonly stuck: StuckSettings
  readonly onClose: ClosePolicy
  readonly drainTimeout: number
  readonly references: ReadonlyArray<Context.Reference<any>>
  /** How deep the pool is nested: 0 on the host, 1 within a worker of a pool on the host. */
  readonly level: number
  /** How many processors the pool may count on. */
  readonly parallelism: number
}

export const toPriority = (value: number): number => integer("priority", value, -100, 100)

const poolOptions: ReadonlyArray<keyof PoolOptions> = [
  "name",
  "size",
  "restarts",
  "recycle",
  "spares",
  "concurrency",
  "queue",
  "grace",
  "terminateTimeout",
  "startTimeout",
  "silence",
  "stuck",
  "onClose",
  "drainTimeout",
  "references"
]
const runOptions: ReadonlyArray<keyof RunOptions> = [
  "priority",
  "deadline",
  "timeout",
  "queueTimeout",
  "grace",
  "onInterrupt",
  "signal",
  "onProgress"
]

/** Throws on an unknown option of a call, and on a value of the wrong kind. */
export const checkRunOptions = (options: RunOptions, more: ReadonlyArray<string> = []): void => {
  checkKeys(options, [...runOptions, ...more], "")
  if (options.onInterrupt !== undefined) oneOf("onInterrupt", options.onInterrupt, ["wait", "abandon"])
  // Tested by its method, because `instanceof` rejects signals of other realms.
  if (options.signal !== undefined && typeof options.signal?.addEventListener !== "function")
    throw unexpected("signal", "an AbortSignal", options.signal)
}

/** Checks a count; `undefined` leaves the choice to the pool. */
export const toCount = (option: string, value: number | undefined): number | undefined => {
  if (value !== undefined && !(Number.isInteger(value) && value >= 1))
    throw unexpected(option, "an integer of at least 1", value)
  return value
}

/** Options of `forEach` in addition to those of a call. */
export const forEachOptions: ReadonlyArray<string> = ["chunkSize", "concurrency", "into"]

const queueOptions = ["capacity", "strategy", "order"]

/** A repeated action must have a positive interval. */
const atLeastOne = (option: string, millis: number): number => {
  if (millis < 1) throw new InvalidOption(option, "expected a millisecond or more")
  return millis
}

/** Resolves all settings except the ones that depend on where the pool is made. */
export const resolve = (
  given: PoolOptions,
  parallelism: number
): Omit<PoolSettings, "level" | "parallelism"> => {
  const options = own(given)
  checkKeys(options, poolOptions, "")
  const queue = own(options.queue ?? {})
  checkKeys(queue, queueOptions, "queue.")
  const references = options.references ?? []
  if (!Array.isArray(references) || !references.every(Context.isReference)) {
    throw unexpected("references", "a list of context references", options.references)
  }
  const { name = defaults.poolName } = options
  if (typeof name !== "string" || name === "") throw unexpected("name", "a text that is not empty", name)
  return {
    name,
    size: resolveSize(options.size ?? parallelism),
    restarts: resolveRestarts(options.restarts ?? {}),
    recycle: resolveRecycle(options.recycle ?? {}),
    spares: integer("spares", options.spares ?? defaults.spares, 0, 1024),
    concurrency: integer("concurrency", options.concurrency ?? defaults.concurrency, 1, 10_000),
    capacity: integer("queue.capacity", queue.capacity ?? defaults.queueCapacity, 0, 10_000_000),
    strategy: oneOf("queue.strategy", queue.strategy ?? defaults.queueStrategy, [
      "suspend",
      "reject",
      "shed-oldest"
    ]),
    order: oneOf("queue.order", queue.order ?? defaults.queueOrder, ["fifo", "lifo"]),
    grace: toMillis("grace", options.grace ?? defaults.grace),
    terminateTimeout: finite("terminateTimeout", options.terminateTimeout ?? defaults.terminateTimeout),
    startTimeout: toMillis("startTimeout", options.startTimeout ?? defaults.startTimeout),
    silence: atLeastOne("silence", toMillis("silence", options.silence ?? defaults.silence)),
    stuck: resolveStuck(options.stuck ?? {}),
    onClose: oneOf("onClose", options.onClose ?? defaults.onClose, ["interrupt", "finish", "drain"]),
    drainTimeout: toMillis("drainTimeout", options.drainTimeout ?? defaults.drainTimeout),
    references
  }
}
