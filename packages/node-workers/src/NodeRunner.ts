/**
 * `NodeRunner`: the worker's side of `NodeThreads` and of `NodeProcesses`.
 *
 * Imports are by subpath: they are what a worker's start-up consists of.
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
import { type Boot, takeBoot } from "./internal/boot.ts"
import { importModule } from "./internal/builtSibling.ts"
import { isExotic } from "./internal/exotic.ts"
import { confine } from "./internal/confined.ts"
import * as SpinThenPark from "./internal/spinThenPark.ts"
import { takeProcessBoot } from "./internal/processBoot.ts"
import * as surroundings from "./internal/surroundings.ts"
import { printThroughThread } from "./internal/printing.ts"
import { toEndpoint as toProcessEndpoint } from "./internal/processEndpoint.ts"

/**
 * Serves the tasks of a layer from this thread or process until the host asks it to stop.
 *
 * **Details**
 *
 * The layer is built once; its scope closes when the host asks this worker to stop, and then the worker ends, whatever
 * timers or handles are left in it. Throws when the file is not run as a worker of `NodeThreads` or `NodeProcesses`.
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
 * Whether this code runs in a worker of `NodeThreads` or `NodeProcesses`, or in a thread that one has started.
 *
 * **When to use**
 *
 * As the guard of a file that is both the program and the file of its workers: a pool that is opened in a worker before
 * `runMain` fails at once.
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
export const isWorker: () => boolean = surroundings.isWorker

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
      // Uncaught, it reaches the host as the cause of this worker's death (G9).
      setImmediate(() => {
        throw Cause.squash(exit.cause)
      })
    })
  }

/** Yielding to one dispatcher for all fibers costs a quarter of what one dispatcher per fiber does. */
class SharedDispatcherScheduler extends Scheduler.MixedScheduler {
  private readonly shared = super.makeDispatcher()
  override makeDispatcher() {
    return this.shared
  }
}

/** `false`: this process is not one of ours. */
const withProcessEndpoint = (use: (endpoint: Endpoint) => void): boolean => {
  const boot = takeProcessBoot()
  if (boot !== undefined) use(toProcessEndpoint(boot))
  return boot !== undefined
}

/** `false`: this thread is not one of ours. */
const withThreadEndpoint = (use: (endpoint: Endpoint) => void): boolean => {
  const boot = takeBoot(workerData)
  if (boot === undefined) return false
  const { start } = boot
  printThroughThread(boot.kept)
  const begin = (told: Start): void => {
    surroundings.enter(told)
    use(toEndpoint(boot, told))
  }
  confine(boot.drops)
  if (start !== undefined) {
    begin(start)
    return true
  }
  // Only programs start threads before there is a pool, so this one is of the outermost pool.
  surroundings.enter({ level: 0, parallelism: availableParallelism() })
  boot.port.once("message", begin)
  return true
}

const toEndpoint = ({ bell, mark, port }: Boot, start: Start): Endpoint => ({
  start,
  isExotic,
  ...attribution(mark),
  post: (frame, transfer) => port.postMessage(frame, transfer as ReadonlyArray<Transferable>),
  // A port keeps what arrives until somebody listens.
  ...(bell === undefined
    ? { listen: (onFrame: (frame: Frame) => void) => void port.on("message", onFrame) }
    : SpinThenPark.make(port, bell)),
  endOfTurn: queueMicrotask,
  importModule,
  // The port is left open: frames posted before the exit arrive, and its closing tells the host that the thread has
  // gone. The exit is in a turn of its own, so that what `endOfTurn` holds back is posted first; it is an exit, since
  // a stray timer of somebody's code would keep the thread for ever (G2).
  close: () => void setImmediate(() => process.exit(0))
})
