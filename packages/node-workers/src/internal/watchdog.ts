/**
 * The watchdog: a thread inside each worker process that goes on when the main thread does not, in `for (;;);` or in
 * native code. It does two things, both told through a pipe of its own:
 *
 * - its end means that the host is gone, however it went: the watchdog kills the process and all that it spawned; so does the
 *   end of an end line, which means that the host of a host is gone (`processBoot.ts`);
 * - numbers in it name tasks to be interrupted: the watchdog raises the flag that `isInterrupted()` reads, so that a
 *   synchronous loop in a process sees it as one in a thread does.
 *
 * **The race avoided.** A notice may come before the main thread has read the `Run` of its task, behind which the
 * `Interrupt` waits that a synchronous handler never reads. So both sides write before they look: the watchdog remembers
 * the id in `told`, then looks for it in `held`; the main thread writes it to `held`, then looks in `told`. Atomics are
 * sequentially consistent, so at least one of them finds it.
 *
 * @since 0.1.0
 */
import { Worker, type WorkerOptions } from "node:worker_threads"
import { own } from "./own.ts"
import * as Claims from "@heddle/core/protocol/claims/Claims"

/** One per task that this worker holds; shared by its two threads. */
export interface Notices {
  readonly words: Int32Array
  /** Invariant: the id and the ticket of the task last offered at each index. */
  readonly held: BigInt64Array
  readonly tickets: Int32Array
  /** The ids that were told last, as a ring. */
  readonly told: BigInt64Array
}

/** At most `depth` tasks are held, and each is told once: more than enough. */
const ringLength = (depth: number): number => 4 * depth + 16

export const makeNotices = (depth: number): Notices => ({
  words: new Int32Array(new SharedArrayBuffer(Claims.byteLength(depth))),
  held: new BigInt64Array(new SharedArrayBuffer(depth * 8)),
  tickets: new Int32Array(new SharedArrayBuffer(depth * 4)),
  told: new BigInt64Array(new SharedArrayBuffer(ringLength(depth) * 8))
})

/** Main thread, on `Run`: puts the task on the words, as a host does where it shares them. */
export const hold = (
  { held, tickets, told, words }: Notices,
  id: number,
  index: number,
  ticket: number
): void => {
  const name = BigInt(id)
  Claims.adopt(words, index, ticket)
  Atomics.store(tickets, index, ticket)
  Atomics.store(held, index, name)
  for (let i = 0; i < told.length; i++) {
    if (Atomics.load(told, i) === name) Claims.interrupt(words, index, ticket)
  }
}

/** Host: how a notice looks in the pipe. */
export const encodeNotice = (id: number): Buffer => {
  const notice = Buffer.alloc(8)
  notice.writeBigInt64LE(BigInt(id))
  return notice
}

interface WatchdogData extends Notices {
  readonly fd: number
  /** Pipes that say nothing: the end of any is the end of this process. */
  readonly ends: ReadonlyArray<number>
  readonly group: number
  /** Where in `words` the flag of each index is. */
  readonly flags: ReadonlyArray<number>
}

/**
 * Starts it. It takes 2 ms of the main thread and then starts beside it, and about 10 MB; it keeps nothing alive.
 */
export const watch = (fd: number, ends: ReadonlyArray<number>, notices: Notices): void => {
  const data: WatchdogData = {
    ...notices,
    fd,
    ends,
    group: process.platform === "win32" ? process.pid : -process.pid,
    flags: Array.from(notices.held, (_, index) => Claims.flagAt(index))
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
 * What the thread runs, as text: a file would be stripped of its types first, at 15 MB for each worker. So it must not
 * use anything from outside of itself.
 */
const run = (): void => {
  const { Socket } = process.getBuiltinModule("node:net")
  const { workerData } = process.getBuiltinModule("node:worker_threads")
  const { ends, fd, flags, group, held, tickets, told, words }: WatchdogData = workerData
  let next = 0
  let rest = Buffer.alloc(0)
  const tell = (id: bigint): void => {
    Atomics.store(told, next++ % told.length, id)
    for (let i = 0; i < held.length; i++) {
      if (Atomics.load(held, i) === id) Atomics.store(words, flags[i]!, Atomics.load(tickets, i))
    }
  }
  const pipe = new Socket({ fd, readable: true, writable: false })
  pipe.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (; rest.length >= 8; rest = rest.subarray(8)) tell(rest.readBigInt64LE(0))
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
