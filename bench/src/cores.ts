// What the cores do besides: how much of them other processes took, and how to keep them from falling asleep.
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}

/** Ticks of the clock that `/proc` counts in; 100 a second on every Linux. */
const ticksPerSecond = 100

interface Ticks {
  /** Of all cores, since the start of the machine. */
  readonly busy: number
  readonly total: number
}

const machine = (): Ticks | undefined => {
  const fields = /^cpu +(.*)$/m
    .exec(read("/proc/stat") ?? "")?.[1]
    ?.split(" ")
    .map(Number)
  if (fields === undefined) return undefined
  // user nice system idle iowait irq softirq steal; guests are counted in user.
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = fields
  const busy = user + nice + system + irq + softirq + steal
  return { busy, total: busy + idle + iowait }
}

const ticksOf = (pid: number): number => {
  // The name of a process may hold anything, a parenthesis too; the numbers come after the last one.
  const fields = (read(`/proc/${pid}/stat`) ?? "").split(")").at(-1)!.trim().split(" ")
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
}

/** Of the children of this process that have ended. */
const ticksOfChildren = (): number => {
  const fields = (read("/proc/self/stat") ?? "").split(")").at(-1)!.trim().split(" ")
  return Number(fields[13] ?? 0) + Number(fields[14] ?? 0)
}

/**
 * Begins to watch; the returned function gives the share of all cores, from 0 to 1, that others took meanwhile: neither
 * this process and its children that ended, nor `ours`. `undefined` where the system does not tell.
 */
export const watchOthers = (ours: ReadonlyArray<number>): (() => number | undefined) => {
  const before = machine()
  const own = process.cpuUsage()
  const ended = ticksOfChildren()
  const theirs = ours.map(ticksOf)
  return () => {
    const after = machine()
    if (before === undefined || after === undefined || after.total === before.total) return undefined
    const { system, user } = process.cpuUsage(own)
    const children =
      ours.reduce((sum, pid, i) => sum + Math.max(0, ticksOf(pid) - theirs[i]!), 0) +
      ticksOfChildren() -
      ended
    const others = after.busy - before.busy - ((user + system) / 1e6) * ticksPerSecond - children
    return Math.min(1, Math.max(0, others / (after.total - before.total)))
  }
}

export interface Awake {
  readonly pids: ReadonlyArray<number>
  readonly end: () => void
}

/** Why the cores of this machine cannot be kept awake; `undefined` when they can. */
export const cannotStayAwake = (): string | undefined =>
  spawnSync("chrt", ["-i", "0", "true"], { stdio: "ignore" }).status === 0
    ? undefined
    : "`chrt -i 0` does not work here, so nothing can spin at idle priority"

/**
 * One busy loop per core at idle priority: a wake-up then costs a switch of context, and not the hypervisor's wake-up of
 * a halted core. Only once `cannotStayAwake` has said nothing.
 */
export const keepAwake = (): Awake => {
  const script = fileURLToPath(new URL("./awake.ts", import.meta.url))
  const spinners = Array.from({ length: availableParallelism() }, (): ChildProcess => {
    // A session of its own is a scheduling group of its own; its niceness is that of the whole group.
    const child = spawn("chrt", ["-i", "0", process.execPath, script], { stdio: "ignore", detached: true })
    try {
      writeFileSync(`/proc/${child.pid}/autogroup`, "19")
    } catch {
      // Without such groups the policy alone decides, which is what is wanted.
    }
    return child
  })
  return {
    pids: spinners.flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    end: () => {
      for (const spinner of spinners) spinner.kill("SIGKILL")
    }
  }
}
