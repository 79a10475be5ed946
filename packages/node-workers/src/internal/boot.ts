/**
 * What a thread is given at birth: the one agreement between `NodeThreads` and `NodeRunner` outside the frames.
 *
 * @since 0.1.0
 */
import type { MessagePort } from "node:worker_threads"
import type { Start } from "@heddle/core/protocol/messages/Message"
import type { Drop } from "./confined.ts"
import type { Doorbell } from "./doorbell.ts"
import type { Kept } from "./printing.ts"

const key = "~@heddle/node-workers"

export interface Boot {
  /** The worker's end of the private channel. */
  readonly port: MessagePort
  /** `undefined`: it comes as the first message, to a thread that was started before there was a pool. */
  readonly start: Start | undefined
  /** Rung at each post to this thread; `undefined`: it is to wait in its event loop alone. */
  readonly bell: Doorbell | undefined
  /** Put around what tasks print; `undefined`: nobody asks whose it is. */
  readonly mark: string | undefined
  /** Where it says how many of its writes to its streams have not left it. */
  readonly kept: Kept
  /** What it gives up before it builds its layer; `undefined`: it is not confined. */
  readonly drops: ReadonlyArray<Drop> | undefined
}

/** Host: the `workerData` of a new thread. */
export const toWorkerData = (boot: Boot): object => ({ [key]: boot })

/** Worker: whether nobody has taken the boot yet. */
export const isBootLeft = (workerData: unknown): boolean =>
  typeof workerData === "object" && workerData !== null && Object.hasOwn(workerData, key)

/**
 * Worker: takes the boot out of `workerData`. `undefined`: this thread is not one of ours, or it was taken before.
 *
 * Taken means removed, so that code which runs here later cannot come by the private channel (G10).
 */
export const takeBoot = (workerData: unknown): Boot | undefined => {
  if (!isBootLeft(workerData)) return undefined
  const boot = Reflect.get(workerData as object, key) as Boot
  Reflect.deleteProperty(workerData as object, key)
  return boot
}
