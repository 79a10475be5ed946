/**
 * Defaults and bounds of the options of threads and processes. `docs/transports.md` states them by generated figures.
 *
 * @since 0.1.0
 */

/** Sizes in bytes. */
export const defaults = {
  output: "inherit",
  stderrTail: 8192,
  name: "heddle",
  lowLatency: "auto",
  maxFrameBytes: 256 * 1024 ** 2,
  /** The most that `maxFrameBytes` may be. */
  mostFrameBytes: 1024 ** 3,
  /** Output of a worker beyond this, which the host's own stream does not take, is dropped. */
  pendingOutput: 1024 ** 2,
  /** A longer line of output is logged in pieces. */
  logLine: 16 * 1024
} as const
