// Runs one trial and watches it from outside, since a fault may take the trial's own process with it.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import { setTimeout as delay } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { type Deed, type Fault, lastsOf } from "./catalogue.ts"
import type { Row } from "./outcome.ts"
import { descendantsOf, isAlive, killAll } from "./processTable.ts"
import { exitCodes } from "./signals.ts"
import type { System } from "./system.ts"
import type { Line } from "./trial.ts"

const trial = fileURLToPath(new URL("trial.ts", import.meta.url))

/** What a process may take to start, and to be done with what it was asked after its outcome, beyond any patience. */
const slack = 20_000

const tailOf = (text: string): string => {
  const lines = text.split("\n").filter((line) => /error|fatal|exception|abort/i.test(line))
  return (lines[0] ?? "").trim().slice(0, 160)
}

export const tryFault = async (
  system: System,
  fault: Fault,
  patience: number,
  isQuick = true
): Promise<Row & Watched> => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-fault-"))
  const named = { system: system.name, transport: system.transport, fault: fault.name }
  const args = Object.entries({ ...named, patience: String(patience), folder }).flatMap(([name, value]) => [
    `--${name}`,
    value
  ])
  // Scenes count what is held.
  const collecting = fault.deed._tag === "play" ? ["--expose-gc"] : []
  const flags = ["--no-warnings", ...collecting, ...(fault.flags ?? [])]
  const command = [process.execPath, ...flags, trial, ...args, ...(isQuick ? ["--quick"] : [])]
  const child = start(command, folder, fault.descriptors)
  let below: ReadonlyArray<number> = []
  try {
    const remember = (pids: ReadonlyArray<number>) => (below = pids)
    const { deed } = fault
    const row =
      deed._tag === "kill-host"
        ? await watchKilled(child, remember)
        : deed._tag === "signal"
          ? await watchSignalled(child, deed, patience, remember)
          : await watch(child, patience + lastsOf(fault, isQuick))
    return { ...named, ...row }
  } finally {
    killAll([-child.pid!, child.pid!, ...below, ...descendantsOf(child.pid!)])
    child.stderr?.destroy()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** A limit of descriptors is one of the process itself, and of all that it starts: only a shell can set it. */
const start = (
  command: ReadonlyArray<string>,
  folder: string,
  descriptors: number | undefined
): ChildProcess => {
  const limited = ["sh", "-c", `ulimit -n ${descriptors}; exec "$@"`, "sh", ...command]
  const [file, ...args] = descriptors === undefined ? command : limited
  return spawn(file!, args, {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "ignore", "pipe", "pipe"]
  })
}

type Watched = Pick<Row, "outcome" | "nextTaskOk" | "detail"> & { readonly ms: number }

/** The lines of a trial, until it says that it is done, or dies, or keeps silent for too long. */
const watch = async (child: ChildProcess, patience: number): Promise<Watched> => {
  let stderr = ""
  child.stderr!.on("data", (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-20_000)))
  let began: number | undefined
  let row: Watched | undefined
  let isDone = false
  const timer = setTimeout(() => child.kill("SIGKILL"), patience * 2 + slack)
  for await (const text of createInterface({ input: child.stdio[3] as Readable })) {
    const line = JSON.parse(text) as Line
    if (line._tag === "begin") began = performance.now()
    else if (line._tag === "outcome")
      row = { outcome: line.outcome, ms: line.ms, detail: line.detail, nextTaskOk: false }
    else if (line._tag === "next") row = { ...row!, nextTaskOk: line.ok }
    else {
      isDone = true
      break
    }
  }
  clearTimeout(timer)
  if (isDone) return row!.outcome === "not-expressible" ? { ...row!, nextTaskOk: null } : row!
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
  if (began === undefined) throw new Error(`a trial could not begin: ${stderr}`)
  const ms = row?.ms ?? Math.round(performance.now() - began)
  // It was ended here: the host could not even say that its patience is over.
  if (child.signalCode === "SIGKILL")
    return { outcome: "hang", ms, nextTaskOk: false, detail: "the host is blocked" }
  return {
    outcome: "host-died",
    ms,
    nextTaskOk: null,
    detail: tailOf(stderr) || `exit ${child.exitCode ?? child.signalCode}`
  }
}

/** How long what a killed host leaves may take to go: what is promised. */
const goneWithin = 1000

const watchKilled = async (
  child: ChildProcess,
  remember: (pids: ReadonlyArray<number>) => void
): Promise<Watched> => {
  for await (const text of createInterface({ input: child.stdio[3] as Readable })) {
    if ((JSON.parse(text) as Line)._tag === "begin") break
  }
  await delay(300) // the task has certainly arrived
  const workers = descendantsOf(child.pid!)
  remember(workers)
  const began = performance.now()
  child.kill("SIGKILL")
  while (workers.some(isAlive) && performance.now() - began < 5000) await delay(10)
  const ms = Math.round(performance.now() - began)
  const left = workers.filter(isAlive).length
  const detail = `${workers.length} processes, ${left} left after ${ms} ms`
  return {
    outcome: workers.length > 0 && ms <= goneWithin ? "value" : "left-behind",
    ms,
    nextTaskOk: null,
    detail
  }
}

const linesOf = async function* (child: ChildProcess): AsyncGenerator<Line> {
  for await (const text of createInterface({ input: child.stdio[3] as Readable }))
    yield JSON.parse(text) as Line
}

/** A host that is told to end, and what it does about it. */
const watchSignalled = async (
  child: ChildProcess,
  { signals, to }: Extract<Deed, { readonly _tag: "signal" }>,
  patience: number,
  remember: (pids: ReadonlyArray<number>) => void
): Promise<Watched> => {
  let stderr = ""
  child.stderr!.on("data", (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-20_000)))
  const [first, second] = signals
  const exited = once(child, "exit")
  let began = 0
  let workers: ReadonlyArray<number> = []
  let isFinalized = false
  const timer = setTimeout(() => child.kill("SIGKILL"), patience + slack)
  for await (const line of linesOf(child)) {
    if (line._tag === "begin") {
      await delay(300) // the task has certainly arrived
      workers = descendantsOf(child.pid!)
      remember(workers)
      began = performance.now()
      process.kill(to === "group" ? -child.pid! : child.pid!, first)
    } else if (line._tag === "finalizing" && second !== undefined) child.kill(second)
    else if (line._tag === "finalized") isFinalized = true
  }
  await exited
  clearTimeout(timer)
  const ms = Math.round(performance.now() - began)
  const exit = child.exitCode ?? child.signalCode
  const row = { ms, nextTaskOk: null, detail: `exit ${exit}${isFinalized ? ", after its clean-up" : ""}` }
  if (began === 0) throw new Error(`a trial could not begin: ${stderr}`)
  if (exit === "SIGKILL") return { ...row, outcome: "hang", detail: "the host does not end" }
  const gone = performance.now() + goneWithin
  while (workers.some(isAlive) && performance.now() < gone) await delay(10)
  const left = workers.filter(isAlive).length
  if (left > 0) return { ...row, outcome: "left-behind", detail: `${row.detail}; ${left} processes are left` }
  const isRight =
    second === undefined
      ? isFinalized && exit === exitCodes[first!]
      : exit === second || exit === exitCodes[second]
  if (isRight) return { ...row, outcome: "value" }
  return { ...row, outcome: "host-died", detail: tailOf(stderr) || row.detail }
}
