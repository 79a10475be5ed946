/**
 * The ancestor pipes of this worker process, for the processes below this one: see `processBoot.ts`.
 *
 * @since 0.1.0
 */
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads"
import { hasGroups } from "./processGroup.ts"

const key = "~@heddle/node-workers/ancestorPipes"

/** Worker process: stores the descriptors for all threads of this process, since descriptors are per process. */
export const storeAncestorPipes = (descriptors: ReadonlyArray<number>): void =>
  setEnvironmentData(key, [...descriptors])

/**
 * Returns the `stdio` entries of a child from the first ancestor pipe on. A host outside of any worker passes none: its
 * workers see its end directly, and the processes below them see the end of those workers.
 */
export const ancestorPipesForChild = (): ReadonlyArray<"pipe" | number> => {
  const own = getEnvironmentData(key) as unknown as ReadonlyArray<number> | undefined
  return own === undefined || !hasGroups ? [] : ["pipe", ...own]
}
