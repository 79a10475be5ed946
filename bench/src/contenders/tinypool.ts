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

export const tinypool: ReadonlyArray<Contender> = [
  {
    name: "tinypool",
    how:
      "`minThreads` and `maxThreads` 2; the rest as it comes: atomics, one task per worker (more of them per worker " +
      "gained nothing, and holds short tasks up behind long ones), unbounded queue",
    workloads: [
      ...asks.tiny,
      ...asks.copies,
      ...asks.transfers,
      ...asks.shared,
      ...asks.work,
      "map",
      "queue",
      "start",
      "memory",
      "growth",
      "stuck"
    ],
    mapItems: 10_000,
    open: (options) => open(1, undefined, options)
  },
  {
    name: "tinypool-chunked",
    how: "the same, fed by hand with plain arrays of 8,192 numbers",
    workloads: ["map"],
    quick: false,
    open: (options) => open(1, 8192, options)
  }
]
