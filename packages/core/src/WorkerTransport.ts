/**
 * `WorkerTransport`: the host's port to workers. Threads, processes, simulated workers and cluster runners are
 * layers of it; the pool knows nothing else about them.
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
  /** The uncaught exception that ended it. */
  readonly cause?: unknown
  /** The last lines of standard error, bounded. */
  readonly stderr: string
}

/**
 * A line that a worker printed; `task`: the name of the task that printed it, where that is known.
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
 * What the pool wants to hear from a worker. Calls are synchronous, on the host, never after `onExit`.
 *
 * @category models
 * @since 0.1.0
 */
export interface WorkerListener {
  /** A frame on the private channel, whatever it holds: the pool checks it. */
  readonly onFrame: (frame: unknown) => void
  /** A message that did not come through the private channel. */
  readonly onStray: (message: unknown) => void
  /** A transport calls it only where its user wants to see in the log what workers print. */
  readonly onPrint?: ((line: PrintedLine) => void) | undefined
  /**
   * After `terminate`: it runs no code any more, neither its own nor anybody's, though the platform still tidies up; at
   * most once, after every frame that arrived has been delivered. `onExit` follows. Only where the transport can tell.
   */
  readonly onHalted?: ((exit: WorkerExit) => void) | undefined
  /** Exactly once, after every frame that arrived has been delivered. */
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
  /** Posts a frame. Throws what the platform throws when it cannot be cloned; does nothing once the worker is gone. */
  readonly post: (frame: Frame, transfer?: ReadonlyArray<Movable>) => void
  /** Delivers, synchronously, frames that have arrived but were not yet handed over. Limits are judged after it. */
  readonly drain: () => void
  /** A reply is expected within microseconds: the transport may look for it instead of waiting to be told. */
  readonly expectSoon?: (() => void) | undefined
  /** Looks what the worker holds, from outside, whatever it does; reports once, or never if that cannot be told. */
  readonly memory?: ((report: (memory: Memory) => void) => void) | undefined
  /** Looks what the worker does, from outside; reports once, or never if that cannot be told. */
  readonly activity?: ((report: (activity: Activity) => void) => void) | undefined
  /** Ends the worker by force. `onExit` follows, unless the worker is stuck. Never throws. */
  readonly terminate: () => void
}

/**
 * The port. Whoever implements it passes `TransportConformance` of `@heddle/testing`.
 *
 * - `parallelism`: default size of a pool.
 * - `sharedMemory`: whether host and worker see the same words; without it a worker holds only what it runs, and what it
 *   posted before its end must arrive before `onExit`, however it ended: what it says of starts decides what may run again (G6).
 * - `isProcess`: whether each worker is a process of its own. Default no.
 * - `isExotic`: whether an object only looks like plain data: a proxy, or a module's namespace. Both are refused, as by
 *   structured clone. Default: none is.
 * - `admit`: throws `Refused` for a value that structured clone takes and this transport cannot carry, before a task takes a
 *   place in the queue. Default: structured clone decides.
 * - `endOfTurn`: runs a callback when the current turn of the event loop is over, before the next one: what was
 *   said within one turn travels in few posts.
 * - `turn`: runs a callback in the next turn of the event loop, once all that had arrived before this one was handed over:
 *   a limit that has passed is judged two such turns later, so that a host that was busy hears its workers first. Default:
 *   a turn of Effect's scheduler.
 * - `within`: of the worker that this transport is used in, how deep it is and how many processors it may count on;
 *   `undefined`: of no worker. A handler's context says so too; this reaches code that has no such context. Default: the context.
 * - `isChecked`: whether pools check their own invariants after each batch of replies, and die of the first that does not hold when
 *   they are closed. For tests and simulations; default no.
 * - `spawn`: starts a worker. May throw; then nothing was started.
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
