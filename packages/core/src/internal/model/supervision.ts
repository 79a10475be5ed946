/**
 * Supervisors as a service: what is said of children, and what is seen of a tree that runs.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import type { Effect } from "effect/Effect"
import type { Schedule } from "effect/Schedule"
import type { Scope } from "effect/Scope"
import type { SupervisorError } from "../../SupervisorError.ts"
import type { SupervisorEvent } from "../../SupervisorEvent.ts"

export const TypeId = "~@heddle/core/Supervisor"

/**
 * How a child that ended is treated.
 *
 * - `permanent`: always started again.
 * - `transient`: started again when it crashed.
 * - `temporary`: never started again, and forgotten.
 */
export type Restart = "permanent" | "transient" | "temporary"

/**
 * Which children a restart replaces.
 *
 * - `oneForOne`: the one that ended.
 * - `oneForAll`: all of them, because they cannot do without each other.
 * - `restForOne`: it and those that were started after it, because they build on it.
 */
export type Strategy = "oneForOne" | "oneForAll" | "restForOne"

/** How long an interrupted child may take; `"infinity"` for as long as it likes; `"brutal"` for no time at all. */
export type Shutdown = Duration.Input | "infinity" | "brutal"

/** What a child says of itself to its supervisor. */
export interface ChildOptions {
  /** Default `permanent`. */
  readonly restart?: Restart | undefined
  /** Default 5 seconds; `"infinity"` for a supervisor. */
  readonly shutdown?: Shutdown | undefined
  /** Whether its end may end its supervisor: see `autoShutdown`. Not for permanent children. Default `false`. */
  readonly significant?: boolean | undefined
}

/** When restarts are too many, and how they are spaced. */
export interface RestartOptions {
  /** How many restarts are allowed within `period`; one more and the supervisor fails. Default 5. */
  readonly intensity?: number | undefined
  /** Default 10 seconds. */
  readonly period?: Duration.Input | undefined
  /**
   * The delays before restarts of one child; it sees the cause of its end. It begins anew once the child has been up
   * for a `period`. The supervisor gives up where it ends. Default `Supervisor.backoff`; `"none"` restarts at once.
   */
  readonly backoff?: Schedule<unknown, Cause.Cause<unknown>> | "none" | undefined
  /** How long a child that ignored its interruption may take to end by force, before it is stuck. Default 1 second. */
  readonly terminateTimeout?: Duration.Input | undefined
}

/** A child: `start`, then `run`, in a scope of its own. `A` is what `start` gave. */
export interface Child<out A, out R> extends ChildOptions {
  readonly [TypeId]: { readonly kind: "worker"; readonly _R: (_: never) => R; readonly _A: (_: never) => A }
  readonly id: string
  readonly start?: Effect<A, unknown, any> | undefined
  readonly run?: Effect<unknown, unknown, any> | ((started: any) => Effect<unknown, unknown, any>) | undefined
}

/** A supervisor with children in order; also a child of another one. */
export interface Tree<out R> extends ChildOptions, RestartOptions {
  readonly [TypeId]: { readonly kind: "tree"; readonly _R: (_: never) => R }
  readonly id: string
  readonly strategy?: Strategy | undefined
  readonly autoShutdown?: "never" | "any" | "all" | undefined
  readonly children: ReadonlyArray<Spec<any>>
}

/** A supervisor whose children are all made by one template, at run time; also a child of another one. */
export interface Dynamic<in Input, out R> extends ChildOptions, RestartOptions {
  readonly [TypeId]: { readonly kind: "dynamic"; readonly _R: (_: never) => R }
  readonly id: string
  readonly child: (input: Input) => Child<any, any>
  /** Most children at a time. Default 1,000. */
  readonly max?: number | undefined
  readonly autoShutdown?: "never" | "any" | "all" | undefined
}

/** What may stand among the children of a tree. */
export type Spec<R> = Child<any, R> | Tree<R> | Dynamic<never, R>

export type ChildState =
  | "waiting"
  | "backingOff"
  | "starting"
  | "running"
  | "ending"
  | "stopping"
  | "forcing"
  | "stuck"
  | "stopped"
  | "removed"

export interface ChildSnapshot {
  readonly id: string
  readonly kind: "worker" | "supervisor"
  readonly state: ChildState
  readonly restart: Restart
  readonly significant: boolean
  /** How often it was started, in all. */
  readonly starts: number
  /** The id of the fiber that runs it. */
  readonly fiber: number | undefined
  /** Why it ended of itself the last time. */
  readonly lastCause: Cause.Cause<unknown> | undefined
  /** Its own children, while it is a supervisor that runs. */
  readonly supervisor: SupervisorSnapshot | undefined
}

export interface SupervisorSnapshot {
  readonly id: string
  readonly strategy: Strategy | "simpleOneForOne"
  readonly state: "starting" | "running" | "stopping" | "failing" | "stopped" | "failed"
  readonly intensity: number
  /** Milliseconds. */
  readonly period: number
  /** Restarts within the last period. */
  readonly recentRestarts: number
  /** In the order of their start. */
  readonly children: ReadonlyArray<ChildSnapshot>
}

/** As OTP's `count_children`. */
export interface ChildCounts {
  /** All that are specified. */
  readonly specs: number
  /** Those of which something runs. */
  readonly active: number
  /** Those specified that are supervisors, and that are not. */
  readonly supervisors: number
  readonly workers: number
}

/** A supervisor that runs. Asking names children by id; they are those of this supervisor, not of the ones below. */
export interface SupervisorService {
  readonly id: string
  /** Starts one more child, after the others. `AlreadyStarted`, `AlreadyPresent`, `StartFailed`, `InvalidSpec`. */
  readonly startChild: <R>(spec: Spec<R>) => Effect<void, SupervisorError, Exclude<R, Scope>>
  /** Starts one more child of a dynamic supervisor, wherever in this tree it stands; succeeds with the child's id. */
  readonly spawn: <Input, R>(dynamic: Dynamic<Input, R>, input: Input) => Effect<string, SupervisorError>
  /** Stops a child, and waits. Its specification stays, unless it is temporary or dynamic. Twice is once. */
  readonly terminateChild: (id: string) => Effect<void, SupervisorError>
  /** Starts a child that is stopped. */
  readonly restartChild: (id: string) => Effect<void, SupervisorError>
  /** Forgets a child that is stopped. */
  readonly deleteChild: (id: string) => Effect<void, SupervisorError>
  readonly child: (id: string) => Effect<ChildSnapshot, SupervisorError>
  /** What `start` gave for this child, wherever in this tree it stands. Ask again after a restart. */
  readonly get: <A, R>(child: Child<A, R>) => Effect<A, SupervisorError>
  /** A supervisor below this one, by the names on the way. Ask again after a restart. */
  readonly supervisor: (...path: ReadonlyArray<string>) => Effect<SupervisorService, SupervisorError>
  readonly countChildren: Effect<ChildCounts>
  readonly snapshot: Effect<SupervisorSnapshot>
  /** Calls back for every event of this supervisor and of those below; the result ends that. */
  readonly subscribe: (listener: (event: SupervisorEvent) => void, onEnd?: () => void) => () => void
  /** Waits until it has stopped: fails when it gave up. Interrupting the wait leaves it alone. */
  readonly await: Effect<void, SupervisorError>
  /** Stops it and its children, in reverse order, and waits. Bounded by their graces. */
  readonly stop: Effect<void>
}
