/**
 * A pool as a scoped service: starts the engine, offers its operations, and closes the engine with the scope.
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
import { streamCaller } from "../admission/streamCaller.ts"
import { openStream } from "../../shared/stream/openStream.ts"
import { reserve } from "../admission/reserve.ts"
import { servicePorts } from "../services/calls.ts"
import { start as startService } from "../services/lives.ts"
import { ownReason } from "../tasks/outcomes.ts"
import { shutdown } from "./shutdown.ts"
import { begin, run } from "../admission/submission.ts"

/** Succeeds when the first worker is ready; fails with `SpawnFailed` when no worker can start. */
export const make = (
  options: PoolOptions = {}
): Effect.Effect<PoolService, TaskError, WorkerTransport | Scope.Scope> =>
  Effect.map(open(options), fromEngine)

/** Opens an engine, and closes it with the scope. `prepare`: called before the first worker starts. */
export const open = Effect.fnUntraced(function* (
  options: PoolOptions,
  prepare: (engine: PoolEngine) => void = () => {}
): Effect.fn.Return<PoolEngine, TaskError, WorkerTransport | Scope.Scope> {
  const transport = yield* WorkerTransport
  const { level, parallelism } = yield* surroundings(transport)
  const settings = { ...resolve(options, parallelism), level, parallelism }
  const context = yield* Effect.context<WorkerTransport | Scope.Scope>()
  const engine: PoolEngine = new PoolEngine(
    settings,
    transport,
    context,
    servicePorts(() => engine)
  )
  prepare(engine)
  // Add the finalizer before the start: interrupting the wait for the first worker must end half-started workers.
  yield* Effect.addFinalizer(() => shutdown(engine))
  engine.fleet.start()
  yield* awaitOpen(engine)
  return engine
})

/** The surroundings of a new pool: how deep pools are nested there, and how many processors are available. */
interface Surroundings {
  readonly level: number
  readonly parallelism: number
}

/**
 * Finds the surroundings. A pool made inside a worker is nested deeper by 1 than the worker's own pool, and shares the
 * worker's part of the machine. A handler learns both from its context; plain functions, and code at import, learn them from
 * the transport.
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

/** Never succeeds. Fails with the pool's reason when the pool fails, and with `PoolClosed` when the pool closes well. */
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

const fromEngine = (engine: PoolEngine): PoolService => {
  const caller = hostCaller(engine)
  const streams = streamCaller(engine)
  return {
    begin: (definition, payload, resume) => begin(engine, definition, payload, undefined, resume),
    run: (definition, payload, options) => run(engine, definition, payload, options),
    forEach: (definition, inputs, options) => forEach(caller, definition, inputs, options),
    openStream: (definition, payload, send, options) =>
      openStream(streams, "host", definition, payload, send, options),
    fork: (definition, payload, options) => fork(engine, definition, payload, options),
    broadcast: (definition, payload, options) => broadcast(engine, definition, payload, options),
    reserve: (options) => reserve(engine, options),
    startService: (definition, payload, options) => startService(engine, definition, payload, options),
    drain: Effect.callback((resume) => {
      const forget = engine.lifecycle.whenIdle(() => resume(Effect.void))
      return Effect.sync(forget)
    }),
    resize: (size) => Effect.sync(() => engine.fleet.sizing.resize(resolveSize(size))),
    recycle: Effect.sync(() => engine.fleet.recycle()),
    awaitFailed: awaitFailed(engine),
    snapshot: Effect.sync(() => engine.snapshot()),
    makeChannel: (settings) =>
      Effect.sync(() => (engine.isStaffed() ? engine.channels.make(settings) : undefined)),
    makePipe: (settings) =>
      Effect.sync(() => (engine.isStaffed() ? engine.channels.makePair(settings) : undefined)),
    subscribe: (listener, onEnd) => engine.events.subscribe(listener, onEnd),
    get chunksAhead() {
      return caller.width
    },
    drawing: caller.drawing,
    chunkSizeOf: (definition) => caller.chunkSize(definition, defaults.streamChunkMax),
    get readAhead() {
      const { max } = engine.fleet.sizing.bounds
      return 2 * max * Math.max(engine.settings.concurrency, readAheadPerWorker(engine))
    }
  }
}

/** With shared memory, workers may hold tasks ahead of running them; a few dozen in flight suffice to keep them busy. */
const readAheadPerWorker = (engine: PoolEngine): number =>
  engine.transport.sharedMemory ? defaults.readAhead : 1
