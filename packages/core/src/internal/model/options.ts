/**
 * What a user may say about a pool or a call, and what it resolves to.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { defaults } from "./defaults.ts"

/** What happens to a submission that meets a full queue (G7). */
export type QueueStrategy = "suspend" | "reject" | "shed-oldest"

/** What closing a pool does to the tasks it holds. */
export type ClosePolicy = "interrupt" | "drain"

/** A duration, or `"infinity"` for no limit. */
export type Limit = Duration.Input | "infinity"

/**
 * @category models
 * @since 0.1.0
 */
export interface PoolOptions {
  /** How many workers. Default: the parallelism the transport reports. */
  readonly size?: number | undefined
  /**
   * How many workers are up beyond `size`, running nothing, so that one takes the place of a lost or retired worker at
   * once. Each costs the memory of a worker. Default 0.
   */
  readonly spares?: number | undefined
  /** How many handlers one worker runs at a time. Default 1; more helps handlers that wait. */
  readonly concurrency?: number | undefined
  readonly queue?:
    | {
        /** How many tasks may wait. Default 1,024; 0 means that a task is taken only by a free worker. */
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
  /** How long a worker may take to become ready. Default 10 seconds. */
  readonly startTimeout?: Duration.Input | undefined
  /** What closing the pool's scope does to tasks that are still there. Default `interrupt`. */
  readonly onClose?: ClosePolicy | undefined
  /** With `onClose: "drain"`: how long closing waits before it interrupts. Default 30 seconds. */
  readonly drainTimeout?: Duration.Input | undefined
  /** Context references whose values cross with every task when the caller has set them. */
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
  /** `wait` (default, G3), or `abandon`: the caller returns at once, the body keeps its slot until it ends. */
  readonly onInterrupt?: "wait" | "abandon" | undefined
  /** Aborting it interrupts the task; the outcome is `Interrupted` by `signal`. */
  readonly signal?: AbortSignal | undefined
}

/** Options with every default filled in; times in milliseconds. */
export interface PoolSettings {
  readonly size: number
  readonly spares: number
  readonly concurrency: number
  readonly capacity: number
  readonly strategy: QueueStrategy
  readonly order: "fifo" | "lifo"
  readonly grace: number
  readonly terminateTimeout: number
  readonly startTimeout: number
  readonly onClose: ClosePolicy
  readonly drainTimeout: number
  readonly references: ReadonlyArray<Context.Reference<any>>
  /** How deep the pool is: 0 on the host, 1 within a worker of such a pool. */
  readonly level: number
}

/** A pool or a task was described wrongly: a mistake in the program, so a defect. Names the field. */
export class InvalidOption extends Error {
  override readonly name = "InvalidOption"
  readonly option: string
  constructor(option: string, problem: string) {
    super(`${option}: ${problem}`)
    this.option = option
  }
}

const integer = (option: string, value: number, min: number, max: number): number => {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new InvalidOption(option, `expected an integer from ${min} to ${max}, got ${String(value)}`)
  }
  return value
}

/** The milliseconds of a limit; `Infinity` for none. Throws on what is no duration. */
export const toMillis = (option: string, value: Limit): number => {
  const duration = value === "infinity" ? Option.some(Duration.infinity) : Duration.fromInput(value)
  const millis = Option.isSome(duration) && isDurationInput(value) ? Duration.toMillis(duration.value) : NaN
  if (!(millis >= 0)) {
    throw new InvalidOption(option, `expected a duration of zero or more, got ${show(value)}`)
  }
  return millis
}

const units = ["weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"]

/** `Duration` takes NaN, negative numbers and any object for zero; a mistyped limit should not mean "at once". */
const isDurationInput = (value: unknown): boolean =>
  typeof value === "number"
    ? value >= 0
    : typeof value !== "object" ||
      value === null ||
      Duration.isDuration(value) ||
      Array.isArray(value) ||
      units.some((unit) => unit in value)

const show = (value: unknown): string =>
  typeof value === "object" || typeof value === "function" ? JSON.stringify(value) : `${value as number}`

/** A limit that must be one: without it nothing would bound an interruption (G4). */
const finite = (option: string, value: Limit): number => {
  const millis = toMillis(option, value)
  if (millis === Infinity)
    throw new InvalidOption(option, "must be finite: it is what bounds an interruption")
  return millis
}

export const toPriority = (value: number): number => integer("priority", value, -100, 100)

const poolOptions: ReadonlyArray<keyof PoolOptions> = [
  "size",
  "spares",
  "concurrency",
  "queue",
  "grace",
  "terminateTimeout",
  "startTimeout",
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
  "signal"
]

/** Throws on an option of a call that does not exist, or that no value of its kind fits. */
export const checkRunOptions = (options: RunOptions, more: ReadonlyArray<string> = []): void => {
  checkKeys(options, [...runOptions, ...more], "")
  if (options.onInterrupt !== undefined) oneOf("onInterrupt", options.onInterrupt, ["wait", "abandon"])
}

const queueOptions = ["capacity", "strategy", "order"]

/** Throws on a key that is no option: a mistyped one would be ignored in silence. */
export const checkKeys = (value: object, known: ReadonlyArray<string>, prefix: string): void => {
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new InvalidOption(`${prefix}${key}`, `is no option; there are ${known.join(", ")}`)
    }
  }
}

export const oneOf = <A extends string>(option: string, value: A, allowed: ReadonlyArray<A>): A => {
  if (!allowed.includes(value)) {
    throw new InvalidOption(option, `expected one of ${allowed.join(", ")}, got ${String(value)}`)
  }
  return value
}

/** All settings but the level, which is where the pool is made. */
export const resolve = (options: PoolOptions, parallelism: number): Omit<PoolSettings, "level"> => {
  checkKeys(options, poolOptions, "")
  const queue = options.queue ?? {}
  if (typeof queue !== "object") throw new InvalidOption("queue", `expected an object, got ${show(queue)}`)
  checkKeys(queue, queueOptions, "queue.")
  const references = options.references ?? []
  if (!Array.isArray(references) || !references.every(Context.isReference)) {
    throw new InvalidOption("references", "expected a list of context references")
  }
  return {
    size: integer("size", options.size ?? parallelism, 1, 1024),
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
    onClose: oneOf("onClose", options.onClose ?? defaults.onClose, ["interrupt", "drain"]),
    drainTimeout: toMillis("drainTimeout", options.drainTimeout ?? defaults.drainTimeout),
    references
  }
}
