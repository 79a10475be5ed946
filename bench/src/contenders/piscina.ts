// Piscina: https://github.com/piscinajs/piscina
import { fileURLToPath } from "node:url"
import { mapChunks, mapTypedChunks, promiseClient } from "./clients.ts"
import { asks, type Contender, type OpenOptions, type Pool } from "./contender.ts"
import { batched } from "./floor-stream.ts"
import { named } from "./operations.named.ts"
import { overPorts } from "./port-stream.ts"

interface Tuning {
  /** Tasks that each worker holds at once. */
  readonly concurrency: number
  /** Items per hand-made chunk; unset: one task per item. */
  readonly chunk?: number
}

const open = async ({ chunk, concurrency }: Tuning, options: OpenOptions): Promise<Pool> => {
  const { FixedQueue, move, Piscina } = await import("piscina")
  const { operation, size } = options
  const filename = fileURLToPath(new URL("./piscina.worker.ts", import.meta.url))
  const tuned = concurrency > 1
  const pool = new Piscina<any, any>({
    filename,
    name: named(operation),
    minThreads: size,
    maxThreads: size,
    ...(tuned
      ? { concurrentTasksPerWorker: concurrency, recordTiming: false, taskQueue: new FixedQueue() }
      : undefined)
  })
  const call =
    operation === "bytes-transfer" || operation === "chunk-typed"
      ? (payload: Uint8Array<ArrayBuffer>) => pool.run(move(payload))
      : (payload: unknown) => pool.run(payload)
  return {
    ...promiseClient(call),
    map: (inputs) =>
      mapChunks(
        inputs,
        chunk ?? 1,
        chunk === undefined ? ([n]) => call(n as any).then((m) => [m]) : (call as any)
      ),
    mapTyped: (inputs) => mapTypedChunks(inputs, chunk ?? 1, call as any),
    stream: (flow) =>
      overPorts(flow, batched(flow.kind), (_, end, port) =>
        pool.run({ end, port }, { name: "stream", transferList: [port] })
      ),
    begin: (payload) => {
      const controller = new AbortController()
      const running = pool.run(payload, { signal: controller.signal })
      return { cancel: () => controller.abort(), ended: running.catch(() => undefined) }
    },
    close: () => pool.destroy()
  }
}

const everything = [
  ...asks.tiny,
  ...asks.copies,
  ...asks.transfers,
  ...asks.shared,
  ...asks.work,
  "queue",
  "start",
  "memory",
  "growth",
  "stuck",
  "crash"
]

export const piscina: ReadonlyArray<Contender> = [
  {
    name: "piscina",
    how: "`minThreads` and `maxThreads` 2; the rest as it comes: atomics `sync`, one task per worker, unbounded queue",
    workloads: [...everything, "map"],
    mapItems: 10_000,
    open: (options) => open({ concurrency: 1 }, options)
  },
  {
    name: "piscina-64",
    how: "the same with `concurrentTasksPerWorker: 64`, `recordTiming: false` and `FixedQueue`",
    workloads: [...asks.tiny, ...asks.copies, ...asks.work, "map", "queue"],
    mapItems: 20_000,
    open: (options) => open({ concurrency: 64 }, options)
  },
  {
    name: "piscina-chunked",
    how:
      "`piscina-64`, fed by hand with chunks of 8,192 numbers: plain arrays in `map`, in `map-typed` typed arrays that " +
      "are transferred both ways (`move`)",
    workloads: ["map", "map-typed"],
    open: (options) => open({ concurrency: 64, chunk: 8192 }, options)
  },
  {
    name: "piscina-port",
    how: "`piscina`, its tasks handed a `MessagePort`, and the code of `floor-stream` at both ends of it",
    workloads: asks.streams,
    open: (options) => open({ concurrency: 1 }, options)
  }
]
