/** Runs one program to its end, or to its limit. */
import { spawn } from "node:child_process"
import process from "node:process"
import { createInterface } from "node:readline"
import { text } from "node:stream/consumers"

/** - `ends`: whether the program ended by itself within the limit. `failed`: it did, with another exit code than 0. */
export interface Run {
  readonly prints: ReadonlyArray<string>
  readonly ends: boolean
  readonly failed?: boolean
}

export interface RunOptions {
  /** How long the program may take in all, in milliseconds. */
  readonly limit: number
  /** How long the program may take after its child was killed, in milliseconds. */
  readonly afterKill?: number
}

const announcement = /^pid (\d+)$/

/**
 * A line `pid N` of a program asks to kill that process, a child of the program; the line is not among its prints. A program past its limit
 * is killed with all processes of its group.
 */
export const run = async (
  command: string,
  args: ReadonlyArray<string>,
  { afterKill, limit }: RunOptions
): Promise<Run> => {
  // Python's processes would write their lines piece by piece, into each other.
  const { PYTHONUNBUFFERED: _, ...env } = process.env
  const program = spawn(command, args, { detached: true, stdio: ["ignore", "pipe", "pipe"], env })
  const exited = new Promise<number | null>((resolve, reject) => {
    program.once("error", reject)
    program.once("close", resolve)
  })
  let ends = true
  const stop = (): void => {
    ends = false
    if (program.pid !== undefined) kill(-program.pid)
  }
  let timer = setTimeout(stop, limit)
  const complaints = text(program.stderr)
  const prints: Array<string> = []
  createInterface({ input: program.stdout }).on("line", (line) => {
    const pid = announcement.exec(line)?.[1]
    if (pid === undefined) return void prints.push(line)
    kill(Number(pid))
    clearTimeout(timer)
    timer = setTimeout(stop, afterKill ?? limit)
  })
  try {
    const code = await exited
    if (ends && code !== 0) {
      prints.push(`exit code ${code}`, await complaints)
      return { prints, ends, failed: true }
    }
  } finally {
    clearTimeout(timer)
  }
  return { prints, ends }
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It has ended meanwhile.
  }
}
