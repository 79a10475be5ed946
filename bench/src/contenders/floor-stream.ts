// Floors of streams: bare ports with credit. Batches made by hand, or a message per element.
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { asks, type Contender, type OpenOptions, type Pool } from "./contender.ts"
import { type Cut, overPorts } from "./port-stream.ts"
import type { Flow } from "./readings.ts"

/** The fastest, on the whole, of those from 32 to 1,024 objects, and from 1 to 32 typed arrays. */
export const batched = (kind: Flow["kind"]): Cut =>
  kind === "objects" ? { batch: 512, window: 4 } : { batch: 16, window: 8 }

const oneByOne: Cut = { batch: 1, window: 1024 }

const open = async ({ size }: OpenOptions, cut: (kind: Flow["kind"]) => Cut): Promise<Pool> => {
  const workers = Array.from(
    { length: size },
    () => new Worker(new URL("./floor-stream.worker.ts", import.meta.url))
  )
  return {
    stream: (flow) =>
      overPorts(flow, cut(flow.kind), async (index, end, port) => {
        const worker = workers[index]!
        worker.postMessage({ end, port }, [port])
        const [sum] = (await once(worker, "message")) as [number]
        return sum
      }),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()))
    }
  }
}

export const floorStream: ReadonlyArray<Contender> = [
  {
    name: "floor-stream",
    how: "bare ports, arrays of 512 objects or of 16 typed arrays, which are transferred; at most 4 or 8 messages ahead of the consumer",
    workloads: [...asks.streams, ...asks.streamMemory],
    open: (options) => open(options, batched)
  },
  {
    name: "floor-stream-each",
    how: "bare ports, a message per object or typed array; at most 1,024 ahead of the consumer",
    workloads: asks.streams,
    open: (options) => open(options, () => oneByOne)
  }
]
