/**
 * Supervisors as a service: specifications of children, and snapshots of a running tree. Types only.
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
 * When an ended child is started again.
 *
 * - `permanent`: always started again.
 * - `transient`: started again after a crash.
 * - `temporary`: never started again, and forgotten.
 */
export type Restart = "permanent" | "transient" | "temporary"

/**
 * Which children a restart replaces.
 *
 * - `oneForOne`: the ended child alone.
 * - `oneForAll`: all children, because they depend on each other.
 * - `restForOne`: the ended child and those started after it, because they depend on it.
 */
export type Strategy = "oneForOne" | "oneForAll" | "restForOne"

/** How long an interrupted child may take; `"infinity"` sets no limit; `"brutal"` gives no time at all. */
export type Shutdown = Duration.Input | "infinity" | "brutal"

/** How a supervisor treats this child. */
export interface ChildOptions {
  /** Default `permanent`. */
  readonly restart?: Restart | undefined
  /** Default 5 seconds; `"infinity"` for a supervisor. */
  readonly shutdown?: Shutdown | undefined
  /**
   * Whether the child's end may end the supervisor: see `autoShutdown`. Not for permanent children. Default `false`.
   */
  readonly significant?: boolean | undefined
}

/** How many restarts are too many, and the delays between them. */
export interface RestartOptions {
  /** How many restarts are allowed within `period`; one more fails the supervisor. Default 5. */
  readonly intensity?: number | undefined
  /** Default 10 seconds. */
  readonly period?: Duration.Input | undefined
  /**
   * The delays before restarts of one child; the schedule's input is the cause of the child's end. The schedule begins
   * anew once the child has been up for a `period`. When the schedule ends, the supervisor gives up. Default
   * `Supervisor.backoff`; `"none"` restarts at once.
   */
  readonly backoff?: Schedule<unknown, Cause.Cause<unknown>> | "none" | undefined
  /**
   * How long a child that ignored its interruption may take to end by force, before the child counts as stuck. Default
   * 1 second.
   */
  readonly terminateTimeout?: Duration.Input | undefined
}

/** A child: `start`, then `run`, in a scope of its own. `A` is the value of `start`. */
export interface Child<out A, out R> extends ChildOptions {
  readonly [TypeId]: { readonly kind: "worker"; readonly _R: (_: never) => R; readonly _A: (_: never) => A }
  readonly id: string
  readonly start?: Effect<A, unknown, any> | undefined
  readonly run?: Effect<unknown, unknown, any> | ((started: any) => Effect<unknown, unknown, any>) | undefined
}

/** A supervisor with children in order; may itself be a child of another supervisor. */
export interface Tree<out R> extends ChildOptions, RestartOptions {
  readonly [TypeId]: { readonly kind: "tree"; readonly _R: (_: never) => R }
  readonly id: string
  readonly strategy?: Strategy | undefined
  readonly autoShutdown?: "never" | "any" | "all" | undefined
  readonly children: ReadonlyArray<Spec<any>>
}

/**
 * A supervisor whose children are all made at run time by one template; may itself be a child of another supervisor.
 */
export interface Dynamic<in Input, out R> extends ChildOptions, RestartOptions {
  readonly [TypeId]: { readonly kind: "dynamic"; readonly _R: (_: never) => R }
  readonly id: string
  readonly child: (input: Input) => Child<any, any>
  /** Most children at a time. Default 1,000. */
  readonly max?: number | undefined
  readonly autoShutdown?: "never" | "any" | "all" | undefined
}

/** Anything allowed among the children of a tree. */
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
  /** Number of starts in all. */
  readonly starts: number
  /** The id of the child's fiber. */
  readonly fiber: number | undefined
  /** Why the child last ended by itself. */
  readonly lastCause: Cause.Cause<unknown> | undefined
  /** Snapshot of a child that is a running supervisor. */
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
  /** All specified children. */
  readonly specs: number
  /** Children of which any part runs. */
  readonly active: number
  /** Specified children that are supervisors, and the rest. */
  readonly supervisors: number
  readonly workers: number
}

/**
 * A running supervisor. Operations name children by id, among this supervisor's own children and not those further
 * down.
 */
export interface SupervisorService {
  readonly id: string
  /** Starts one more child, after the others. `AlreadyStarted`, `AlreadyPresent`, `StartFailed`, `InvalidSpec`. */
  readonly startChild: <R>(spec: Spec<R>) => Effect<void, SupervisorError, Exclude<R, Scope>>
  /** Starts one more child of a dynamic supervisor, found anywhere in this tree; succeeds with the child's id. */
  readonly spawn: <Input, R>(dynamic: Dynamic<Input, R>, input: Input) => Effect<string, SupervisorError>
  /**
   * Stops a child, and waits. The specification stays, unless the child is temporary or dynamic. Stopping twice is
   * stopping once.
   */
  readonly terminateChild: (id: string) => Effect<void, SupervisorError>
  /** Starts a stopped child. */
  readonly restartChild: (id: string) => Effect<void, SupervisorError>
  /** Forgets a stopped child. */
  readonly deleteChild: (id: string) => Effect<void, SupervisorError>
  readonly child: (id: string) => Effect<ChildSnapshot, SupervisorError>
  /**
   * Returns the value of `start` for this child, found anywhere in this tree. A restart invalidates the value: get it
   * again.
   */
  readonly get: <A, R>(child: Child<A, R>) => Effect<A, SupervisorError>
  /** Returns a supervisor below this one, by the path of ids. A restart invalidates the result: get it again. */
  readonly supervisor: (...path: ReadonlyArray<string>) => Effect<SupervisorService, SupervisorError>
  readonly countChildren: Effect<ChildCounts>
  readonly snapshot: Effect<SupervisorSnapshot>
  /**
   * Calls the listener for every event of this supervisor and of those below, until the returned function is called.
   */
  readonly subscribe: (listener: (event: SupervisorEvent) => void, onEnd?: () => void) => () => void
  /**
   * Waits until the supervisor has stopped; fails if the supervisor gave up. Interrupting the wait has no effect on the
   * supervisor.
   */
  readonly await: Effect<void, SupervisorError>
  /** Stops the supervisor and its children, in reverse order, and waits. Bounded by the children's graces. */
  readonly stop: Effect<void>
}
