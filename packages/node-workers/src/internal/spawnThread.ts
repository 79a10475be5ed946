/**
 * A thread that was just started, with the host's end of its channel. It imports its file meanwhile, and serves once it
 * knows its `Start`: at once where that is given, else when that comes as the first message.
 *
 * @since 0.1.0
 */
import { MessageChannel, type MessagePort, Worker, type WorkerOptions } from "node:worker_threads"
import type { Start } from "@heddle/core/protocol/messages/Message"
import { toWorkerData } from "./boot.ts"
import { mustExist } from "./builtSibling.ts"
import { own } from "./own.ts"
import * as Doorbell from "./doorbell.ts"
import { type Kept, makeKept } from "./printing.ts"
import type { Outlet } from "./printed.ts"
import type { Settings } from "./settings.ts"
import { checkDirectory } from "./startFailure.ts"

export interface Newborn {
  readonly worker: Worker
  readonly port: MessagePort
  /** `undefined`: it waits in its event loop alone. */
  readonly bell: Doorbell.Doorbell | undefined
  readonly outlet: Outlet
  /** How many of its writes to its streams have not left it. */
  readonly kept: Kept
}

/** Throws when nothing was started. */
export const spawnThread = (settings: Settings, ordinal: number, start: Start | undefined): Newborn => {
  mustExist(settings.entry)
  checkDirectory(undefined)
  const { port1, port2 } = new MessageChannel()
  const outlet = settings.outlets()
  const bell = settings.lowLatency ? Doorbell.make() : undefined
  const kept = makeKept()
  try {
    const worker = new Worker(
      settings.entry,
      // Node reads what is left out here from the prototype: `argv`, `eval`, `stdin`.
      own<WorkerOptions>({
        workerData: toWorkerData({
          port: port2,
          start,
          bell,
          mark: outlet.mark,
          kept,
          drops: settings.drops?.()
        }),
        transferList: [port2],
        name: `${settings.name}-${ordinal}`,
        env: settings.env,
        execArgv: [...settings.execArgv],
        resourceLimits: own(settings.resourceLimits ?? {}),
        stdout: true,
        stderr: true
      })
    )
    return { worker, port: port1, bell, outlet, kept }
  } catch (error) {
    port1.close()
    throw error
  }
}
