// Floors of memory: threads that do nothing but import, and answer.
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { callbackClient } from "./clients.ts"
import type { Contender, OpenOptions, Pool } from "./contender.ts"
import { Fifo } from "./fifo.ts"

const open = async (entry: URL, { size }: OpenOptions): Promise<Pool> => {
  const workers = Array.from({ length: size }, () => new Worker(entry))
  const waiting = workers.map((worker) => {
    const callbacks = new Fifo<(answer: unknown) => void>()
    worker.on("message", (answer) => callbacks.shift()(answer))
    return callbacks
  })
  await Promise.all(workers.map((worker) => once(worker, "online")))
  let turn = 0
  return {
    ...callbackClient((payload, done) => {
      const next = turn++ % size
      waiting[next]!.push(done)
      workers[next]!.postMessage(payload)
    }),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()))
    }
  }
}

const floor = (name: string, how: string, entry: URL): Contender => ({
  name,
  how,
  workloads: ["memory"],
  open: (options) => open(entry, options)
})

export const floorThread: ReadonlyArray<Contender> = [
  floor(
    "floor-thread",
    "a bare thread that imports nothing",
    new URL("./floor-thread.worker.ts", import.meta.url)
  ),
  floor(
    "floor-thread-effect",
    "a bare thread that imports the modules of Effect that a handler needs (`effect/Effect`, `effect/Layer`, `effect/Schema`)",
    new URL("./floor-thread-effect.worker.ts", import.meta.url)
  ),
  floor(
    "floor-thread-barrel",
    'a bare thread with `import { Effect } from "effect"`',
    new URL("./floor-thread-barrel.worker.ts", import.meta.url)
  )
]
