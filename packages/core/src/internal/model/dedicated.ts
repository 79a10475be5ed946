/**
 * A worker started for one task: its options, and what its owner can do with it.
 *
 * @since 0.2.0
 */
import type * as Duration from "effect/Duration"
import type { Effect } from "effect/Effect"
import type { TaskError } from "../../TaskError.ts"
import { defaults } from "./defaults.ts"
import type { End } from "./end.ts"
import type { ExitDetail, Receipt } from "./outcome.ts"
import { own } from "./own.ts"
import { checkKeys, type Limit, toMillis, unexpected } from "./validation.ts"

/**
 * - `name`: the name of the worker, for its events and logs. Default: the name of the task.
 * - `grace`: how long the interrupted handler may take before the worker is terminated. Default 1 second, or the task's own.
 * - `startTimeout`: how long the worker may take to become ready. Default 10 seconds.
 *
 * @category models
 * @since 0.2.0
 */
export interface StartOptions {
  readonly name?: string | undefined
  readonly grace?: Limit | undefined
  readonly startTimeout?: Duration.Input | undefined
}

/** Times in milliseconds. */
export interface StartSettings {
  readonly name: string
  /** `undefined`: the task's own, or the default. */
  readonly grace: number | undefined
  readonly startTimeout: number
}

export const resolveStart = (given: StartOptions | undefined, task: string): StartSettings => {
  const options = own(given ?? {})
  checkKeys(options, ["name", "grace", "startTimeout"], "")
  const { name = task } = options
  if (typeof name !== "string" || name === "") throw unexpected("name", "a text that is not empty", name)
  return {
    name,
    grace: options.grace === undefined ? undefined : toMillis("grace", options.grace),
    startTimeout: toMillis("startTimeout", options.startTimeout ?? defaults.startTimeout)
  }
}

/**
 * A worker which runs one task. The worker ends when the task ends, and is not replaced when it dies.
 *
 * @category models
 * @since 0.2.0
 */
export interface DedicatedWorker<out A, out E> {
  readonly name: string
  /** The id of the process; `undefined` for a worker that is no process of its own. */
  readonly pid: number | undefined
  /** The id of the thread; `undefined` for a worker that is no thread. */
  readonly threadId: number | undefined
  /**
   * Waits until the worker has ended, then gives the outcome of the task, each time it is called. Fails with `WorkerLost` when the
   * worker died before the task's end. Interrupting the wait leaves the worker alone.
   */
  readonly join: Effect<A, E | TaskError>
  /**
   * Waits until the worker has ended, and tells how: exit code 0 after an orderly end. A worker stuck in native code counts as
   * ended (G4); its detail has neither exit code nor signal. Never fails.
   */
  readonly exit: Effect<ExitDetail>
  /** Whether the worker has not ended yet. */
  readonly isAlive: Effect<boolean>
  /**
   * Interrupts the task, waits for its finalizers (G3) and for the end of the worker; past the grace, terminates the worker (G4).
   * Terminating an ended worker is clean and free.
   */
  readonly terminate: Effect<Receipt>
  /** Ends the worker at once, without finalizers, and waits for its end. Killing an ended worker is clean and free. */
  readonly kill: Effect<Receipt>
}

/**
 * A worker with a mailbox: an end of a pipe, whose other end the task has.
 *
 * @category models
 * @since 0.2.0
 */
export interface WithMailbox<in S, out R> {
  /** Sends to the task, and receives what it sends. Hears `PeerLost` when the worker dies, `Closed` when the task has ended (G15). */
  readonly mailbox: End<S, R>
}
