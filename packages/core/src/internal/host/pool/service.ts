/**
 * A pool as a scoped service: starts the engine, hands out its operations, and closes it with its scope.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { defaults } from "../../model/defaults.ts"
import { resolveSize } from "../../model/lifecycle.ts"
import { type PoolOptions, resolve } from "../../model/options.ts"
import type { PoolService } from "../../model/pool.ts"
import { RunnerEndpoint } from "../../../RunnerEndpoint.ts"
import { PoolClosed, TaskError, TooDeep } from "../../../TaskError.ts"
import { WorkerTransport } from "../../../WorkerTransport.ts"
import { PoolEngine } from "./PoolEngine.ts"
import { forEach } from "../../shared/forEach.ts"
import { hostCaller } from "../admission/hostCaller.ts"
import { broadcast, fork } from "../admission/handle.ts"
import { ownReason } from "../tasks/outcomes.ts"
import { shutdown } from "./shutdown.ts"
import { begin } from "../admission/submission.ts"
import * as Payload from "../../../protocol/values/Payload.ts"

/** Succeeds when the first worker is ready; fails with `SpawnFailed` when it cannot start. */
export const make: (
  options?: PoolOptions
) => Effect.Effect<PoolService, TaskError, WorkerTransport | Scope.Scope> = Effect.fnUntraced(function* (
  options = {}
) {
  const transport = yield* WorkerTransport
  const { level, parallelism } = yield* surroundings(transport)
  const settings = { ...resolve(options, parallelism), level, parallelism }
  const context = yield* Effect.context<WorkerTransport | Scope.Scope>()
  const engine = new PoolEngine(settings, transport, context)
  // Before the start: half-started workers are ended when the wait for the first one is interrupted.
  yield* Effect.addFinalizer(() => shutdown(engine))
  engine.fleet.start()
  yield* awaitOpen(engine)
  return fromEngine(engine)
})

/** Where a pool is made: how deep, and how many processors it may count on. */
interface Surroundings {
  readonly level: number
  readonly parallelism: number
}

/**
 * A pool made inside a worker is one deeper than the pool of that worker, and shares that worker's part of the machine. The
 * context says so to a handler; to plain functions, and at import, the transport does.
 */
const surroundings = ({
  parallelism,
  within
}: WorkerTransport["Service"]): Effect.Effect<Surroundings, TaskError> =>
  Effect.flatMap(Effect.serviceOption(RunnerEndpoint), (endpoint) => {
    const outer = [endpoint._tag === "Some" ? endpoint.value.start : undefined, within?.()]
    const here: Surroundings = outer.reduce<Surroundings>(
      (at, start) =>
        start === undefined
          ? at
          : {
              level: Math.max(at.level, start.level + 1),
              parallelism: Math.min(at.parallelism, start.parallelism)
            },
      { level: 0, parallelism }
    )
    if (here.level <= defaults.poolDepth) return Effect.succeed(here)
    return Effect.fail(
      new TaskError({ reason: new TooDeep({ what: "pools", limit: defaults.poolDepth, chain: [] }) })
    )
  })

const awaitOpen = (engine: PoolEngine): Effect.Effect<void, TaskError> =>
  Effect.callback((resume) => {
    const look = () => {
      if (engine.state === "open") return resume(Effect.void)
      if (engine.state === "failed")
        return resume(Effect.fail(new TaskError({ reason: ownReason(engine.failure!) })))
      engine.whenStateChanges(look)
    }
    look()
  })

/** Never succeeds: it fails with the reason when the pool fails, and with `PoolClosed` when it closes well. */
const awaitFailed = (engine: PoolEngine): Effect.Effect<never, TaskError> =>
  Effect.callback((resume) => {
    let forget: (() => void) | undefined
    const look = () => {
      const isClosed = engine.state === "closing" || engine.state === "closed"
      const reason = engine.failure ?? (isClosed ? new PoolClosed({ state: "closed" }) : undefined)
      if (reason !== undefined) return resume(Effect.fail(new TaskError({ reason: ownReason(reason) })))
      forget = engine.whenStateChanges(look)
    }
    look()
    return Effect.sync(() => forget?.())
  })

const fromEngine = (engine: PoolEngine): PoolService => ({
  begin: (definition, payload, resume) => begin(engine, definition, payload, undefined, resume),
  run: (definition, payload, options) => {
    const effect = Effect.callback<any, any>((resume) => begin(engine, definition, payload, options, resume))
    return definition.policy.span ? Effect.withSpan(effect, definition.name, { kind: "client" }) : effect
  },
  forEach: (definition, inputs, options) => forEach(hostCaller(engine), definition, inputs, options),
  fork: (definition, payload, options) => fork(engine, definition, payload, options),
  broadcast: (definition, payload, options) => broadcast(engine, definition, payload, options),
  drain: Effect.callback((resume) => {
    const forget = engine.lifecycle.whenIdle(() => resume(Effect.void))
    return Effect.sync(forget)
  }),
  resize: (size) => Effect.sync(() => engine.fleet.sizing.resize(resolveSize(size))),
  recycle: Effect.sync(() => engine.fleet.recycle()),
  awaitFailed: awaitFailed(engine),
  snapshot: Effect.sync(() => engine.snapshot()),
  subscribe: (listener, onEnd) => engine.events.subscribe(listener, onEnd),
  get chunksAhead() {
    return 2 * engine.fleet.sizing.bounds.max * engine.settings.concurrency
  },
  drawing: (definition) => Payload.drawing(engine.servedTasks.of(definition).codec, engine.transport),
  chunkSizeOf: (definition) => engine.servedTasks.of(definition).measure.chunkSize(defaults.streamChunkMax),
  get readAhead() {
    const { max } = engine.fleet.sizing.bounds
    return 2 * max * Math.max(engine.settings.concurrency, readAheadPerWorker(engine))
  }
})

/** With shared memory a worker may hold tasks ahead; keeping a few dozen in flight is enough to feed them. */
const readAheadPerWorker = (engine: PoolEngine): number =>
  engine.transport.sharedMemory ? defaults.readAhead : 1
