/**
 * The boot data of a worker process: the only contract between `NodeProcesses` and `NodeRunner` beside the frames.
 *
 * | descriptor | direction      | content                                                               |
 * | ---------- | -------------- | --------------------------------------------------------------------- |
 * | 3          | host to worker | records: the hello, then frames                                       |
 * | 4          | worker to host | records, written synchronously, so that a posted frame has left       |
 * | 5          | host to worker | notices of interruption, read by the watchdog                         |
 * | 6 and on   | none           | ancestor pipes, for a pool within a worker: only their end has meaning |
 *
 * **Ancestor pipes.** A worker process that opens a pool of processes gives each of them a new pipe and the read ends of its
 * own ancestor pipes. When a process dies, every process below reads the end of a pipe. So all of them end at once, not one
 * level after the other, and a stopped process in between spares none.
 *
 * @since 0.1.0
 */
import type { Start } from "@heddle/core/protocol/messages/Message"
import type { PermissionDrop } from "./confined.ts"
import { makeInterruptNotices, type InterruptNotices } from "./watchdog.ts"

export const inbound = 3
export const outbound = 4
export const watchdogPipe = 5
export const firstAncestorPipe = 6

export interface Hello {
  readonly start: Start
  readonly maxFrameBytes: number
  /** The number of ancestor pipes. */
  readonly ancestorPipes: number
  /** Written around the output of each task. `undefined`: the host does not ask which task printed. */
  readonly mark: string | undefined
  /** Permissions to drop before the worker's file runs. `undefined`: the process is not confined. */
  readonly drops: ReadonlyArray<PermissionDrop> | undefined
}

export interface ProcessBoot extends Hello {
  readonly nonce: Buffer
  readonly notices: InterruptNotices
}

const key = "~@heddle/node-workers/process"

/** Worker: publishes the boot data for `NodeRunner.runMain`, which may belong to another copy of this package. */
export const publishProcessBoot = (nonce: Buffer, hello: Hello): ProcessBoot => {
  const { drops, ancestorPipes, mark, maxFrameBytes, start } = hello
  const notices = makeInterruptNotices(start.claimCapacity)
  const startWithWords = { ...start, words: notices.words }
  const boot = { nonce, notices, drops, ancestorPipes, mark, maxFrameBytes, start: startWithWords }
  Reflect.set(globalThis, key, boot)
  return boot
}

/** Worker: returns whether the boot data has not been taken yet. */
export const hasProcessBoot = (): boolean => Object.hasOwn(globalThis, key)

/** Worker: takes the boot data. `undefined`: no process of a transport, or taken before. */
export const takeProcessBoot = (): ProcessBoot | undefined => {
  const boot = Reflect.get(globalThis, key) as ProcessBoot | undefined
  Reflect.deleteProperty(globalThis, key)
  return boot
}
