/**
 * How much memory the operating system gave to a process, asked from outside, so that it is told of a blocked one too.
 *
 * @since 0.1.0
 */
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { promisify } from "node:util"

/** In bytes; `undefined` where it cannot be told, as of a process that is gone, and on Windows. */
export const residentSize = async (pid: number): Promise<number | undefined> => {
  try {
    if (process.platform === "linux") return fromStatus(await readFile(`/proc/${pid}/status`, "latin1"))
    if (process.platform === "win32") return undefined
    const { stdout } = await promisify(execFile)("ps", ["-o", "rss=", "-p", String(pid)])
    return fromKibi(stdout.trim())
  } catch {
    return undefined
  }
}

/** Reads the `VmRSS` of a `/proc/PID/status`; a process that only waits to be reaped has none. */
export const fromStatus = (status: string): number | undefined =>
  fromKibi(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])

const fromKibi = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) * 1024 : undefined
