/**
 * The handlers of the conformance tasks: served by every worker of a transport under test.
 *
 * @since 0.1.0
 */
import { RunnerEndpoint } from "@heddle/core/RunnerEndpoint"
import type { HandlerContext, TaskHandlers } from "@heddle/core/TaskRunner"
import type { TaskPool } from "@heddle/core/TaskPool"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Body from "../laws/Body.ts"
import * as streamLaws from "../laws/streams.ts"
import * as cancelTasks from "./cancel.tasks.ts"
import * as captureTasks from "./captures.tasks.ts"
import * as channelTasks from "./channel.tasks.ts"
import * as closeTasks from "./close.tasks.ts"
import * as crashTasks from "./crash.tasks.ts"
import * as hostileTasks from "./hostile.tasks.ts"
import * as nestTasks from "./nest.tasks.ts"
import * as mapTasks from "./map.tasks.ts"
import * as queueTasks from "./queue.tasks.ts"
import { nativeMillis, Saboteur } from "./Saboteur.ts"
import * as scopeTasks from "./scope.tasks.ts"
import * as serviceTasks from "./service.tasks.ts"
import * as sizeTasks from "./size.tasks.ts"
import * as Signal from "./Signal.ts"
import { startOf, type Starts } from "./StartMode.ts"
import * as streamTasks from "./stream.tasks.ts"
import * as Tasks from "./tasks.ts"
import * as timeTasks from "./time.tasks.ts"
import * as wireTasks from "./wire.tasks.ts"

/** The worker of the layer being built. */
const worker: Effect.Effect<RunnerEndpoint["Service"]> = Effect.map(
  Effect.serviceOption(RunnerEndpoint),
  Option.getOrThrow
)

/** By worker, where several workers share the memory of one thread. */
const builds = new WeakMap<object, number>()

const plain = Layer.mergeAll(
  Tasks.Echo.toLayer((value) => Effect.succeed(value)),
  Tasks.Add.toLayer(({ a, b }) => Effect.succeed(a + b)),
  Tasks.Nothing.toLayer(() => Effect.void),
  Tasks.Fail.toLayer(({ value }) => Effect.fail(new Tasks.Refusal({ details: { value, tags: ["a", "b"] } }))),
  Tasks.Die.toLayer(({ inEffect = false, what }) => {
    if (inEffect) return Effect.die(thrown(what))
    throw thrown(what)
  }),
  Tasks.Sleep.toLayer(({ millis, signal }) =>
    Effect.gen(function* () {
      if (signal !== undefined) yield* Signal.add(signal, 0)
      yield* Effect.sleep(millis)
      if (signal !== undefined) yield* Signal.add(signal, 1)
      return millis
    })
  ),
  Tasks.Cleanup.toLayer(({ cleanup, signal, work }) => {
    const count = (word: keyof typeof Tasks.cleanup) =>
      signal === undefined ? Effect.void : Signal.add(signal, Tasks.cleanup[word])
    const finalizer = Effect.gen(function* () {
      yield* count("finalizing")
      yield* Effect.sleep(cleanup)
      yield* count("finalized")
    })
    return count("started").pipe(
      Effect.andThen(Effect.sleep(work)),
      Effect.andThen(count("done")),
      Effect.as("done"),
      Effect.ensuring(finalizer)
    )
  }),
  Tasks.Log.toLayer(({ level, message }) => logs[level](message)),
  Tasks.Gate.toLayer(({ at = 1, signal, value }) => {
    const { arrived, most, open, passed, running } = Tasks.gate
    const enter = Effect.sync(() => {
      Signal.raiseUnsafe(signal, most, Signal.addUnsafe(signal, running))
      // Last: readers waiting for arrivals find the rest written.
      Signal.addUnsafe(signal, arrived)
    })
    return Effect.acquireUseRelease(
      enter,
      () => Effect.andThen(Signal.awaitAtLeast(signal, open, at), Signal.add(signal, passed)),
      () => Signal.add(signal, running, -1)
    ).pipe(Effect.as(value))
  }),
  Tasks.Where.toLayer(
    Effect.gen(function* () {
      const endpoint = yield* worker
      builds.set(endpoint, (builds.get(endpoint) ?? 0) + 1)
      let tasks = 0
      return () =>
        Effect.sync(() => ({
          worker: endpoint.start.workerEpoch,
          builds: builds.get(endpoint) ?? 0,
          tasks: ++tasks
        }))
    })
  ),
  Tasks.Counter.toLayer(
    Effect.sync(() => {
      const counts = new Map<string, number>()
      return ({ name }) =>
        Effect.sync(() => {
          const count = (counts.get(name) ?? 0) + 1
          counts.set(name, count)
          return count
        })
    })
  )
)

const logs = {
  Debug: (message: string) => Effect.logDebug(message),
  Info: (message: string) => Effect.logInfo(message),
  Warn: (message: string) => Effect.logWarning(message),
  Error: (message: string) => Effect.logError(message)
}

const thrown = (what: typeof Tasks.Thrown.Type): unknown => {
  switch (what) {
    case "TypeError":
      return Object.assign(
        new TypeError("not a function, said the test", { cause: new RangeError("the cause") }),
        {
          code: "E_TEST"
        }
      )
    case "null":
      return null
    case "undefined":
      return undefined
    case "string":
      return "a thrown string"
    case "symbol":
      return Symbol("thrown")
    case "function":
      return function thrownFunction() {}
    case "cyclic cause": {
      const error = new Error("cyclic")
      error.cause = error
      return error
    }
    case "throwing message":
      return Object.defineProperty(new Error("hidden"), "message", {
        get() {
          throw new Error("from the getter")
        }
      })
  }
}

// ----------------------------------------------------------------------------
// sabotage
// ----------------------------------------------------------------------------

const answer = 42

type SabotageHandler = (
  payload: typeof Tasks.Sabotage.payload.Type,
  context: HandlerContext
) => Effect.Effect<number>

const sabotage: Effect.Effect<SabotageHandler, never, Saboteur> = Effect.gen(function* () {
  const saboteur = yield* Saboteur
  const endpoint = yield* worker
  const later = (millis: number | undefined, effect: Effect.Effect<void>) =>
    Effect.as(Effect.forkDetach(Effect.andThen(Effect.sleep(millis ?? 1), effect)), answer)
  const perform = ({
    code = 1,
    how,
    message,
    millis
  }: Parameters<SabotageHandler>[0]): Effect.Effect<number> => {
    const error = new Error("thrown by the test")
    switch (how) {
      case "exit":
        return saboteur.exit(code)
      case "exitLater":
        return later(millis, saboteur.exit(code))
      case "throwLater":
        return Effect.andThen(saboteur.throwLater(error), Effect.never)
      case "throwAfter":
        return later(millis, saboteur.throwLater(error))
      case "rejectLater":
        return Effect.andThen(saboteur.rejectLater(error), Effect.never)
      case "rejectAfter":
        return later(millis, saboteur.rejectLater(error))
      case "spin":
        return saboteur.spin
      case "exhaustHeap":
        return saboteur.exhaustHeap
      case "stray":
        return Effect.as(saboteur.stray(message), answer)
      case "post":
        return Effect.andThen(
          Effect.sync(() => endpoint.post(message as Array<unknown>)),
          Effect.never
        )
      case "stderr":
        return Effect.andThen(saboteur.stderr(String(message)), saboteur.exit(code))
    }
  }
  return (payload) => {
    if (payload.signal !== undefined) Signal.addUnsafe(payload.signal, 0)
    return perform(payload)
  }
})

const harmful = Layer.mergeAll(
  Tasks.Sabotage.toLayer(sabotage),
  Tasks.SabotageAgain.toLayer(sabotage),
  Tasks.BlockNative.toLayer(
    Effect.map(Saboteur, (saboteur) => () => Effect.as(saboteur.blockNative, nativeMillis))
  ),
  Tasks.CrashOnce.toLayer(
    Effect.map(Saboteur, (saboteur) => ({ signal }) => {
      const run = Signal.addUnsafe(signal, 0)
      return run === 1 ? saboteur.exit(1) : Effect.succeed(run)
    })
  ),
  Tasks.SpinUntilInterrupted.toLayer(
    Effect.map(
      Saboteur,
      (saboteur) =>
        ({ signal }, context) =>
          Effect.suspend(() => {
            Signal.addUnsafe(signal, 0)
            return Effect.asVoid(
              Effect.andThen(saboteur.spinUntil(context.isInterrupted), Signal.add(signal, 1))
            )
          })
    )
  )
)

const groups = Layer.mergeAll(
  Body.layer,
  streamLaws.layer,
  cancelTasks.layer,
  closeTasks.layer,
  crashTasks.layer,
  hostileTasks.layer,
  mapTasks.layer,
  captureTasks.layer,
  nestTasks.layer,
  channelTasks.layer,
  serviceTasks.layer,
  queueTasks.layer,
  scopeTasks.layer,
  streamTasks.layer,
  sizeTasks.layer,
  timeTasks.layer,
  wireTasks.layer
)

const all: Layer.Layer<never, never, TaskHandlers | TaskPool | Saboteur> = Layer.mergeAll(
  plain,
  harmful,
  groups
)

/**
 * The error of a layer with orders to fail.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoDatabase extends Data.TaggedError("NoDatabase") {
  override readonly message = "no database"
}

/**
 * Serves the conformance tasks in one worker. `starts` may make the layer fail or die, as `Start` says.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (starts?: Starts): Layer.Layer<never, NoDatabase, TaskHandlers | TaskPool | Saboteur> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { start } = yield* worker
      const how = startOf(starts, start.workerEpoch)
      if (how === "buildFails") return yield* Effect.delay(Effect.fail(new NoDatabase()), 100)
      if (how === "buildDies") return yield* Effect.delay(Effect.die(new Error("no database")), 100)
      return all
    })
  )
