/**
 * The data a worker begins with, and why it could not begin.
 *
 * @since 0.1.0
 */

/** The data given to a worker at its start, outside the frames. */
export interface Start {
  readonly version: number
  readonly workerEpoch: number
  readonly concurrency: number
  readonly words: Int32Array | undefined
  readonly claimCapacity: number
  /** The number of workers in the pool: a hint for how many tasks a handler may have in flight. */
  readonly size: number
  /** The worker's share of the processors: the default size of a pool made inside the worker. */
  readonly parallelism: number
  /** The nesting level of the worker's pool: 0 on the host, 1 within a worker of a pool on the host. */
  readonly level: number
  /** Whether the worker stays idle until another worker is lost. */
  readonly isSpare?: boolean | undefined
  /**
   * Whether the worker reports the start of a task that may not be its oldest, because the host cannot read the claim
   * words.
   */
  readonly tellsStarts?: boolean | undefined
}

/** Why a worker could not start. */
export type StartFailure = "build" | "version"
