/**
 * The resident memory of a process, asked from the operating system, so that the size of a blocked process is known too.
 *
 * @since 0.1.0
 */
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { promisify } from "node:util"

/** Returns bytes; `undefined` where the system cannot tell: for a process that is gone, and on Windows. */
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

/** Reads the `VmRSS` of a `/proc/PID/status`; a zombie has none. */
export const fromStatus = (status: string): number | undefined =>
  fromKibi(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1])

const fromKibi = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) * 1024 : undefined
