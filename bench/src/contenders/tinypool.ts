// Tinypool: https://github.com/tinylibs/tinypool
import { mapChunks, promiseClient } from "./clients.ts"
import { asks, type Contender, type OpenOptions, type Pool } from "./contender.ts"
import { named } from "./operations.named.ts"

const open = async (concurrency: number, chunk: number | undefined, options: OpenOptions): Promise<Pool> => {
  const { Tinypool } = await import("tinypool")
  const { operation, size } = options
  const pool = new Tinypool({
    filename: new URL("./tinypool.worker.ts", import.meta.url).href,
    name: named(operation),
    minThreads: size,
    maxThreads: size,
    concurrentTasksPerWorker: concurrency
  })
  const call =
    operation === "bytes-transfer"
      ? (payload: Uint8Array) => pool.run(payload, { transferList: [payload.buffer as ArrayBuffer] })
      : (payload: unknown) => pool.run(payload)
  const single = async ([n]: ReadonlyArray<number>) => [await pool.run(n)]
  return {
    ...promiseClient(call),
    map: (inputs) => mapChunks(inputs, chunk ?? 1, chunk === undefined ? single : (call as any)),
    begin: (payload) => {
      const controller = new AbortController()
      const running = pool.run(payload, { signal: controller.signal })
      return { cancel: () => controller.abort(), ended: running.catch(() => undefined) }
    },
    close: () => pool.destroy()
  }
}

// Not `queue`: its queue is an array that is shifted, with 1,000,000 tasks in it that takes minutes.
const everything = [
  ...asks.tiny,
  ...asks.copies,
  ...asks.transfers,
  ...asks.shared,
  ...asks.work,
  "map",
  "start",
  "memory",
  "growth",
  "stuck"
]

export const tinypool: ReadonlyArray<Contender> = [
  {
    name: "tinypool",
    how: "`minThreads` and `maxThreads` 2; the rest as it comes: atomics, one task per worker, unbounded queue",
    workloads: everything,
    mapItems: 10_000,
    open: (options) => open(1, undefined, options)
  },
  {
    name: "tinypool-64",
    how: "the same with `concurrentTasksPerWorker: 64`",
    workloads: [...asks.tiny, ...asks.copies, ...asks.work, "map"],
    mapItems: 20_000,
    open: (options) => open(64, undefined, options)
  },
  {
    name: "tinypool-chunked",
    how: "`tinypool-64`, fed by hand with plain arrays of 8,192 numbers",
    workloads: ["map"],
    quick: false,
    open: (options) => open(64, 8192, options)
  }
]
