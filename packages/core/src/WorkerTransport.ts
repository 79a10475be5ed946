/**
 * `WorkerTransport`: the host's port to workers. Threads, processes, simulated workers and cluster runners are layers
 * of this service; the pool knows nothing else about them.
 *
 * @since 0.1.0
 */
import type { Activity, Memory } from "./internal/model/observation.ts"
import type { Movable } from "./internal/model/movable.ts"
import * as Context from "effect/Context"
import type { Frame, Start } from "./protocol/messages/Message.ts"

export type {
  /**
   * @category models
   * @since 0.1.0
   */
  Activity,
  /**
   * @category models
   * @since 0.1.0
   */
  Memory
} from "./internal/model/observation.ts"

/**
 * How a worker ended, as far as the platform tells.
 *
 * @category models
 * @since 0.1.0
 */
export interface WorkerExit {
  readonly exitCode?: number | undefined
  readonly signal?: string | undefined
  readonly outOfMemory: boolean
  /** The uncaught exception that ended the worker. */
  readonly cause?: unknown
  /** The last lines of standard error, bounded. */
  readonly stderr: string
}

/**
 * A line printed by a worker; `task`: the name of the printing task, if known.
 *
 * @category models
 * @since 0.1.0
 */
export interface PrintedLine {
  readonly stream: "stdout" | "stderr"
  readonly line: string
  readonly task: string | undefined
}

/**
 * The pool's callbacks for one worker. Calls are synchronous, on the host, never after `onExit`.
 *
 * @category models
 * @since 0.1.0
 */
export interface WorkerListener {
  /** A frame from the private channel, with any contents: the pool checks it. */
  readonly onFrame: (frame: unknown) => void
  /** A message from outside the private channel. */
  readonly onStray: (message: unknown) => void
  /** Called only if the transport's user wants workers' output in the log. */
  readonly onPrint?: ((line: PrintedLine) => void) | undefined
  /**
   * After `terminate`: the worker runs no code any more, neither Heddle's nor the user's, though the platform still
   * tidies up. Called at most once, after every received frame has been delivered; `onExit` follows. Only for
   * transports that can tell.
   */
  readonly onHalted?: ((exit: WorkerExit) => void) | undefined
  /** Called exactly once, after every received frame has been delivered. */
  readonly onExit: (exit: WorkerExit) => void
}

/**
 * One worker, from spawn to exit.
 *
 * @category models
 * @since 0.1.0
 */
export interface WorkerConnection {
  readonly threadId?: number | undefined
  readonly pid?: number | undefined
  /**
   * Posts a frame. Throws the platform's exception if the frame cannot be cloned; does nothing once the worker is gone.
   */
  readonly post: (frame: Frame, transfer?: ReadonlyArray<Movable>) => void
  /**
   * Delivers, synchronously, frames that have arrived but were not yet handed over. The pool judges time limits only
   * afterwards.
   */
  readonly drain: () => void
  /** A reply is expected within microseconds: the transport may poll for it instead of waiting for a notification. */
  readonly expectSoon?: (() => void) | undefined
  /**
   * Reads the worker's memory from outside, regardless of the worker's activity; reports once, or never if the memory
   * is unknown.
   */
  readonly memory?: ((report: (memory: Memory) => void) => void) | undefined
  /** Observes the worker's activity from outside; reports once, or never if the activity is unknown. */
  readonly activity?: ((report: (activity: Activity) => void) => void) | undefined
  /** Ends the worker by force. `onExit` follows, unless the worker is stuck. Never throws. */
  readonly terminate: () => void
}

/**
 * The port. Every implementation passes `TransportConformance` of `@heddle/testing`.
 *
 * - `parallelism`: default size of a pool.
 * - `sharedMemory`: whether host and worker see the same words. Without shared memory, a worker holds only running
 *   tasks, and all its posts must arrive before `onExit`, however the worker ended: its reports of starts decide which
 *   tasks may run again (G6).
 * - `isProcess`: whether each worker has a process of its own. Default no.
 * - `isExotic`: whether an object only looks like plain data: a proxy, or a module's namespace. Both are refused, as by
 *   structured clone. Default: no object is.
 * - `admit`: throws `Refused` for a clonable value that this transport cannot carry, before the task takes a place in
 *   the queue. Default: structured clone decides.
 * - `endOfTurn`: runs a callback when the current turn of the event loop is over, before the next turn, so that the
 *   messages of one turn travel in few posts.
 * - `turn`: runs a callback in the next turn of the event loop, after delivering all frames received before. An expired
 *   time limit is judged two such turns later, so that a host that was busy hears its workers first. Default: a turn of
 *   Effect's scheduler.
 * - `within`: the nesting level and the share of processors of the worker that uses this transport; `undefined` outside
 *   of workers. A handler's context has the same data; `within` reaches code without such a context. Default: the
 *   context.
 * - `isChecked`: whether pools check their own invariants after each batch of replies, and die of the first broken invariant
 *   at closing. For tests and simulations; default no.
 * - `spawn`: starts a worker. May throw, if nothing was started.
 *
 * @category services
 * @since 0.1.0
 */
export class WorkerTransport extends Context.Service<
  WorkerTransport,
  {
    readonly name: string
    readonly parallelism: number
    readonly sharedMemory: boolean
    readonly isProcess?: boolean | undefined
    readonly isExotic?: ((value: object) => boolean) | undefined
    readonly admit?: ((value: unknown, transfer?: ReadonlyArray<Movable>) => void) | undefined
    readonly endOfTurn: (callback: () => void) => void
    readonly turn?: ((callback: () => void) => void) | undefined
    readonly within?: (() => Pick<Start, "level" | "parallelism"> | undefined) | undefined
    readonly isChecked?: boolean | undefined
    readonly spawn: (start: Start, listener: WorkerListener) => WorkerConnection
  }
>()("@heddle/core/WorkerTransport") {}
