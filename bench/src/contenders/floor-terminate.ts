// Floors of losing a worker: a bare thread is terminated, or ends, and another one takes its place.
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { callbackClient } from "./clients.ts"
import type { Contender, OpenOptions, Pool } from "./contender.ts"
import { crash } from "./operations.ts"

const bare = new URL("./floor-port.worker.ts", import.meta.url)
const withEffect = new URL("./floor-terminate-effect.worker.ts", import.meta.url)

/** Until a spare that was used is replaced; less than `loss.ts` rests between two losses. */
const respawnMillis = 50

/** A thread that has answered once is up. */
const isUp = async (worker: Worker): Promise<void> => {
  worker.postMessage(0)
  await once(worker, "message")
}

const open = async (entry: URL, spares: boolean, { operation }: OpenOptions): Promise<Pool> => {
  const spawn = (): Worker => new Worker(entry, { workerData: operation })
  let current = spawn()
  let spare = spares ? spawn() : undefined
  await isUp(current)
  if (spare !== undefined) await isUp(spare)
  let timer: NodeJS.Timeout | undefined
  const replace = (): void => {
    current = spare ?? spawn()
    // Starting a thread takes this one milliseconds: not before the next answer.
    if (spares) timer = setTimeout(() => (spare = spawn()), respawnMillis)
  }
  return {
    ...callbackClient((payload, done) => {
      const worker = current
      worker.once("message", done)
      worker.postMessage(payload)
    }),
    begin: (payload) => {
      const worker = current
      const exit = once(worker, "exit")
      worker.postMessage(payload)
      return {
        cancel: () => {
          void worker.terminate()
          replace()
        },
        ended: exit.then(() => (payload === crash ? replace() : undefined))
      }
    },
    close: async () => {
      clearTimeout(timer)
      await Promise.all([current.terminate(), spare?.terminate()])
    }
  }
}

export const floorTerminate: ReadonlyArray<Contender> = [
  {
    name: "floor-terminate",
    how: "a bare thread: `terminate()`, at once a new one, to its first answer",
    workloads: ["stuck", "crash"],
    open: (options) => open(bare, false, options)
  },
  {
    name: "floor-terminate-effect",
    how: "the same, where the thread imports the modules of Effect that a handler needs",
    workloads: ["stuck", "crash"],
    open: (options) => open(withEffect, false, options)
  },
  {
    name: "floor-spare",
    how: "the same with a spare thread that is already up",
    workloads: ["stuck", "crash"],
    open: (options) => open(bare, true, options)
  }
]
