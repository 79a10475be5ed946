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
    const { stdout } = await promisify(execFile)("ps", ["-o", "stat=", "-p", String(pid)])
    return ofState(stdout.trim()[0])
  } catch {
    return undefined
  }
}
