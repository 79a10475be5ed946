/**
 * The activity of a silent worker, from signs that need no cooperation of the worker.
 *
 * @since 0.1.0
 */
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { promisify } from "node:util"
import type { Activity } from "@heddle/core/WorkerTransport"

/** How long a thread is observed, in milliseconds. */
export const watchMillis = 50

/**
 * - `utilization`: the share of the time in which the event loop did not wait, from 0 to 1.
 * - `answered`: whether V8 could interrupt the thread, as V8 can in JavaScript, but not in native code.
 */
export interface ThreadSigns {
  readonly isParked: boolean
  readonly utilization: number
  readonly answered: boolean
}

/** Judges a thread. A parked thread looks busy from outside, so `isParked` comes first. */
export const ofThread = ({ answered, isParked, utilization }: ThreadSigns): Activity => {
  if (isParked) return "parked"
  if (utilization < 0.5) return "idle"
  return answered ? "busy" : "blocked"
}

/** Reads the state letter of the operating system; `undefined` for a process that is gone. */
export const ofStateLetter = (letter: string | undefined): Activity | undefined => {
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

/** Returns the state letter in a `/proc/PID/stat`. The letter follows the name, which is in parentheses and may hold any character. */
export const letterInStat = (stat: string): string | undefined => stat.slice(stat.lastIndexOf(")") + 2)[0]

/** Asks the system for the activity of a process; `undefined` where the system cannot tell, as on Windows. */
export const ofProcess = async (pid: number): Promise<Activity | undefined> => {
  try {
    if (process.platform === "linux")
      return ofStateLetter(letterInStat(await readFile(`/proc/${pid}/stat`, "latin1")))
    if (process.platform === "win32") return undefined
    return ofStateLetter((await (pendingList ??= listProcesses())).get(pid))
  } catch {
    return undefined
  }
}

/** The list that this turn of the event loop shares. */
let pendingList: Promise<ReadonlyMap<number, string>> | undefined

/** Lists all processes once for all questions within one turn: a pool asks about every worker. */
const listProcesses = async (): Promise<ReadonlyMap<number, string>> => {
  await Promise.resolve()
  pendingList = undefined
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,stat="])
  return lettersInPs(stdout)
}

/** Parses the output of `ps -o pid=,stat=` to the first letter of each state. */
export const lettersInPs = (table: string): ReadonlyMap<number, string> => {
  const states = new Map<number, string>()
  for (const [, pid, letter] of table.matchAll(/^\s*(\d+)\s+(\S)/gm)) states.set(Number(pid), letter!)
  return states
}
