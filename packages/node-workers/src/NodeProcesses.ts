/**
 * `NodeProcesses`: child processes of Node.js as workers of a pool.
 *
 * The same program, tasks and worker files as on `NodeThreads`, by changing one layer. A process costs more to start, and
 * every payload is copied. In exchange no failure of a process, native code, a crash or a full heap, reaches the host.
 *
 * **Guarantees**
 *
 * - The death of a worker is reported once, with exit code or signal, the cause, whether memory ran out, and the end of
 *   standard error. Frames posted before the death are delivered first (G5, G9).
 * - A worker can always be ended: `terminateTimeout` is met by native code too (G4).
 * - After the exit of a worker no process of its group is left, and no descriptor or listener on the host (G2). When the
 *   host vanishes, killed or not, its workers are gone within a second, in `for (;;);` as well (G2).
 * - Values arrive as in a thread, or are refused with their path (G10).
 * - A worker sees the given environment and flags, and the loader of its host where no flags are given; nothing else of
 *   its host (G10).
 *
 * **Not guaranteed**
 *
 * - No memory is shared: shared buffers, ports and streams in a payload are refused, transferred buffers are copied, and
 *   a worker holds only the tasks in progress.
 * - The watchdog of a process stopped by SIGSTOP does nothing. A process with `--permission` in `execArgv` and without
 *   `--allow-worker` has no watchdog; a process with `permissions` has one. A `detached` child of a worker has a group of
 *   its own and is not ended.
 * - Windows has no groups: the worker ends, but its child processes may stay.
 * - Processes isolate crashes, not trust: a worker has all rights of its user. `permissions` are a seat belt, not a wall.
 *
 * @since 0.1.0
 */
import { availableParallelism } from "node:os"
import { WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { checkClonable } from "./internal/checkClonable.ts"
import { endAll } from "./internal/endAll.ts"
import { isExotic } from "./internal/exotic.ts"
import { Process } from "./internal/Process.ts"
import { type Options, resolve } from "./internal/processSettings.ts"
import { checkServing, currentNesting } from "./internal/nesting.ts"

export {
  /**
   * The options of processes. An unknown option is refused: `InvalidOption` of `TaskPool`, as a defect of the layer.
   *
   * @category models
   * @since 0.1.0
   */
  type Options,
  /**
   * The subset of a thread's limits that a process has.
   *
   * @category models
   * @since 0.1.0
   */
  type ResourceLimits
} from "./internal/processSettings.ts"
export {
  /**
   * The permissions of workers beyond computing. Everything left out is denied.
   *
   * @category models
   * @since 0.1.0
   */
  type Permissions
} from "./internal/permissions.ts"

/**
 * The transport of child processes.
 *
 * Closing the layer's scope ends every process still alive. Normally none is, since pools close first.
 *
 * @example
 * ```ts no-run
 * import { TaskPool } from "@heddle/core"
 * import { NodeProcesses } from "@heddle/node-workers"
 * import * as Layer from "effect/Layer"
 *
 * const processes = NodeProcesses.layer({
 *   entry: new URL("./worker.ts", import.meta.url),
 *   env: ["DATABASE_URL"],
 *   resourceLimits: { maxOldGenerationSizeMb: 256 }
 * })
 *
 * export const pool = Layer.provide(TaskPool.layer({ size: 4 }), processes)
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options = {}): Layer.Layer<WorkerTransport> =>
  Layer.effect(
    WorkerTransport,
    Effect.gen(function* () {
      const settings = yield* Effect.sync(() => resolve(options, process.env))
      const processes = yield* Effect.acquireRelease(
        Effect.sync(() => new Set<Process>()),
        (left) => Effect.promise(() => endAll(Array.from(left)))
      )
      return {
        name: "processes",
        parallelism: availableParallelism(),
        sharedMemory: false,
        isProcess: true,
        isExotic,
        admit: (value, transfer) => checkClonable([value], settings.maxFrameBytes, transfer),
        endOfTurn: queueMicrotask,
        turn: setImmediate,
        within: currentNesting,
        spawn: (start, listener) => {
          checkServing()
          const worker = new Process(settings, start, listener, (gone) => processes.delete(gone))
          processes.add(worker)
          return worker
        }
      }
    })
  )
