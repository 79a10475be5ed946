/**
 * `NodeThreads`: worker threads of Node.js as workers of a pool.
 *
 * **Guarantees**
 *
 * - The death of a worker is reported once, with exit code, the cause and the end of standard error. Frames posted before
 *   the death are delivered first (G5, G9).
 * - After the exit of a worker no thread, port, stream or listener is left (G2).
 * - A worker sees the given environment and flags, and the loader of its host where no flags are given; nothing else of
 *   its host (G10).
 *
 * **Not guaranteed**
 *
 * - A thread inside native code (`execSync`, `pbkdf2Sync`) cannot be ended before the code returns (G4). With the V8
 *   of Node 24, neither can a hot loop that only makes large arrays, since such a loop never checks for a termination.
 * - A heap overflow ends only the worker when the heap grows in small steps. A large allocation past the limit ends the
 *   whole process (G9). The pool's `recycle.heap.hard` ends such a worker first, where V8's limit is far above: leave
 *   `resourceLimits` at its default then. Use processes for work with untrusted memory use.
 * - Threads isolate faults, not trust: a worker has the same power over the process as any code inside. `permissions` are a
 *   seat belt, not a wall.
 *
 * @since 0.1.0
 */
import { availableParallelism } from "node:os"
import { WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { endAll } from "./internal/endAll.ts"
import { isExotic } from "./internal/exotic.ts"
import { spawnThread } from "./internal/spawnThread.ts"
import * as prestarted from "./internal/prestarted.ts"
import { type Options, resolve } from "./internal/settings.ts"
import { checkServing, currentNesting } from "./internal/nesting.ts"
import { Thread } from "./internal/Thread.ts"

export {
  /**
   * The options of threads. An unknown option is refused: `InvalidOption` of `TaskPool`, as a defect of the layer.
   *
   * @category models
   * @since 0.1.0
   */
  type Options
} from "./internal/settings.ts"
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
 * The transport of worker threads.
 *
 * Closing the layer's scope ends every thread still alive. Normally none is, since pools close first. Closing does not wait
 * for stuck threads: threads that were terminated before and have not ended.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options = {}): Layer.Layer<WorkerTransport> =>
  Layer.effect(
    WorkerTransport,
    Effect.gen(function* () {
      const settings = yield* Effect.sync(() => resolve(options, process.env))
      const threads = yield* Effect.acquireRelease(
        Effect.sync(() => new Set<Thread>()),
        (left) =>
          Effect.promise(() =>
            endAll([
              ...Array.from(left).filter((thread) => !thread.isEnding),
              ...prestarted.notAdopted(settings)
            ])
          )
      )
      return {
        name: "threads",
        parallelism: availableParallelism(),
        sharedMemory: true,
        isExotic,
        endOfTurn: queueMicrotask,
        turn: setImmediate,
        within: currentNesting,
        spawn: (start, listener) => {
          checkServing()
          const thread = new Thread(
            prestarted.adopt(settings, start) ?? spawnThread(settings, start.workerEpoch, start),
            start.workerEpoch,
            settings,
            listener,
            (gone) => threads.delete(gone)
          )
          threads.add(thread)
          return thread
        }
      }
    })
  )
