/**
 * `Supervisor`: starts children in order, restarts ended children, gives up when restarts do not help, and stops
 * children in reverse order. OTP's supervisor, for Effects.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import type * as Schedule from "effect/Schedule"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import { own } from "./internal/model/own.ts"
import { administration } from "./internal/supervisor/administration.ts"
import { makeEngine } from "./internal/supervisor/SupervisorEngine.ts"
import { renderTree } from "./internal/supervisor/render.ts"
import { checkRoot, defaultBackoff } from "./internal/supervisor/settings.ts"
import {
  type Child,
  type ChildOptions,
  type Dynamic,
  type RestartOptions,
  type Spec,
  type Strategy,
  type SupervisorService,
  type SupervisorSnapshot,
  type Tree,
  TypeId
} from "./internal/model/supervision.ts"
import { supervisorDefaults } from "./internal/model/supervisorDefaults.ts"
import type { SupervisorError } from "./SupervisorError.ts"
import type { SupervisorEvent } from "./SupervisorEvent.ts"

export type {
  /**
   * @category models
   * @since 0.1.0
   */
  Child,
  /**
   * @category models
   * @since 0.1.0
   */
  ChildCounts,
  /**
   * @category models
   * @since 0.1.0
   */
  ChildOptions,
  /**
   * @category models
   * @since 0.1.0
   */
  ChildSnapshot,
  /**
   * @category models
   * @since 0.1.0
   */
  Dynamic,
  /**
   * @category models
   * @since 0.1.0
   */
  RestartOptions,
  /**
   * @category models
   * @since 0.1.0
   */
  Spec,
  /**
   * @category models
   * @since 0.1.0
   */
  SupervisorService,
  /**
   * @category models
   * @since 0.1.0
   */
  SupervisorSnapshot,
  /**
   * @category models
   * @since 0.1.0
   */
  Tree
} from "./internal/model/supervision.ts"

/** The services required by a specification, to be provided to `make`. */
type Requirements<S> = S extends Spec<infer R> ? R : never

/**
 * Specifies a child, as data. A child runs in a scope of its own, which closes when the child ends, for any reason.
 *
 * - `start` brings the child up. When `start` succeeds, the child has started, and the next child's turn comes.
 * - `run` is the child's main program; it receives the value of `start`. When `run` ends, the child has ended.
 * - A program has a `run` alone, and counts as started at once.
 * - A resource has a `start` alone, and stays until it is stopped. If the resource can fail by itself, give it a `run`
 *   that waits for the failure, so that the supervisor restarts the child.
 *
 * A child's errors and defects do not reach your code. They are the reason of a restart, and appear in the events and
 * in the final `SupervisorError`.
 *
 * **Example** (A resource, and a program)
 *
 * ```ts
 * import { Supervisor } from "@heddle/core"
 * import { Effect } from "effect"
 *
 * const connect = Effect.acquireRelease(Effect.succeed({ closed: Effect.never }), () => Effect.void)
 *
 * const Database = Supervisor.child({ id: "database", start: connect, run: (connection) => connection.closed })
 * const Poller = Supervisor.child({
 *   id: "poller",
 *   run: Effect.forever(Effect.sleep("1 minute")),
 *   shutdown: "2 seconds"
 * })
 * console.log(Database.id, Poller.id) // => database poller
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const child: {
  <Start extends Effect.Effect<any, any, any>, Run extends Effect.Effect<any, any, any> = never>(
    options: ChildOptions & {
      readonly id: string
      readonly start: Start
      readonly run?: ((started: Effect.Success<Start>) => Run) | undefined
    }
  ): Child<Effect.Success<Start>, Exclude<Effect.Services<Start> | Effect.Services<Run>, Scope>>
  <Run extends Effect.Effect<any, any, any>>(
    options: ChildOptions & { readonly id: string; readonly run: Run }
  ): Child<void, Exclude<Effect.Services<Run>, Scope>>
} = (options: object): Child<any, any> => brand("worker", options)

/**
 * Specifies a supervisor and its children, in start order, as data. A tree may itself be a child of another tree.
 *
 * **Example** (A tree, made, looked at, and stopped)
 *
 * ```ts
 * import { Supervisor } from "@heddle/core"
 * import { Effect } from "effect"
 *
 * const App = Supervisor.tree({
 *   id: "app",
 *   strategy: "restForOne",
 *   children: [
 *     Supervisor.child({ id: "database", start: Effect.succeed("a connection") }),
 *     Supervisor.tree({
 *       id: "web",
 *       strategy: "oneForAll",
 *       children: [
 *         Supervisor.child({ id: "cache", run: Effect.never }),
 *         Supervisor.child({ id: "server", run: Effect.never, restart: "transient" })
 *       ]
 *     })
 *   ]
 * })
 *
 * const program = Effect.gen(function* () {
 *   const app = yield* Supervisor.make(App)
 *   for (const line of Supervisor.render(yield* app.snapshot).split("\n")) console.log(line)
 * })
 * await Effect.runPromise(Effect.scoped(program))
 * // => app  restForOne, running, restarts 0 of 5 in 10 s
 * // => ├─ database  running
 * // => └─ web  oneForAll, running, restarts 0 of 5 in 10 s
 * // =>    ├─ cache  running
 * // =>    └─ server  running, transient
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const tree = <const Children extends ReadonlyArray<Spec<any>>>(
  options: ChildOptions &
    RestartOptions & {
      readonly id: string
      readonly children: Children
      /** Default `oneForOne`. */
      readonly strategy?: Strategy | undefined
      /**
       * Whether the supervisor stops when significant children have ended for good: after `any` of them, or after
       * `all`. Stopping a child by hand never counts. Default `never`.
       */
      readonly autoShutdown?: "never" | "any" | "all" | undefined
    }
): Tree<Requirements<Children[number]>> => brand("tree", options)

/**
 * Specifies a supervisor whose children are made at run time by a template: OTP's `simple_one_for_one`. The supervisor
 * starts without children; `spawn` adds a child. A child that ended for good is forgotten. Children stop together,
 * because they are independent.
 *
 * **Example** (A session per user)
 *
 * ```ts
 * import { Supervisor } from "@heddle/core"
 * import { Effect } from "effect"
 *
 * const Sessions = Supervisor.dynamic({
 *   id: "sessions",
 *   max: 2,
 *   child: (user: string) => Supervisor.child({ id: user, run: Effect.never, restart: "temporary" })
 * })
 *
 * const program = Effect.gen(function* () {
 *   const sessions = yield* Supervisor.make(Sessions)
 *   console.log(yield* sessions.spawn(Sessions, "ada"))
 *   yield* sessions.spawn(Sessions, "grace")
 *   console.log((yield* Effect.flip(sessions.spawn(Sessions, "alan"))).message)
 * })
 * await Effect.runPromise(Effect.scoped(program))
 * // => ada
 * // => sessions: there are 2 children, the most allowed
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const dynamic = <Input, Made extends Child<any, any>>(
  options: ChildOptions &
    RestartOptions & {
      readonly id: string
      /** The child's id must differ from the ids of all current children. */
      readonly child: (input: Input) => Made
      /** Most children at a time. Default 1,000. */
      readonly max?: number | undefined
      /** As for `tree`. */
      readonly autoShutdown?: "never" | "any" | "all" | undefined
    }
): Dynamic<Input, Requirements<Made>> => brand("dynamic", options)

const brand = <A>(kind: "worker" | "tree" | "dynamic", options: object): A =>
  Object.assign(own(options), { [TypeId]: { kind } }) as A

/**
 * Starts a supervisor; succeeds when every child has started. When a child fails to start, the children before it are
 * stopped in reverse order, and the reason is `StartFailed`. Closing the scope stops the supervisor (G2).
 *
 * **Gotchas**
 *
 * A supervisor that gives up stops its children, and reports the failure only through `await`. Use {@link run} if no
 * other code calls `await`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <R>(
  spec: Tree<R> | Dynamic<never, R>
): Effect.Effect<SupervisorService, SupervisorError, Scope | R> =>
  Effect.gen(function* () {
    const context = yield* Effect.context<R>()
    const settings = yield* checkRoot(spec, context)
    return administration(yield* makeEngine(settings, undefined))
  })

/**
 * Starts a supervisor and waits for its end. Succeeds when a significant child shuts the supervisor down; fails when
 * the supervisor gives up (G11). Interrupting stops the supervisor and waits for the stop.
 *
 * **Example** (What does not get well comes to an end)
 *
 * ```ts
 * import { Supervisor } from "@heddle/core"
 * import { Effect } from "effect"
 *
 * const App = Supervisor.tree({
 *   id: "app",
 *   intensity: 2,
 *   backoff: "none",
 *   children: [Supervisor.child({ id: "poller", run: Effect.fail("no route to host") })]
 * })
 * const error = await Effect.runPromise(Effect.flip(Supervisor.run(App)))
 * console.log(error.message)
 * // => app: more than 2 restarts within 10000 ms; last: child "poller": no route to host
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const run = <R>(spec: Tree<R> | Dynamic<never, R>): Effect.Effect<void, SupervisorError, R> =>
  Effect.scoped(Effect.flatMap(make(spec), (supervisor) => supervisor.await)) as Effect.Effect<
    void,
    SupervisorError,
    R
  >

/**
 * A supervisor as a service: `class App extends Supervisor.Service<App>()("app/Supervisor") {}`, then
 * `App.layer(tree)`, and `yield* App` wherever children are started, stopped or looked up.
 *
 * @category services
 * @since 0.1.0
 */
export const Service =
  <Self>() =>
  <const Id extends string>(id: Id) => {
    const tag = Context.Service<Self, SupervisorService>()(id)
    return Object.assign(tag, {
      layer: <R>(spec: Tree<R> | Dynamic<never, R>): Layer.Layer<Self, SupervisorError, Exclude<R, Scope>> =>
        Layer.effect(tag, make(spec))
    })
  }

/**
 * The default back-off: the first restart at once, then after 50 ms, doubling up to 2 s, each up to a fifth shorter or
 * longer.
 *
 * @category restarts
 * @since 0.1.0
 */
export const backoff: Schedule.Schedule<unknown, Cause.Cause<unknown>> = defaultBackoff

/**
 * All events of a tree from now on, until the tree has stopped. A slow reader loses the oldest events, and never slows
 * the tree. Use `subscribe` to receive every event.
 *
 * @category observability
 * @since 0.1.0
 */
export const events = (supervisor: SupervisorService): Stream.Stream<SupervisorEvent> =>
  Stream.callback<SupervisorEvent>(
    (queue) =>
      Effect.acquireRelease(
        Effect.sync(() =>
          supervisor.subscribe(
            (event) => Queue.offerUnsafe(queue, event),
            () => Queue.endUnsafe(queue)
          )
        ),
        (unsubscribe) => Effect.sync(unsubscribe)
      ),
    { bufferSize: supervisorDefaults.eventBuffer, strategy: "sliding" }
  )

/**
 * Renders a tree as text: one line per child, with its state and restarts, and with the id of its fiber if `fibers` is
 * set.
 *
 * @category observability
 * @since 0.1.0
 */
export const render = (
  snapshot: SupervisorSnapshot,
  options?: { readonly fibers?: boolean | undefined }
): string => renderTree(snapshot, options?.fibers ?? false)
