/**
 * How deep the current code is nested in workers. Level 0 is a worker of the outermost pool.
 *
 * A handler's Effect has this in its context. A plain function, an imported module and the file of a worker have no such
 * context, so a worker stores its nesting in Node's environment data at its start. Node copies environment data to each
 * thread that a worker starts by itself, and every copy of this package finds the same entry.
 *
 * @since 0.1.0
 */
import { getEnvironmentData, setEnvironmentData, workerData } from "node:worker_threads"
import type { Start } from "@heddle/core/protocol/messages/Message"
import { hasThreadBoot } from "./boot.ts"
import { hasProcessBoot } from "./processBoot.ts"

export type Nesting = Pick<Start, "level" | "parallelism">

const key = "~@heddle/node-workers/nesting"

/** Worker: stores the nesting for all code of this worker. */
export const setNesting = ({ level, parallelism }: Nesting): void =>
  setEnvironmentData(key, { level, parallelism })

/** `undefined`: in no worker, or in a worker without a start yet. */
export const currentNesting = (): Nesting | undefined =>
  getEnvironmentData(key) as unknown as Nesting | undefined

/** Returns whether this is a worker whose file has not called `NodeRunner.runMain` yet. */
const isUnserving = (): boolean => hasThreadBoot(workerData) || hasProcessBoot()

/** Returns whether this code runs in a worker, or in a thread of one. */
export const isWorker = (): boolean => currentNesting() !== undefined || isUnserving()

/**
 * Throws in a worker that does not serve yet. A file that is its own worker's file and opens a pool unguarded would open
 * a pool in each worker again, and no worker would ever be ready.
 */
export const checkServing = (): void => {
  if (!isUnserving()) return
  throw new Error(
    "a pool was opened by the file of a worker before it called NodeRunner.runMain, or by something that this file imports: " +
      "each worker runs this file, and would open a pool in its turn. Keep the worker in a file of its own, or guard the " +
      "program: if (!NodeRunner.isWorker()) …"
  )
}
