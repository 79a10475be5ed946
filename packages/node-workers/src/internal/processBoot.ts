/**
 * What a worker process is given at birth: the one agreement between `NodeProcesses` and `NodeRunner` outside the frames.
 *
 * | descriptor | direction      | what                                                                     |
 * | ---------- | -------------- | ------------------------------------------------------------------------ |
 * | 3          | host to worker | records: the hello, then frames                                          |
 * | 4          | worker to host | records, written synchronously: what was posted has left, whatever comes |
 * | 5          | host to worker | for the watchdog: notices of interruption, and its end                   |
 * | 6 and on   | nothing        | end lines, for a pool within a worker: the end of each is all it tells   |
 *
 * **End lines.** A worker process that opens a pool of processes gives each of them a pipe of its own and the read ends of those
 * that it was given itself. So when a process dies every process below it sees the end of a pipe, and all of them end at once, not
 * one level after the other, and none is spared because one in between was stopped.
 *
 * @since 0.1.0
 */
import type { Start } from "@heddle/core/protocol/messages/Message"
import type { Drop } from "./confined.ts"
import { makeNotices, type Notices } from "./watchdog.ts"

export const inbound = 3
export const outbound = 4
export const lifeline = 5
export const firstEndLine = 6

export interface Hello {
  readonly start: Start
  readonly maxFrameBytes: number
  /** How many end lines it has. */
  readonly endLines: number
  /** Put around what tasks print; `undefined`: nobody asks whose it is. */
  readonly mark: string | undefined
  /** What it gives up before it runs its file; `undefined`: it is not confined. */
  readonly drops: ReadonlyArray<Drop> | undefined
}

export interface ProcessBoot extends Hello {
  readonly nonce: Buffer
  readonly notices: Notices
}

const key = "~@heddle/node-workers/process"

/** Worker: leaves the boot to `NodeRunner.runMain`, which may be that of another copy of this package. */
export const leaveBoot = (nonce: Buffer, hello: Hello): ProcessBoot => {
  const { drops, endLines, mark, maxFrameBytes, start } = hello
  const notices = makeNotices(start.claimCapacity)
  const told = { ...start, words: notices.words }
  const boot = { nonce, notices, drops, endLines, mark, maxFrameBytes, start: told }
  Reflect.set(globalThis, key, boot)
  return boot
}

/** Worker: whether nobody has taken it yet. */
export const isProcessBootLeft = (): boolean => Object.hasOwn(globalThis, key)

/** Worker: takes it. `undefined`: this process is not one of ours, or it was taken before. */
export const takeProcessBoot = (): ProcessBoot | undefined => {
  const boot = Reflect.get(globalThis, key) as ProcessBoot | undefined
  Reflect.deleteProperty(globalThis, key)
  return boot
}
