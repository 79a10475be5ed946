/**
 * `NodeRunner`: the worker's side of `NodeThreads` and of `NodeProcesses`.
 *
 * Imports are by subpath, since imports are most of the start-up time of a worker.
 *
 * @since 0.1.0
 */
import { availableParallelism } from "node:os"
import { isMainThread, type Transferable, workerData } from "node:worker_threads"
import { RunnerEndpoint } from "@heddle/core/RunnerEndpoint"
import type { Frame, Start } from "@heddle/core/protocol/messages/Message"
import type { TaskPool } from "@heddle/core/TaskPool"
import * as TaskRunner from "@heddle/core/TaskRunner"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Scheduler from "effect/Scheduler"
import { attribution } from "./internal/attribution.ts"
import { type ThreadBoot, takeThreadBoot } from "./internal/boot.ts"
import { importModule } from "./internal/builtSibling.ts"
import { isExotic } from "./internal/exotic.ts"
import * as Doorbell from "./internal/doorbell.ts"
import { confine } from "./internal/confined.ts"
import * as Realm from "./internal/memory/realm.ts"
import * as SpinThenPark from "./internal/spinThenPark.ts"
import { takeProcessBoot } from "./internal/processBoot.ts"
import * as nesting from "./internal/nesting.ts"
import { writeThroughInThread } from "./internal/writeThrough.ts"
import { toEndpoint as toProcessEndpoint } from "./internal/processEndpoint.ts"

/**
 * Serves the tasks of a layer from this thread or process until the host asks it to stop.
 *
 * **Details**
 *
 * Builds the layer once. When the host asks this worker to stop, the layer's scope closes and then the worker ends, no
 * matter which timers or handles are open. Throws where the file does not run as a worker of `NodeThreads` or
 * `NodeProcesses`.
 *
 * @category running
 * @since 0.1.0
 */
export const runMain = <ROut, E>(layer: Layer.Layer<ROut, E, TaskRunner.TaskHandlers | TaskPool>): void => {
  const isHere = isMainThread ? withProcessEndpoint(serve(layer)) : withThreadEndpoint(serve(layer))
  if (isHere) return
  throw new Error(
    "NodeRunner.runMain: this is no worker of Heddle, or it was called twice. " +
      "Do not run or import this file: pass it to NodeThreads.layer or NodeProcesses.layer, " +
      "as { entry: new URL(…, import.meta.url) }."
  )
}

/**
 * Returns whether this code runs in a worker of `NodeThreads` or `NodeProcesses`, or in a thread that such a worker started.
 *
 * **When to use**
 *
 * Guard a file that is both the program and the file of its workers: a pool that is opened in a worker before `runMain`
 * fails at once.
 *
 * **Example** (Program and worker in one file)
 *
 * ```ts no-run
 * import { Task, TaskPool } from "@heddle/core"
 * import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as Schema from "effect/Schema"
 *
 * const Half = Task.make("Half", { payload: { n: Schema.Finite }, success: Schema.Finite })
 *
 * if (NodeRunner.isWorker()) NodeRunner.runMain(Half.toLayer(({ n }) => Effect.succeed(n / 2)))
 * else {
 *   const workers = NodeThreads.layer({ entry: new URL(import.meta.url) })
 *   NodeHost.runMain(Effect.provide(Half({ n: 84 }), Layer.provide(TaskPool.layer(), workers)))
 * }
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const isWorker: () => boolean = nesting.isWorker

type Endpoint = RunnerEndpoint["Service"]

const serve =
  <ROut, E>(layer: Layer.Layer<ROut, E, TaskRunner.TaskHandlers | TaskPool>) =>
  (endpoint: Endpoint): void => {
    const context = Context.make(RunnerEndpoint, endpoint).pipe(
      Context.add(Scheduler.Scheduler, new SharedDispatcherScheduler())
    )
    const fiber = Effect.runForkWith(context)(TaskRunner.serve(layer))
    fiber.addObserver((exit) => {
      if (exit._tag === "Success") return endpoint.close()
      // An uncaught exception reaches the host as the cause of this worker's death (G9).
      setImmediate(() => {
        throw Cause.squash(exit.cause)
      })
    })
  }

/** Shares one dispatcher among all fibers: yielding then costs a quarter of a yield with a dispatcher per fiber. */
class SharedDispatcherScheduler extends Scheduler.MixedScheduler {
  private readonly shared = super.makeDispatcher()
  override makeDispatcher() {
    return this.shared
  }
}

/** Returns `false` in a process that no transport spawned. */
const withProcessEndpoint = (use: (endpoint: Endpoint) => void): boolean => {
  const boot = takeProcessBoot()
  if (boot !== undefined) use(toProcessEndpoint(boot))
  return boot !== undefined
}

/** Returns `false` in a thread that no transport spawned. */
const withThreadEndpoint = (use: (endpoint: Endpoint) => void): boolean => {
  const boot = takeThreadBoot(workerData)
  if (boot === undefined) return false
  writeThroughInThread(boot.unsent)
  Realm.join(boot.membership)
  const begin = (start: Start): void => {
    nesting.setNesting(start)
    use(toEndpoint(boot, start))
  }
  confine(boot.drops)
  if (boot.start !== undefined) {
    begin(boot.start)
    return true
  }
  // Only a program starts threads before a pool exists, so this thread belongs to the outermost pool.
  nesting.setNesting({ level: 0, parallelism: availableParallelism() })
  boot.port.once("message", begin)
  return true
}

const toEndpoint = ({ bell, mark, port }: ThreadBoot, start: Start): Endpoint => ({
  start,
  isExotic,
  ...attribution(mark),
  post: (frame, transfer) => {
    port.postMessage(frame, transfer as ReadonlyArray<Transferable>)
    if (bell !== undefined) Doorbell.reply(bell)
  },
  // A port keeps its messages until it has a listener.
  ...(bell === undefined
    ? { listen: (onFrame: (frame: Frame) => void) => void port.on("message", onFrame) }
    : SpinThenPark.make(port, bell)),
  endOfTurn: queueMicrotask,
  importModule,
  // Exit in a later turn, so that frames held back by `endOfTurn` are posted first. Exit rather than return, since a stray
  // timer would keep the thread alive for ever (G2). Leave the port open: frames posted before the exit still arrive, and
  // the port's close reports the end of the thread to the host.
  close: () => void setImmediate(() => process.exit(0))
})
