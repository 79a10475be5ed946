/**
 * Spawns a thread. Wires only; the options are decided in `settings.ts`.
 *
 * The thread imports its file at once, and serves as soon as it has a `Start`: from the boot data, or
 * from the first message where the thread was prestarted.
 *
 * @since 0.1.0
 */
import { MessageChannel, type MessagePort, Worker, type WorkerOptions } from "node:worker_threads"
import type { Start } from "@heddle/core/protocol/messages/Message"
import { toWorkerData } from "./boot.ts"
import { mustExist } from "./builtSibling.ts"
import * as Realm from "./memory/realm.ts"
import { own } from "./own.ts"
import * as Doorbell from "./doorbell.ts"
import { type UnsentWrites, makeUnsentWrites } from "./writeThrough.ts"
import type { WorkerOutput } from "./workerOutput.ts"
import type { Settings } from "./settings.ts"
import { checkDirectory } from "./startFailure.ts"

/** A thread on its way up, with the host's end of its channel. */
export interface SpawnedThread {
  readonly worker: Worker
  readonly port: MessagePort
  /** `undefined`: the thread waits in its event loop only. */
  readonly bell: Doorbell.Doorbell | undefined
  readonly output: WorkerOutput
  /** Counts of the writes that have not left the thread. */
  readonly unsent: UnsentWrites
  /** The number of the thread among those that share structures. Its owner says when the thread is gone. */
  readonly agent: number
}

/** Throws where no thread was started. */
export const spawnThread = (settings: Settings, ordinal: number, start: Start | undefined): SpawnedThread => {
  mustExist(settings.entry)
  checkDirectory(undefined)
  const { port1, port2 } = new MessageChannel()
  const output = settings.makeOutput()
  const bell = settings.lowLatency ? Doorbell.make() : undefined
  const unsent = makeUnsentWrites()
  const membership = Realm.birth()
  try {
    const worker = new Worker(
      settings.entry,
      // Node would read absent options (`argv`, `eval`, `stdin`) from the prototype.
      own<WorkerOptions>({
        workerData: toWorkerData({
          port: port2,
          start,
          bell,
          mark: output.mark,
          unsent,
          membership,
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
    return { worker, port: port1, bell, output, unsent, agent: membership.agent }
  } catch (error) {
    port1.close()
    Realm.gone(membership.agent, ordinal)
    throw error
  }
}
