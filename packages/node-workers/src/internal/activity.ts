/**
 * What a silent worker does, from signs that need no help of it.
 *
 * @since 0.1.0
 */
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { promisify } from "node:util"
import type { Activity } from "@heddle/core/WorkerTransport"

/** How long a thread is watched, in milliseconds. */
export const watchMillis = 50

/**
 * - `utilization`: the part of the time in which its event loop did not wait, from 0 to 1.
 * - `answered`: whether V8 could interrupt it: it does between two instructions of JavaScript, not in native code.
 */
export interface ThreadSigns {
  readonly isParked: boolean
  readonly utilization: number
  readonly answered: boolean
}

/** A parked thread looks busy from outside, so that comes first. */
export const ofThread = ({ answered, isParked, utilization }: ThreadSigns): Activity => {
  if (isParked) return "parked"
  if (utilization < 0.5) return "idle"
  return answered ? "busy" : "blocked"
}

/** By the letter of the state that the operating system shows; `undefined` for a process that is gone. */
export const ofState = (letter: string | undefined): Activity | undefined => {
  switch (letter) {
    case "R":
      return "busy"
    case "S":
    case "I":
      return "idle"
    case "D":
    case "U":
      return "blocked"
    case "T":
    case "t":
      return "stopped"
    default:
      return undefined
  }
}

/** The letter in a `/proc/PID/stat`: after the name, which is in parentheses and may hold any character. */
export const stateIn = (stat: string): string | undefined => stat.slice(stat.lastIndexOf(")") + 2)[0]

/** What a process does; `undefined` where it cannot be told, as on Windows. */
export const ofProcess = async (pid: number): Promise<Activity | undefined> => {
  try {
    if (process.platform === "linux") return ofState(stateIn(await readFile(`/proc/${pid}/stat`, "latin1")))
    if (process.platform === "win32") return undefined
    return ofState((await (asked ??= askSoon())).get(pid))
  } catch {
    return undefined
  }
}

let asked: Promise<ReadonlyMap<number, string>> | undefined

/** The states of all processes, asked once for all who want to know within one turn: a pool looks at every worker. */
const askSoon = async (): Promise<ReadonlyMap<number, string>> => {
  await Promise.resolve()
  asked = undefined
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,stat="])
  return statesIn(stdout)
}

/** The first letter of each state in what `ps -o pid=,stat=` prints. */
export const statesIn = (table: string): ReadonlyMap<number, string> => {
  const states = new Map<number, string>()
  for (const [, pid, letter] of table.matchAll(/^\s*(\d+)\s+(\S)/gm)) states.set(Number(pid), letter!)
  return states
}
