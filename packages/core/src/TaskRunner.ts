/**
 * `TaskRunner`: the worker's side of Heddle, on any platform with a `RunnerEndpoint`. Wires only.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Scope from "effect/Scope"
import { TaskHandlers } from "./internal/model/handler.ts"
import { HandlerTable } from "./internal/worker/handlers/handlers.ts"
import { TaskPool } from "./internal/model/pool.ts"
import { NestedCalls } from "./internal/worker/nested/NestedCalls.ts"
import { make as nestedPool } from "./internal/worker/nested/nestedPool.ts"
import { forwarding } from "./internal/worker/logging.ts"
import { warmUp } from "./internal/worker/warmUp.ts"
import { Runner } from "./internal/worker/Runner.ts"
import * as CauseCodec from "./protocol/values/CauseCodec.ts"
import * as Message from "./protocol/messages/Message.ts"
import { RunnerEndpoint } from "./RunnerEndpoint.ts"

export {
  /**
   * The second argument of a handler: `signal` and `isInterrupted()`.
   *
   * @category models
   * @since 0.1.0
   */
  type HandlerContext,
  /**
   * The context as the runner hands it to any handler: for those who wrap handlers.
   *
   * @category models
   * @since 0.2.0
   */
  type RunnerContext,
  /**
   * The registry filled by `Task.toLayer`.
   *
   * @category services
   * @since 0.1.0
   */
  TaskHandlers
} from "./internal/model/handler.ts"

/**
 * Serves tasks until the host asks the worker to stop.
 *
 * The layer is given the registry of handlers, and the pool of this worker, so that handlers may call tasks. Builds
 * `layer` once, announces the served tasks, and runs tasks as fibers. On a stop request, interrupts running tasks,
 * waits for finalizers, closes the layer's scope and completes. If the layer fails, reports the failure to the host and
 * ends the worker.
 *
 * Called by platforms: `NodeRunner.runMain` on Node.
 *
 * @category running
 * @since 0.1.0
 */
export const serve: <ROut, E>(
  layer: Layer.Layer<ROut, E, TaskHandlers | TaskPool>
) => Effect.Effect<void, never, RunnerEndpoint> = Effect.fnUntraced(function* (layer) {
  const endpoint = yield* RunnerEndpoint
  const table = new HandlerTable()
  const scope = yield* Scope.make()
  let runner: Runner | undefined
  const ambient = yield* Effect.context<RunnerEndpoint>()
  const { concurrency, size } = endpoint.start
  const calls = new NestedCalls((call, push, transfer) => runner?.sayOfCall(call, push, transfer), endpoint)
  const context: Context.Context<RunnerEndpoint | TaskHandlers | TaskPool> = ambient.pipe(
    Context.add(TaskHandlers, TaskHandlers.of({ add: (entry) => table.add(entry) })),
    Context.add(TaskPool, nestedPool(calls, size * concurrency)),
    Context.add(References.CurrentLoggers, new Set([forwarding((log) => runner?.log(log))]))
  )
  runner = new Runner(endpoint, table, context, calls)
  endpoint.onServe?.(runner.currentTask)
  const built = yield* Layer.buildWithScope(layer, scope).pipe(Effect.provideContext(context), Effect.exit)
  if (endpoint.start.version !== Message.version) {
    runner.say((frame) => Message.pushStartFailed(frame, "version", []))
  } else if (built._tag === "Failure") {
    const cause = CauseCodec.encode(Cause.fromReasons(built.cause.reasons))
    runner.say((frame) => Message.pushStartFailed(frame, "build", cause))
  } else {
    calls.isServing = true
    endpoint.listen(runner.receive)
    runner.say((frame) => Message.pushReady(frame, table.names))
    if (endpoint.start.isSpare === true) warmUp(endpoint.start, context)
    yield* runner.awaitStop
    yield* runner.shutdown
  }
  yield* Scope.close(scope, Exit.void)
  runner.say(Message.pushStopped)
  endpoint.close()
})
