/**
 * What the host can observe without the worker's cooperation. Types only.
 *
 * @since 0.1.0
 */

/**
 * A worker's memory in bytes, as far as the platform tells. `heap`: used by JavaScript, array buffers included. `rss`:
 * given by the operating system to a worker with its own process.
 *
 * @category models
 * @since 0.1.0
 */
export interface Memory {
  readonly heap?: number | undefined
  readonly rss?: number | undefined
}

/**
 * A worker's activity, as observed from outside.
 *
 * - `idle`: waits for its event loop, or for another process. `parked`: waits for the next post, without its event
 *   loop.
 * - `busy`: runs JavaScript. `blocked`: runs native code, which nothing can interrupt.
 * - `stopped`: suspended by the operating system.
 *
 * @category models
 * @since 0.1.0
 */
export type Activity = "idle" | "parked" | "busy" | "blocked" | "stopped"
