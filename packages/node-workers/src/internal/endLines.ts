/**
 * The end lines of this worker process, for those that it starts in its turn: see `processBoot.ts`.
 *
 * @since 0.1.0
 */
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads"
import { hasGroups } from "./processGroup.ts"

const key = "~@heddle/node-workers/endLines"

/** Worker process: its threads know them too, since descriptors are the process's. */
export const keepEndLines = (descriptors: ReadonlyArray<number>): void =>
  setEnvironmentData(key, [...descriptors])

/**
 * What a process that is started here is given from the first end line on. Nothing by a host that is no worker: its own end is
 * seen by its workers, and theirs by all below.
 */
export const endLinesForChild = (): ReadonlyArray<"pipe" | number> => {
  const own = getEnvironmentData(key) as unknown as ReadonlyArray<number> | undefined
  return own === undefined || !hasGroups ? [] : ["pipe", ...own]
}
