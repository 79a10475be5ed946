/**
 * `NodeThreads`: worker threads of Node.js as workers of a pool.
 *
 * **Guarantees**
 *
 * - A worker that dies is reported once, with its exit code, what it died of and the end of what it wrote to standard
 *   error; frames that it posted before are delivered first (G5, G9).
 * - After the exit of a worker no thread, port, stream or listener of it is left (G2).
 * - A worker sees the environment and the flags that it is given, and the loader of its host if it is given none; nothing else
 *   of its host (G10).
 *
 * **Not guaranteed**
 *
 * - A thread inside native code (`execSync`, `pbkdf2Sync`) cannot be ended before that code returns (G4). Nor, with the
 *   V8 of Node 24, can a hot loop that does nothing but make large arrays: it does not look for a termination.
 * - A heap overflow ends the worker alone when the heap grows in small steps. One that asks for much at once past the
 *   limit takes the process with it (G9). The pool's `recycle.heap.hard` ends such a worker first, where V8's limit is far
 *   above it: leave `resourceLimits` alone then. Use processes for work whose memory you do not trust.
 * - Threads isolate faults, not trust: a worker can do to the process what any code in it can. `permissions` are a seat
 *   belt, not a wall.
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
import { checkServing, current } from "./internal/surroundings.ts"
import { Thread } from "./internal/Thread.ts"

export {
  /**
   * Every option is listed here; an unknown one is refused: `InvalidOption` of `TaskPool`, as a defect of the layer.
   *
   * @category models
   * @since 0.1.0
   */
  type Options
} from "./internal/settings.ts"
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
 * The transport of worker threads.
 *
 * Closing the layer's scope ends every thread that is left. Normally there is none, since pools close first; threads
 * that were asked to end before and did not (stuck ones) are not waited for.
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
            endAll([...Array.from(left).filter((thread) => !thread.isEnding), ...prestarted.leftOf(settings)])
          )
      )
      return {
        name: "threads",
        parallelism: availableParallelism(),
        sharedMemory: true,
        isExotic,
        endOfTurn: queueMicrotask,
        turn: setImmediate,
        within: current,
        spawn: (start, listener) => {
          checkServing()
          const thread = new Thread(
            prestarted.adopt(settings, start) ?? spawnThread(settings, start.workerEpoch, start),
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
