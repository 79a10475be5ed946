/**
 * Where code runs that opens a pool: in a program of its own, or in a worker, and how deep.
 *
 * A handler's Effect is told by its context. A plain function, a module that is imported, and the file of a worker are not,
 * so what the worker was told at its start is left where all of its code finds it. Node hands it on to threads that such code
 * starts by itself, and it does not depend on which copy of this package asks.
 *
 * @since 0.1.0
 */
import { getEnvironmentData, setEnvironmentData, workerData } from "node:worker_threads"
import type { Start } from "@heddle/core/protocol/messages/Message"
import { isBootLeft } from "./boot.ts"
import { isProcessBootLeft } from "./processBoot.ts"

export type Surroundings = Pick<Start, "level" | "parallelism">

const key = "~@heddle/node-workers/surroundings"

/** Worker: from here on all of its code knows. */
export const enter = ({ level, parallelism }: Surroundings): void =>
  setEnvironmentData(key, { level, parallelism })

/** `undefined`: in no worker, or in one that has not been told yet. */
export const current = (): Surroundings | undefined =>
  getEnvironmentData(key) as unknown as Surroundings | undefined

/** Whether this is a worker that does not serve yet: its file runs, and has not called `NodeRunner.runMain`. */
const isUnserving = (): boolean => isBootLeft(workerData) || isProcessBootLeft()

export const isWorker = (): boolean => current() !== undefined || isUnserving()

/**
 * Throws in a worker that does not serve yet. A file that opens a pool of itself would do so in each worker again, and no
 * worker would ever be ready.
 */
export const checkServing = (): void => {
  if (!isUnserving()) return
  throw new Error(
    "a pool was opened by the file of a worker before it called NodeRunner.runMain, or by something that this file imports: " +
      "each worker runs this file, and would open a pool in its turn. Keep the worker in a file of its own, or guard the " +
      "program: if (!NodeRunner.isWorker()) …"
  )
}
