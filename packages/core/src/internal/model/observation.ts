/**
 * What shows of a worker from outside, without its help.
 *
 * @since 0.1.0
 */

/**
 * What a worker holds, in bytes, as far as the platform tells: `heap` is what JavaScript uses, array buffers included,
 * `rss` what the operating system gave to a process of its own.
 *
 * @category models
 * @since 0.1.0
 */
export interface Memory {
  readonly heap?: number | undefined
  readonly rss?: number | undefined
}

/**
 * What a worker does, as far as it shows from outside.
 *
 * - `idle`: it waits: for its event loop, or for another process. `parked`: it waits for the next post, without its loop.
 * - `busy`: it runs JavaScript. `blocked`: it is in native code, which nothing can interrupt.
 * - `stopped`: the operating system does not let it run.
 *
 * @category models
 * @since 0.1.0
 */
export type Activity = "idle" | "parked" | "busy" | "blocked" | "stopped"
