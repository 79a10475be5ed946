/**
 * The boot data of a thread: the only contract between `NodeThreads` and `NodeRunner` beside the frames.
 *
 * @since 0.1.0
 */
import type { MessagePort } from "node:worker_threads"
import type { Start } from "@heddle/core/protocol/messages/Message"
import type { PermissionDrop } from "./confined.ts"
import type { Membership } from "./memory/realm.ts"
import type { Doorbell } from "./doorbell.ts"
import type { UnsentWrites } from "./writeThrough.ts"

const key = "~@heddle/node-workers"

export interface ThreadBoot {
  /** The worker's end of the private channel. */
  readonly port: MessagePort
  /** `undefined` for a prestarted thread: the start comes as the first message. */
  readonly start: Start | undefined
  /** Rung at each post to this thread. `undefined`: the thread waits in its event loop only. */
  readonly bell: Doorbell | undefined
  /** Written around the output of each task. `undefined`: the host does not ask which task printed. */
  readonly mark: string | undefined
  /** Shared counts of the writes that have not left this thread. */
  readonly unsent: UnsentWrites
  /** The thread's part in the structures that threads share. */
  readonly membership: Membership
  /** Permissions to drop before the layer is built. `undefined`: the thread is not confined. */
  readonly drops: ReadonlyArray<PermissionDrop> | undefined
}

/** Host: returns the `workerData` of a new thread. */
export const toWorkerData = (boot: ThreadBoot): object => ({ [key]: boot })

/** Worker: returns whether the boot data has not been taken yet. */
export const hasThreadBoot = (workerData: unknown): boolean =>
  typeof workerData === "object" && workerData !== null && Object.hasOwn(workerData, key)

/**
 * Worker: takes the boot data out of `workerData`. `undefined`: no thread of a transport, or taken before.
 *
 * Taken means removed, so that later code in this thread cannot reach the private channel (G10).
 */
export const takeThreadBoot = (workerData: unknown): ThreadBoot | undefined => {
  if (!hasThreadBoot(workerData)) return undefined
  const boot = Reflect.get(workerData as object, key) as ThreadBoot
  Reflect.deleteProperty(workerData as object, key)
  return boot
}
