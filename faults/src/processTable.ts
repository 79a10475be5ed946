// Which processes come from which, as `/proc` says. Nothing where there is none.
import { readdirSync, readFileSync } from "node:fs"
import process from "node:process"

interface Entry {
  readonly parent: number
  readonly isZombie: boolean
}

const entryOf = (pid: number): Entry | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The name of the command may hold anything: what follows the last parenthesis is regular.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return { parent: Number(parent), isZombie: state === "Z" }
  } catch {
    return undefined
  }
}

export const isAlive = (pid: number): boolean => entryOf(pid)?.isZombie === false

const pids = (): ReadonlyArray<number> => {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

/** Everything below a process, whatever group it is in. */
export const descendantsOf = (pid: number): ReadonlyArray<number> => {
  const parents = new Map(pids().map((other) => [other, entryOf(other)?.parent]))
  const below = [pid]
  for (const of of below) for (const [child, parent] of parents) if (parent === of) below.push(child)
  return below.slice(1)
}

/** Ends what is left of these, and does not mind those that are gone. */
export const killAll = (targets: ReadonlyArray<number>): void => {
  for (const target of targets) {
    try {
      process.kill(target, "SIGKILL")
    } catch {
      // Gone.
    }
  }
}
