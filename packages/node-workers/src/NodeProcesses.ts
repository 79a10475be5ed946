/**
 * `NodeProcesses`: child processes of Node.js as workers of a pool.
 *
 * The same program, tasks and worker files as on `NodeThreads`, by changing one layer. A process costs more to start and
 * copies what it is sent; in exchange nothing that happens in it, native code, a crash, a full heap, reaches the host.
 *
 * **Guarantees**
 *
 * - A worker that dies is reported once, with its exit code or signal, whether it ran out of memory, what it died of and
 *   the end of what it wrote to standard error; frames that it posted before are delivered first (G5, G9).
 * - It can always be ended: `terminateTimeout` is met by native code too (G4).
 * - After the exit of a worker nothing that it spawned in its group is left, and no descriptor or listener of it on the
 *   host (G2). When the host vanishes, killed or not, its workers are gone within a second, in `for (;;);` as well (G2).
 * - Values arrive as they do in a thread, or are refused with their path (G10).
 * - A worker sees the environment and the flags that it is given, and the loader of its host if it is given none; nothing else
 *   of its host (G10).
 *
 * **Not guaranteed**
 *
 * - No memory is shared: shared buffers, ports and streams in a payload are refused, transferred buffers are copied, and
 *   a worker holds only what it runs.
 * - A process that was stopped (SIGSTOP) when its host vanished, or that was given `--permission` in `execArgv` without
 *   `--allow-worker`, has no watchdog; one with `permissions` has. What a worker spawns into a group of its own (`detached`) is its own business.
 * - On Windows there are no groups: the worker ends, what it spawned may stay.
 * - Processes isolate crashes, not trust: a worker can do what its user can. `permissions` are a seat belt, not a wall.
 *
 * @since 0.1.0
 */
import { availableParallelism } from "node:os"
import { WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as crossing from "./internal/checkClonable.ts"
import { endAll } from "./internal/endAll.ts"
import { isExotic } from "./internal/exotic.ts"
import { Process } from "./internal/Process.ts"
import { type Options, resolve } from "./internal/processSettings.ts"
import { checkServing, current } from "./internal/surroundings.ts"

export {
  /**
   * Every option is listed here; an unknown one is refused: `InvalidOption` of `TaskPool`, as a defect of the layer.
   *
   * @category models
   * @since 0.1.0
   */
  type Options,
  /**
   * Of the limits of a thread, those that a process has.
   *
   * @category models
   * @since 0.1.0
   */
  type ResourceLimits
} from "./internal/processSettings.ts"
export {
  /**
   * What workers may do beyond computing. What is left out is denied.
   *
   * @category models
   * @since 0.1.0
   */
  type Permissions
} from "./internal/permissions.ts"

/**
 * The transport of child processes.
 *
 * Closing the layer's scope ends every process that is left. Normally there is none, since pools close first.
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
        admit: (value, transfer) => crossing.check([value], settings.maxFrameBytes, transfer),
        endOfTurn: queueMicrotask,
        turn: setImmediate,
        within: current,
        spawn: (start, listener) => {
          checkServing()
          const worker = new Process(settings, start, listener, (gone) => processes.delete(gone))
          processes.add(worker)
          return worker
        }
      }
    })
  )
