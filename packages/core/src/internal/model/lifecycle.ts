/**
 * Options for the lives of a pool's workers: how many there are, and when the pool gives up on lost workers.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import { InvalidOption } from "../../InvalidOption.ts"
import { defaults } from "./defaults.ts"
import { own } from "./own.ts"
import { checkKeys, finite, integer, type Limit, toMillis, unexpected } from "./validation.ts"

/**
 * Bounds of a pool that follows its load. The pool grows while tasks wait and every worker is busy, and shrinks when
 * workers have been idle.
 *
 * @category models
 * @since 0.1.0
 */
export interface ElasticSize {
  /** Fewest workers. With 0, an idle pool ends its last worker, and the next task waits for a start. */
  readonly min: number
  /** Most workers. */
  readonly max: number
  /** How long a worker may be idle before the pool ends it. Default 10 seconds. */
  readonly idle?: Duration.Input | undefined
}

/**
 * @category models
 * @since 0.1.0
 */
export interface RestartOptions {
  /**
   * How many faults of workers are allowed within `period`. One more fault while no worker is ready fails the pool.
   * Default 5.
   */
  readonly intensity?: number | undefined
  /** Default 10 seconds. */
  readonly period?: Duration.Input | undefined
  /**
   * The delay before a replacement: none before the first, then `base`, times `factor` each time, up to `cap`. `jitter`
   * makes each delay up to that fraction shorter or longer (0.2 for a fifth). Default: 50 ms doubling to 2 s, ±20 %.
   */
  readonly backoff?:
    | {
        readonly base?: Duration.Input | undefined
        readonly factor?: number | undefined
        readonly cap?: Duration.Input | undefined
        readonly jitter?: number | undefined
      }
    | undefined
}

/** Times in milliseconds. */
export interface SizeSettings {
  readonly min: number
  readonly max: number
  readonly idle: number
}

export interface RestartSettings {
  readonly intensity: number
  readonly period: number
  readonly backoff: {
    readonly base: number
    readonly factor: number
    readonly cap: number
    readonly jitter: number
  }
}

const most = 1024

export const resolveSize = (given: number | ElasticSize): SizeSettings => {
  const size = own(given)
  if (typeof size === "number") {
    const fixed = integer("size", size, 1, most)
    return { min: fixed, max: fixed, idle: Infinity }
  }
  if (typeof size !== "object" || size === null)
    throw unexpected("size", "a number of workers, or bounds as in { min: 1, max: 4 }", size)
  checkKeys(size, ["min", "max", "idle"], "size.")
  const max = integer("size.max", size.max, 1, most)
  return {
    min: integer("size.min", size.min, 0, max),
    max,
    idle: toMillis("size.idle", size.idle ?? defaults.idle)
  }
}

const number = (option: string, value: number, min: number, max: number): number => {
  if (typeof value !== "number" || !(value >= min && value <= max))
    throw unexpected(option, `a number from ${min} to ${max}`, value)
  return value
}

export const resolveRestarts = (given: RestartOptions): RestartSettings => {
  const restarts = own(given)
  if (typeof restarts !== "object" || restarts === null) throw unexpected("restarts", "an object", restarts)
  checkKeys(restarts, ["intensity", "period", "backoff"], "restarts.")
  const period = finite("restarts.period", restarts.period ?? defaults.restartPeriod)
  if (period === 0) throw new InvalidOption("restarts.period", "expected a duration above zero")
  const backoff = own(restarts.backoff ?? {})
  if (typeof backoff !== "object") throw unexpected("restarts.backoff", "an object", backoff)
  checkKeys(backoff, ["base", "factor", "cap", "jitter"], "restarts.backoff.")
  return {
    intensity: integer("restarts.intensity", restarts.intensity ?? defaults.restartIntensity, 0, 10_000),
    period,
    backoff: {
      base: finite("restarts.backoff.base", backoff.base ?? defaults.backoffBase),
      factor: number("restarts.backoff.factor", backoff.factor ?? defaults.backoffFactor, 1, 1_000),
      cap: finite("restarts.backoff.cap", backoff.cap ?? defaults.backoffCap),
      jitter: number("restarts.backoff.jitter", backoff.jitter ?? defaults.backoffJitter, 0, 1)
    }
  }
}

/**
 * When to replace a healthy worker. A recycled worker finishes its running tasks first.
 *
 * @category models
 * @since 0.1.0
 */
export interface RecycleOptions {
  /** Replace after this many tasks. An item of a `forEach` counts as one, and a chunk is not cut. Default: never. */
  readonly tasks?: number | undefined
  /** Replace this long after the worker became ready. Default: never. */
  readonly age?: Limit | undefined
  /** Bytes of heap in use by JavaScript, on transports that can tell. Default: no limit. */
  readonly heap?: MemoryLimit | undefined
  /** Bytes of memory of a worker that is a process of its own. Default: no limit. */
  readonly rss?: MemoryLimit | undefined
  /** Interval between two reads of the memory. Default 1 second. */
  readonly every?: Duration.Input | undefined
}

/**
 * Bytes: a number, or two limits. Above `soft`, the worker is replaced after its running tasks; a plain number means
 * `soft`. Above `hard`, the worker is terminated at once, and its running tasks are lost.
 *
 * @category models
 * @since 0.1.0
 */
export type MemoryLimit = number | { readonly soft?: number | undefined; readonly hard?: number | undefined }

export interface MemorySettings {
  readonly soft: number
  readonly hard: number
}

export interface RecycleSettings {
  readonly tasks: number
  /** In milliseconds, like `every`. */
  readonly age: number
  readonly heap: MemorySettings
  readonly rss: MemorySettings
  readonly every: number
}

const bytes = (option: string, value: number | undefined): number =>
  value === undefined ? Infinity : integer(option, value, 1, Number.MAX_SAFE_INTEGER)

const resolveMemory = (option: string, given: MemoryLimit | undefined): MemorySettings => {
  const limit = own(given)
  if (typeof limit !== "object") return { soft: bytes(option, limit), hard: Infinity }
  if (limit === null) throw unexpected(option, "a number of bytes, or limits as in { soft: 1e9 }", limit)
  checkKeys(limit, ["soft", "hard"], `${option}.`)
  return { soft: bytes(`${option}.soft`, limit.soft), hard: bytes(`${option}.hard`, limit.hard) }
}

export const resolveRecycle = (given: RecycleOptions): RecycleSettings => {
  const recycle = own(given)
  if (typeof recycle !== "object" || recycle === null) throw unexpected("recycle", "an object", recycle)
  checkKeys(recycle, ["tasks", "age", "heap", "rss", "every"], "recycle.")
  const age = toMillis("recycle.age", recycle.age ?? "infinity")
  if (age === 0) throw new InvalidOption("recycle.age", "expected a duration above zero")
  const every = finite("recycle.every", recycle.every ?? defaults.memoryEvery)
  if (every < 1) throw new InvalidOption("recycle.every", "expected a millisecond or more")
  const { tasks = Infinity } = recycle
  return {
    tasks: tasks === Infinity ? tasks : integer("recycle.tasks", tasks, 1, Number.MAX_SAFE_INTEGER),
    age,
    heap: resolveMemory("recycle.heap", recycle.heap),
    rss: resolveMemory("recycle.rss", recycle.rss),
    every
  }
}

/**
 * A worker in native code does not end before the native call returns. The task is settled meanwhile, and another
 * worker may take the seat. Both workers then compete for the processors, unless the native code waits.
 *
 * @category models
 * @since 0.1.0
 */
export interface StuckOptions {
  /**
   * How many stuck workers may be replaced at a time. The pool may then exceed `size` by as many workers, until the
   * native calls return. Any further stuck worker keeps its seat; with 0, all of them do. Default: as many as `size`,
   * or `size.max`.
   */
  readonly replace?: number | undefined
}

export interface StuckSettings {
  /** `undefined`: as many as the pool's size. */
  readonly replace: number | undefined
}

export const resolveStuck = (given: StuckOptions): StuckSettings => {
  const stuck = own(given)
  if (typeof stuck !== "object" || stuck === null) throw unexpected("stuck", "an object", stuck)
  checkKeys(stuck, ["replace"], "stuck.")
  return {
    replace: stuck.replace === undefined ? undefined : integer("stuck.replace", stuck.replace, 0, most)
  }
}
