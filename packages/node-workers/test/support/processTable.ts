// What the system knows of processes and descriptors (Linux).
import { readdirSync, readFileSync } from "node:fs"

const numbers = (directory: string): ReadonlyArray<number> =>
  readdirSync(directory).map(Number).filter(Number.isInteger)

export const openDescriptors = (): number => numbers("/proc/self/fd").length

const statOf = (pid: number): ReadonlyArray<string> => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  } catch {
    return []
  }
}

/** Whether it runs; a zombie does not. */
export const isAlive = (pid: number): boolean => !["Z", "X", undefined].includes(statOf(pid)[0])

export const leadsGroup = (pid: number): boolean => Number(statOf(pid)[2]) === pid

/** The pids of a process's children, zombies included. */
export const childrenOf = (parent: number): ReadonlyArray<number> =>
  numbers("/proc").filter((pid) => Number(statOf(pid)[1]) === parent)

/** Waits until a condition holds, looking every few milliseconds; `false` when it does not in time. */
export const within = async (millis: number, condition: () => boolean): Promise<boolean> => {
  for (const end = performance.now() + millis; performance.now() < end;) {
    if (condition()) return true
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return condition()
}
