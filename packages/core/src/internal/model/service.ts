/**
 * A service: its definition, its options, and the port through which references call it.
 *
 * @since 0.2.0
 */
import type * as Duration from "effect/Duration"
import type { Effect } from "effect/Effect"
import { InvalidOption } from "../../InvalidOption.ts"
import type { TaskError } from "../../TaskError.ts"
import { defaults } from "./defaults.ts"
import type { TaskDefinition } from "./definition.ts"
import type { RunOptions } from "./options.ts"
import { own } from "./own.ts"
import { supervisorDefaults } from "./supervisorDefaults.ts"
import { checkKeys, finite, integer, type Limit, oneOf, toMillis, unexpected } from "./validation.ts"

export const TypeId = "~@heddle/core/SharedService"

/** The same value on the host and in the worker. Each part is a task, so that calls have outcomes as tasks have. */
export interface ServiceDefinition {
  readonly name: string
  /** Acquires the state, in the worker that is to own it. */
  readonly start: TaskDefinition
  /** Releases the state. */
  readonly close: TaskDefinition
  /** By name, in an object without a prototype. */
  readonly methods: Readonly<Record<string, TaskDefinition>>
  /** How many methods run at a time. */
  readonly concurrency: number
}

/**
 * The options of a start.
 *
 * - `restart`: what follows the end of the worker. `never` leaves the service down: every call fails with `ServiceLost`. `fresh`
 *   starts the service again on another worker, with the same payload and a new state; references reconnect by themselves. Calls that
 *   had started fail with `WorkerLost`, unless their method is idempotent; calls that had not started wait for the new worker. Default
 *   `never`, because a service that has forgotten its state without a word is worse than an error.
 * - `intensity`, `period`: how many restarts are allowed within which time; one more leaves the service down. Default 5 in 10 seconds.
 * - `startTimeout`: how long a start may wait for an idle worker, and how long the state may take to be acquired. Default 10 seconds.
 * - `grace`: how long the state may take to be released, before its worker is terminated. Default 1 second.
 *
 * @category models
 * @since 0.2.0
 */
export interface StartOptions {
  readonly restart?: "never" | "fresh" | undefined
  readonly intensity?: number | undefined
  readonly period?: Duration.Input | undefined
  readonly startTimeout?: Duration.Input | undefined
  readonly grace?: Limit | undefined
}

/** Times in milliseconds. */
export interface ServiceSettings {
  readonly restart: "never" | "fresh"
  readonly intensity: number
  readonly period: number
  readonly startTimeout: number
  readonly grace: number
}

const known = ["restart", "intensity", "period", "startTimeout", "grace"]

export const resolveService = (given: StartOptions | undefined): ServiceSettings => {
  const options = own(given ?? {})
  checkKeys(options, known, "")
  const period = toMillis("period", options.period ?? supervisorDefaults.period)
  if (period === 0) throw new InvalidOption("period", "expected a duration above zero")
  return {
    restart: oneOf("restart", options.restart ?? "never", ["never", "fresh"]),
    intensity: integer("intensity", options.intensity ?? supervisorDefaults.intensity, 0, 10_000),
    period,
    startTimeout: toMillis("startTimeout", options.startTimeout ?? defaults.startTimeout),
    grace: finite("grace", options.grace ?? defaults.grace)
  }
}

/** A method's name is a property of each reference, where `then` would make a promise of it, and part of the name of a task. */
export const checkMethodName = (name: string): void => {
  if (name === "" || name === "then" || name.includes("."))
    throw unexpected("methods", "names of methods, without a dot, and not then", name)
}

/** What the host can tell about a service. */
export interface ServiceSnapshot {
  readonly name: string
  readonly state: "starting" | "serving" | "lost" | "down" | "closed"
  /** The worker that owns the state, or owned it last. */
  readonly worker: number | undefined
  readonly restarts: number
  /** Calls that run, and calls that wait. */
  readonly running: number
  readonly waiting: number
}

/** A service as the host sees it. */
export interface HostView {
  readonly snapshot: Effect<ServiceSnapshot>
  /** Waits until the service is down or closed, and fails with the reason. */
  readonly awaitLost: Effect<never, TaskError>
}

/** The services of a pool, as the references on one side of the boundary call them. */
export interface ServicePorts {
  readonly call: (
    service: number,
    method: TaskDefinition,
    payload: unknown,
    options: RunOptions | undefined
  ) => Effect<any, any>
  /** Returns `undefined` in a worker. */
  readonly view: (token: ServiceToken) => HostView | undefined
}

/** What a reference is bound to. `pool`: as in `Ports`, the pool whose service this is. */
export interface ReferencePort {
  readonly pool: object
  readonly token: ServiceToken
  readonly services: ServicePorts
}

/** A reference as plain data. */
export interface ServiceToken {
  readonly service: number
  readonly name: string
}
