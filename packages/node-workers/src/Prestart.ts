/**
 * `Prestart`: starts worker threads before the program that uses them has been loaded.
 *
 * A worker is ready when it has imported its file, and most of that is `effect`: a quarter of a second, about as long as
 * the host's own imports take. Begun first, both go on side by side. This module imports nothing of `effect`, so that it
 * is loaded at once; the rest of the program comes after it, by a dynamic import, since static imports are loaded before
 * anything runs.
 *
 * @since 0.1.0
 */
import { availableParallelism } from "node:os"
import { InvalidOption } from "@heddle/core/InvalidOption"
import { own } from "./internal/own.ts"
import * as prestarted from "./internal/prestarted.ts"
import { type Options, resolve } from "./internal/settings.ts"
import { isWorker } from "./internal/surroundings.ts"

/**
 * Starts threads, and answers with their ids, for the first `NodeThreads.layer` with the same `entry`, `env`, `execArgv`,
 * `permissions`, `resourceLimits`, `name` and `lowLatency`, and with `output: "log"` if that is asked for here. Its pools take
 * them as their first workers, and start what they need beyond them.
 *
 * **Details**
 *
 * `count`: how many. Default: one less than there are processors, at least one, since the host has work of its own. Threads
 * that no pool takes do not hold the process, and end with the layer that could have taken them (G2). One that dies
 * before it is taken is forgotten, and the pool reports why its own attempt fails.
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
 * Throws `InvalidOption` on a bad option, as `NodeThreads.layer` does, and an error that says why where no thread can be
 * started at all: the file is missing, Node refuses the flags. Starts nothing in a worker: the file of a program may
 * be the file of its workers.
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
  return Array.from({ length: count }, (_, index) => prestarted.begin(settings, index + 1))
}
