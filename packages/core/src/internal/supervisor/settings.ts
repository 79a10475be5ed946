/**
 * Resolves specifications to settings with every default filled in. Rejects every mistake before any child starts.
 *
 * Receives specs from `Supervisor.ts`, hands settings to `SupervisorEngine.ts`.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { Scope } from "effect/Scope"
import { InvalidOption } from "../../InvalidOption.ts"
import { InvalidSpec, SupervisorError } from "../../SupervisorError.ts"
import type { AutoShutdown, RestartType, Strategy } from "../machine/restart.ts"
import { checkKeys, oneOf, toMillis, unexpected } from "../model/options.ts"
import { type Child, type Dynamic, type Spec, type Tree, TypeId } from "../model/supervision.ts"
import { supervisorDefaults as defaults } from "../model/supervisorDefaults.ts"

/** Times in milliseconds. */
export interface ChildSettings {
  readonly id: string
  /** The user's own specification object; `get` finds a child by its identity. */
  readonly spec: Spec<any>
  readonly restart: RestartType
  readonly significant: boolean
  readonly grace: number
  readonly isBrutal: boolean
  readonly body: ChildProgram | SupervisorSettings
}

/** The program of a child that is no supervisor. */
export interface ChildProgram {
  readonly _tag: "ChildProgram"
  readonly start: Effect.Effect<unknown, unknown, Scope>
  readonly run: (started: unknown) => Effect.Effect<unknown, unknown, Scope>
}

export interface SupervisorSettings {
  readonly _tag: "Supervisor"
  readonly id: string
  readonly spec: Tree<any> | Dynamic<never, any>
  readonly strategy: Strategy
  readonly autoShutdown: AutoShutdown
  readonly intensity: number
  readonly period: number
  readonly backoff: Schedule.Schedule<unknown, Cause.Cause<unknown>> | undefined
  readonly terminateTimeout: number
  readonly max: number
  readonly children: ReadonlyArray<ChildSettings>
  /** Makes children at run time. */
  readonly template: ((input: any) => Child<any, any>) | undefined
  readonly context: Context.Context<any>
}

/** The first restart at once, then doubling delays with jitter. */
export const defaultBackoff: Schedule.Schedule<unknown> = Schedule.concat(
  Schedule.recurs(1),
  Schedule.min([
    Schedule.exponential(defaults.backoff.base, defaults.backoff.factor),
    Schedule.spaced(defaults.backoff.cap)
  ]).pipe(Schedule.jittered)
)

const childKeys = [TypeId, "restart", "shutdown", "significant"]
const bodyKeys = ["id", "start", "run", ...childKeys]
const restartKeys = ["intensity", "period", "backoff", "terminateTimeout", "autoShutdown"]
const treeKeys = ["id", "strategy", "children", ...childKeys, ...restartKeys]
const dynamicKeys = ["id", "child", "max", ...childKeys, ...restartKeys]

const integer = (field: string, value: number, min: number): number => {
  if (!Number.isInteger(value) || value < min) throw unexpected(field, `an integer of ${min} or more`, value)
  return value
}

const positive = (field: string, value: number): number => {
  if (!(value > 0 && value < Infinity))
    throw new InvalidOption(field, "expected a finite duration of more than zero")
  return value
}

const finite = (field: string, value: number): number => {
  if (value === Infinity) throw new InvalidOption(field, "must be finite: it is what bounds a stop")
  return value
}

const idOf = (field: string, id: unknown): string => {
  if (typeof id !== "string" || id === "" || id.includes("/"))
    throw new InvalidOption(field, "expected a name without slashes")
  return id
}

const isSpec = (u: unknown): u is Spec<any> => typeof u === "object" && u !== null && TypeId in u

/** `autoShutdown` is the parent's setting. */
export const resolveChild = (
  spec: Spec<any>,
  at: string,
  autoShutdown: AutoShutdown,
  context: Context.Context<any>
): ChildSettings => {
  if (!isSpec(spec))
    throw new InvalidOption(at, "expected Supervisor.child(…), Supervisor.tree(…) or Supervisor.dynamic(…)")
  const field = (name: string) => `${at}.${name}`
  const isWorker = spec[TypeId].kind === "worker"
  const restart = oneOf<RestartType>(field("restart"), spec.restart ?? defaults.restart, [
    "permanent",
    "transient",
    "temporary"
  ])
  const significant = spec.significant ?? false
  if (typeof significant !== "boolean") throw new InvalidOption(field("significant"), "expected a boolean")
  if (significant && restart === "permanent")
    throw new InvalidOption(field("significant"), "a permanent child never ends for good")
  if (significant && autoShutdown === "never")
    throw new InvalidOption(field("significant"), 'has no meaning while autoShutdown is "never"')
  const shutdown = spec.shutdown ?? (isWorker ? defaults.shutdown : "infinity")
  return {
    id: idOf(field("id"), spec.id),
    spec,
    restart,
    significant,
    grace: shutdown === "brutal" ? 0 : toMillis(field("shutdown"), shutdown),
    isBrutal: shutdown === "brutal",
    body: isWorker
      ? resolveBody(spec as Child<any, any>, field, context)
      : resolveSupervisor(spec as Tree<any>, `${at}.`, context)
  }
}

const resolveBody = (
  spec: Child<any, any>,
  field: (name: string) => string,
  context: Context.Context<any>
): ChildProgram => {
  checkKeys(spec, bodyKeys, field(""))
  const { run, start } = spec
  if (start === undefined && run === undefined)
    throw new InvalidOption(field("run"), "a child needs a start, a run, or both")
  if (start !== undefined && !Effect.isEffect(start))
    throw new InvalidOption(field("start"), "expected an Effect")
  if (run !== undefined && !Effect.isEffect(run) && typeof run !== "function")
    throw new InvalidOption(field("run"), "expected an Effect, or a function that gives one")
  const provide = <A, E>(effect: Effect.Effect<A, E, any>): Effect.Effect<A, E, Scope> =>
    // The services given to the specification win over the supervisor's own context, except for the scope.
    Effect.updateContext(effect, (own: Context.Context<Scope>) =>
      Context.add(Context.merge(own, context), Scope, Context.get(own, Scope))
    )
  return {
    _tag: "ChildProgram",
    start: provide(start ?? Effect.void),
    run:
      run === undefined
        ? () => Effect.never
        : (started) => provide(typeof run === "function" ? run(started) : run)
  }
}

const resolveSupervisor = (
  spec: Tree<any> | Dynamic<never, any>,
  prefix: string,
  context: Context.Context<any>
): SupervisorSettings => {
  const field = (name: string) => `${prefix}${name}`
  const isDynamic = spec[TypeId].kind === "dynamic"
  checkKeys(spec, isDynamic ? dynamicKeys : treeKeys, prefix)
  const autoShutdown = oneOf<AutoShutdown>(
    field("autoShutdown"),
    spec.autoShutdown ?? defaults.autoShutdown,
    ["never", "any", "all"]
  )
  const backoff = spec.backoff ?? defaultBackoff
  if (backoff !== "none" && !Schedule.isSchedule(backoff))
    throw new InvalidOption(field("backoff"), 'expected a Schedule or "none"')
  return {
    _tag: "Supervisor",
    id: idOf(field("id"), spec.id),
    spec,
    strategy: isDynamic
      ? "simpleOneForOne"
      : oneOf<Strategy>(field("strategy"), (spec as Tree<any>).strategy ?? defaults.strategy, [
          "oneForOne",
          "oneForAll",
          "restForOne"
        ]),
    autoShutdown,
    intensity: integer(field("intensity"), spec.intensity ?? defaults.intensity, 0),
    period: positive(field("period"), toMillis(field("period"), spec.period ?? defaults.period)),
    backoff: backoff === "none" ? undefined : backoff,
    terminateTimeout: finite(
      field("terminateTimeout"),
      toMillis(field("terminateTimeout"), spec.terminateTimeout ?? defaults.terminateTimeout)
    ),
    max: isDynamic ? integer(field("max"), (spec as Dynamic<never, any>).max ?? defaults.max, 1) : Infinity,
    children: isDynamic ? [] : resolveChildren((spec as Tree<any>).children, prefix, autoShutdown, context),
    template: isDynamic ? template(spec as Dynamic<never, any>, field("child")) : undefined,
    context
  }
}

const template = (spec: Dynamic<never, any>, field: string): SupervisorSettings["template"] => {
  if (typeof spec.child !== "function") throw new InvalidOption(field, "expected a function")
  return spec.child as (input: any) => Child<any, any>
}

const resolveChildren = (
  specs: ReadonlyArray<Spec<any>>,
  prefix: string,
  autoShutdown: AutoShutdown,
  context: Context.Context<any>
): ReadonlyArray<ChildSettings> => {
  if (!Array.isArray(specs)) throw new InvalidOption(`${prefix}children`, "expected a list")
  const seen = new Set<string>()
  return specs.map((spec: Spec<any>, index) => {
    const at = `${prefix}children[${index}]`
    const child = resolveChild(spec, at, autoShutdown, context)
    if (seen.has(child.id)) throw new InvalidOption(`${at}.id`, `"${child.id}" stands there twice`)
    seen.add(child.id)
    return child
  })
}

/** Turns an `InvalidOption` into a typed error with the field's name (S116). */
const checked = <A>(supervisor: string, resolve: () => A): Effect.Effect<A, SupervisorError> =>
  Effect.suspend(() =>
    Effect.fromResult(
      Result.try({
        try: resolve,
        catch: (error) => {
          if (!(error instanceof InvalidOption)) throw error
          const problem = error.message.slice(error.option.length + 2)
          return new SupervisorError({
            supervisor,
            reason: new InvalidSpec({ field: error.option, problem })
          })
        }
      })
    )
  )

export const checkRoot = (
  spec: Spec<any>,
  context: Context.Context<any>
): Effect.Effect<SupervisorSettings, SupervisorError> =>
  checked(isSpec(spec) ? spec.id : "supervisor", () => {
    if (!isSpec(spec) || spec[TypeId].kind === "worker")
      throw new InvalidOption("tree", "expected Supervisor.tree(…) or Supervisor.dynamic(…)")
    return resolveSupervisor(spec as Tree<any> | Dynamic<never, any>, "", context)
  })

/** Resolves a child started at run time. */
export const checkChild = (
  spec: Spec<any>,
  supervisor: string,
  settings: SupervisorSettings,
  context: Context.Context<any>
): Effect.Effect<ChildSettings, SupervisorError> =>
  checked(supervisor, () => resolveChild(spec, "child", settings.autoShutdown, context))
