/**
 * The watchdog: a thread inside each worker process that runs on while the main thread is stuck in a loop or in native
 * code. The watchdog reads a pipe of its own and has two duties:
 *
 * - The end of the pipe means that the host is gone. The watchdog then kills the process and all processes below. The end
 *   of an ancestor pipe means the same of a host further up (`processBoot.ts`).
 * - Each number in the pipe names a task to interrupt. The watchdog raises the flag that `isInterrupted()` reads, so that a
 *   synchronous loop in a process sees an interruption as a loop in a thread does.
 *
 * **The race avoided.** A notice may come before the main thread has read the `Run` of its task, and a synchronous handler
 * never reads the `Interrupt` behind the `Run`. So both sides write before they search: the watchdog stores the id in
 * `interrupted`, then searches `taskIds`; the main thread stores the id in `taskIds`, then searches `interrupted`. Atomics are
 * sequentially consistent, so at least one side finds the other's id.
 *
 * @since 0.1.0
 */
import { Worker, type WorkerOptions } from "node:worker_threads"
import { own } from "./own.ts"
import * as Claims from "@heddle/core/protocol/claims/Claims"

/** Memory shared by the main thread and the watchdog, with an entry for each claim index of this worker. */
export interface InterruptNotices {
  readonly words: Int32Array
  /** Invariant: the id and the ticket of the latest task at each index. */
  readonly taskIds: BigInt64Array
  readonly tickets: Int32Array
  /** A ring of the ids in the latest notices. */
  readonly interrupted: BigInt64Array
}

/** At most `depth` tasks are held, with one notice each, so this is more than enough. */
const ringLength = (depth: number): number => 4 * depth + 16

export const makeInterruptNotices = (depth: number): InterruptNotices => ({
  words: new Int32Array(new SharedArrayBuffer(Claims.byteLength(depth))),
  taskIds: new BigInt64Array(new SharedArrayBuffer(depth * 8)),
  tickets: new Int32Array(new SharedArrayBuffer(depth * 4)),
  interrupted: new BigInt64Array(new SharedArrayBuffer(ringLength(depth) * 8))
})

/** Main thread, on `Run`: writes the task to the claim words, as a host does where the words are shared. */
export const adoptTask = (
  { interrupted, taskIds, tickets, words }: InterruptNotices,
  id: number,
  index: number,
  ticket: number
): void => {
  const name = BigInt(id)
  Claims.adopt(words, index, ticket)
  Atomics.store(tickets, index, ticket)
  Atomics.store(taskIds, index, name)
  for (let i = 0; i < interrupted.length; i++) {
    if (Atomics.load(interrupted, i) === name) Claims.interrupt(words, index, ticket)
  }
}

/** Host: encodes a notice for the pipe. */
export const encodeNotice = (id: number): Buffer => {
  const notice = Buffer.alloc(8)
  notice.writeBigInt64LE(BigInt(id))
  return notice
}

interface WatchdogData extends InterruptNotices {
  readonly fd: number
  /** Ancestor pipes: the end of any ends this process. */
  readonly ends: ReadonlyArray<number>
  readonly group: number
  /** The position in `words` of the flag of each index. */
  readonly flags: ReadonlyArray<number>
}

/**
 * Starts the watchdog. Starting takes 2 ms of the main thread, and the watchdog about 10 MB. It does not keep the process
 * alive.
 */
export const startWatchdog = (fd: number, ends: ReadonlyArray<number>, notices: InterruptNotices): void => {
  const data: WatchdogData = {
    ...notices,
    fd,
    ends,
    group: process.platform === "win32" ? process.pid : -process.pid,
    flags: Array.from(notices.taskIds, (_, index) => Claims.flagAt(index))
  }
  const watchdog = new Worker(
    `(${String(run)})()`,
    own<WorkerOptions>({
      eval: true,
      name: "heddle watchdog",
      workerData: data,
      env: own({}),
      execArgv: [],
      resourceLimits: own({ maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 })
    })
  )
  watchdog.unref()
}

/**
 * The watchdog's program, which is passed as text, since stripping types from a file would cost 15 MB in each worker. So
 * this function must not use any name from outside.
 */
const run = (): void => {
  const { Socket } = process.getBuiltinModule("node:net")
  const { workerData } = process.getBuiltinModule("node:worker_threads")
  const { ends, fd, flags, group, interrupted, taskIds, tickets, words }: WatchdogData = workerData
  let next = 0
  let rest = Buffer.alloc(0)
  const interrupt = (id: bigint): void => {
    Atomics.store(interrupted, next++ % interrupted.length, id)
    for (let i = 0; i < taskIds.length; i++) {
      if (Atomics.load(taskIds, i) === id) Atomics.store(words, flags[i]!, Atomics.load(tickets, i))
    }
  }
  const pipe = new Socket({ fd, readable: true, writable: false })
  pipe.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (; rest.length >= 8; rest = rest.subarray(8)) interrupt(rest.readBigInt64LE(0))
  })
  const die = () => process.kill(group, "SIGKILL")
  pipe.on("error", () => {})
  pipe.on("close", die)
  for (const end of ends) {
    const line = new Socket({ fd: end, readable: true, writable: false })
    line.on("error", () => {})
    line.on("close", die)
    line.resume()
  }
}
