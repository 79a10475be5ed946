/**
 * The operations on a running supervisor: start, stop, restart, delete and look up children.
 *
 * Receives requests from the handle, hands them to `SupervisorEngine.ts`. Every refusal is typed and changes nothing (S114, S115).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import {
  AlreadyPresent,
  AlreadyStarted,
  InvalidSpec,
  NotFound,
  NotRunning,
  type Reason,
  StartFailed,
  type SupervisorError,
  TooManyChildren,
  WrongState
} from "../../SupervisorError.ts"
import { isActive, isPending } from "../machine/childMachine.ts"
import type { Spec, SupervisorService } from "../model/supervision.ts"
import type { SupervisorEngine } from "./SupervisorEngine.ts"
import { checkChild, type ChildSettings } from "./settings.ts"
import { SupervisedChild } from "./SupervisedChild.ts"

export const administration = (engine: SupervisorEngine): SupervisorService => ({
  id: engine.settings.id,
  startChild: (spec) => startChild(engine, spec),
  spawn: (dynamic, input) =>
    Effect.suspend(() => {
      const home = descend(engine, (below) => (below.settings.spec === dynamic ? below : undefined))
      return home === undefined ? refuse(engine, new NotFound({ child: dynamic.id })) : spawn(home, input)
    }),
  terminateChild: (id) => Effect.flatMap(lookup(engine, id), (child) => terminate(engine, child)),
  restartChild: (id) =>
    startByHand(engine, false, () => {
      const child = engine.find(id)
      if (child === undefined) return new NotFound({ child: id })
      return refusalOfStart(engine) ?? refusalUnlessStopped(engine, child) ?? child
    }),
  deleteChild: (id) =>
    Effect.suspend(() => {
      const child = engine.find(id)
      if (child === undefined) return refuse(engine, new NotFound({ child: id }))
      const refusal = refusalUnlessStopped(engine, child)
      if (refusal !== undefined) return refuse(engine, refusal)
      // Check and drop in one synchronous step. Between two steps another caller could start the child, which would
      // stay although this call reported its deletion.
      engine.drop(child)
      return Effect.void
    }),
  child: (id) =>
    Effect.suspend(() => {
      const child = engine.find(id)
      return child === undefined
        ? refuse(engine, new NotFound({ child: id }))
        : Effect.succeed(child.snapshot())
    }),
  get: (spec) =>
    Effect.suspend(() => {
      const child = descend(engine, (below) => below.children.find((one) => one.settings.spec === spec))
      if (child === undefined) return refuse(engine, new NotFound({ child: spec.id }))
      if (child.state === "running") return Effect.succeed(child.value as never)
      return refuse(engine, new WrongState({ child: child.id, state: stateOf(engine, child) }))
    }),
  supervisor: (...path) => Effect.suspend(() => find(engine, path)),
  countChildren: Effect.sync(() => engine.counts()),
  snapshot: Effect.sync(() => engine.snapshot()),
  subscribe: (listener, onEnd) => engine.subscribe(listener, onEnd),
  await: engine.end,
  stop: engine.stop
})

const refuse = (engine: SupervisorEngine, reason: Reason): Effect.Effect<never, SupervisorError> =>
  Effect.fail(engine.error(reason))

const lookup = (engine: SupervisorEngine, id: string): Effect.Effect<SupervisedChild, SupervisorError> =>
  Effect.suspend(() => {
    const child = engine.find(id)
    return child === undefined ? refuse(engine, new NotFound({ child: id })) : Effect.succeed(child)
  })

/** Returns the first result of `look` on this supervisor, then on those below, in start order. */
const descend = <A>(
  engine: SupervisorEngine,
  look: (engine: SupervisorEngine) => A | undefined
): A | undefined => {
  const here = look(engine)
  if (here !== undefined) return here
  for (const child of engine.children) {
    const nested = engine.nestedIn(child)
    const below = nested === undefined ? undefined : descend(nested, look)
    if (below !== undefined) return below
  }
  return undefined
}

const find = (
  engine: SupervisorEngine,
  path: ReadonlyArray<string>
): Effect.Effect<SupervisorService, SupervisorError> => {
  const [id, ...rest] = path
  if (id === undefined) return Effect.succeed(administration(engine))
  const child = engine.find(id)
  const nested = child === undefined ? undefined : engine.nestedIn(child)
  return nested === undefined ? refuse(engine, new NotFound({ child: id })) : find(nested, rest)
}

const stateOf = (engine: SupervisorEngine, child: SupervisedChild): "running" | "restarting" | "stopped" => {
  const isInRound = child.state !== "running" && engine.roundOf(child) !== undefined
  if (isInRound || isPending(child.state)) return "restarting"
  return isActive(child.state) ? "running" : "stopped"
}

const refusalOfStart = (engine: SupervisorEngine): Reason | undefined =>
  engine.state === "running" ? undefined : new NotRunning({ state: engine.state })

const refusalUnlessStopped = (engine: SupervisorEngine, child: SupervisedChild): Reason | undefined => {
  const state = stateOf(engine, child)
  return state === "stopped" ? undefined : new WrongState({ child: child.id, state })
}

const refusalOfNew = (engine: SupervisorEngine, id: string): Reason | undefined => {
  const child = engine.find(id)
  if (child === undefined) {
    const { max } = engine.settings
    return engine.children.length < max ? undefined : new TooManyChildren({ max })
  }
  return child.state === "stopped" ? new AlreadyPresent({ child: id }) : new AlreadyStarted({ child: id })
}

/**
 * Starts a child by hand. A child whose start fails is not restarted; the caller gets the failure.
 *
 * `look` returns the child, or the reason for a refusal, or `undefined` to wait for `later`. The child starts in the
 * same synchronous step as the look-up: a fiber may be preempted anywhere else, and another caller might come first.
 */
const startByHand = (
  engine: SupervisorEngine,
  isNew: boolean,
  look: () => SupervisedChild | Reason | undefined,
  later: () => Effect.Effect<void, SupervisorError> = () => Effect.void
): Effect.Effect<void, SupervisorError> =>
  Effect.uninterruptibleMask((restore) => {
    const child = look()
    if (child === undefined) return restore(Effect.suspend(later))
    if (!(child instanceof SupervisedChild)) return refuse(engine, child)
    engine.asked.add(child)
    child.step("start")
    return restore(attempt(engine, child)).pipe(
      // The caller was interrupted, so stop the child again.
      Effect.onInterrupt(() => withdraw(engine, child, isNew)),
      Effect.ensuring(Effect.sync(() => engine.asked.delete(child))),
      Effect.andThen(Effect.suspend(() => answer(engine, child, isNew)))
    )
  })

const answer = (
  engine: SupervisorEngine,
  child: SupervisedChild,
  isNew: boolean
): Effect.Effect<void, SupervisorError> => {
  if (child.hasStarted) return Effect.void
  const cause = child.startFailure
  if (isNew) engine.drop(child)
  if (cause !== undefined) return refuse(engine, new StartFailed({ child: child.id, cause }))
  return refuse(engine, refusalOfStart(engine) ?? new WrongState({ child: child.id, state: "stopped" }))
}

/**
 * Completes when the child has started, or will not start. A sibling's restart may take over the start; then wait for
 * that restart.
 */
const attempt = (engine: SupervisorEngine, child: SupervisedChild): Effect.Effect<void> =>
  Effect.flatMap(child.settled, () => {
    const round = child.hasStarted || child.startFailure !== undefined ? undefined : engine.roundOf(child)
    return round?.fiber === undefined
      ? Effect.void
      : Effect.flatMap(Fiber.await(round.fiber), () => attempt(engine, child))
  })

const withdraw = (engine: SupervisorEngine, child: SupervisedChild, forget: boolean): Effect.Effect<void> =>
  // In one synchronous step: a restart beginning between the two would hold the child, and start it again after the
  // stop.
  Effect.map(
    child.stopAfter(() => engine.exclude(child)),
    () => {
      if (forget) engine.drop(child)
    }
  )

/**
 * Adds a child. Where siblings are replaced together, waits for restarts under way, so that the new child starts last.
 */
const add = (engine: SupervisorEngine, settings: ChildSettings): Effect.Effect<void, SupervisorError> =>
  Effect.flatMap(engine.awaitQuiet(), () =>
    startByHand(
      engine,
      true,
      () =>
        // Another restart may have begun right after the last one ended.
        engine.isQuiet
          ? (refusalOfStart(engine) ?? refusalOfNew(engine, settings.id) ?? engine.add(settings))
          : undefined,
      () => add(engine, settings)
    )
  )

const startChild = <R>(engine: SupervisorEngine, spec: Spec<R>): Effect.Effect<void, SupervisorError, any> =>
  Effect.gen(function* () {
    if (engine.isDynamic) {
      const problem = "this supervisor is dynamic: it starts children by spawn"
      return yield* refuse(engine, new InvalidSpec({ field: "child", problem }))
    }
    const context = yield* Effect.context<any>()
    yield* add(engine, yield* checkChild(spec, engine.path, engine.settings, context))
  })

const spawn = (engine: SupervisorEngine, input: unknown): Effect.Effect<string, SupervisorError> =>
  Effect.gen(function* () {
    const { context, template } = engine.settings
    const settings = yield* checkChild(template!(input), engine.path, engine.settings, context)
    yield* add(engine, settings)
    return settings.id
  })

const terminate = (engine: SupervisorEngine, child: SupervisedChild): Effect.Effect<void> =>
  withdraw(engine, child, engine.isDynamic || child.settings.restart === "temporary")
