/**
 * `Prestart`: starts worker threads before the program that uses them has been loaded.
 *
 * A worker is ready when its file has been imported, and most of this time is spent on `effect`: a quarter of a second,
 * about the time of the host's own imports. Threads that start first import their files while the host imports its own.
 * This module imports nothing of `effect`, so loading is fast. Load the rest of the program after it by a dynamic import,
 * since static imports are loaded before any code runs.
 *
 * @since 0.1.0
 */
import { availableParallelism } from "node:os"
import { InvalidOption } from "@heddle/core/InvalidOption"
import { own } from "./internal/own.ts"
import * as prestarted from "./internal/prestarted.ts"
import { type Options, resolve } from "./internal/settings.ts"
import { isWorker } from "./internal/nesting.ts"

/**
 * Starts threads and returns their ids. The first `NodeThreads.layer` with the same `entry`, `env`, `execArgv`,
 * `permissions`, `resourceLimits`, `name` and `lowLatency`, and with `output: "log"` in both places or in neither, adopts the
 * threads. Its pools take them as their first workers, and start more as needed.
 *
 * **Details**
 *
 * `count`: the number of threads. Default: one less than the processors, at least one, since the host has work of its own.
 * Unused threads do not keep the process alive, and end with the layer that could have adopted them (G2). A thread that
 * dies before its adoption is forgotten, and the pool reports the failure of its own attempt.
 *
 * **Example** (the first file of a program)
 *
 * ```ts no-run
 * import * as Prestart from "@heddle/node-workers/Prestart"
 *
 * Prestart.threads({ entry: new URL("./worker.ts", import.meta.url) })
 * const { TaskPool } = await import("@heddle/core")
 * ```
 *
 * **Gotchas**
 *
 * Throws `InvalidOption` on a bad option, as `NodeThreads.layer` does, and an error with the reason where no thread can be
 * started at all: the file is missing, or Node refuses the flags. Starts nothing in a worker, since the file of a program
 * may be the file of its workers.
 *
 * @category running
 * @since 0.1.0
 */
export const threads = (
  options: Options & { readonly count?: number | undefined } = {}
): ReadonlyArray<number> => {
  const { count = Math.max(1, availableParallelism() - 1), ...rest } = own(options)
  if (!Number.isInteger(count) || count < 0) {
    throw new InvalidOption("count", `expected a number of threads, got ${String(count)}`)
  }
  const settings = resolve(rest, process.env)
  if (isWorker()) return []
  return Array.from({ length: count }, (_, index) => prestarted.prestart(settings, index + 1))
}
