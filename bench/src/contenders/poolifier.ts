// Poolifier: https://github.com/poolifier/poolifier
import { fileURLToPath } from "node:url"
import { mapChunks, promiseClient } from "./clients.ts"
import { asks, type Contender, type OpenOptions, type Pool } from "./contender.ts"
import { named } from "./operations.named.ts"

interface Tuning {
  /** Whether tasks wait in queues of the host, one per worker, from which idle workers steal. */
  readonly queue: boolean
  readonly chunk?: number
}

const open = async ({ chunk, queue }: Tuning, { operation, size }: OpenOptions): Promise<Pool> => {
  const { FixedThreadPool } = await import("poolifier")
  const file = fileURLToPath(new URL("./poolifier.worker.ts", import.meta.url))
  const pool = new FixedThreadPool<any, any>(size, file, {
    enableEvents: false,
    ...(queue ? { enableTasksQueue: true, tasksQueueOptions: { concurrency: 1 } } : undefined)
  })
  const name = named(operation)
  const call =
    operation === "bytes-transfer"
      ? (payload: Uint8Array<ArrayBuffer>) => pool.execute(payload, name, undefined, [payload.buffer])
      : (payload: unknown) => pool.execute(payload, name)
  return {
    ...promiseClient(call),
    map: (inputs) =>
      chunk === undefined ? pool.mapExecute(inputs, name) : mapChunks(inputs, chunk, call as any),
    // Sometimes it never settles; the process that measured ends anyway.
    close: async () => {
      pool.destroy().catch(() => {})
    }
  }
}

export const poolifier: ReadonlyArray<Contender> = [
  {
    name: "poolifier",
    how:
      "`FixedThreadPool(2)` with `enableEvents: false`: each task goes at once to the worker with the fewest, which is " +
      "its best for tiny tasks; `mapExecute` for `map`; replies are copied, it cannot transfer them",
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
      "growth"
    ],
    mapItems: 20_000,
    open: (options) => open({ queue: false }, options)
  },
  {
    name: "poolifier-queue",
    how: "the same with `enableTasksQueue`: one task per worker, the rest in queues that idle workers steal from",
    workloads: [...asks.tiny, ...asks.work, "queue"],
    quick: false,
    open: (options) => open({ queue: true }, options)
  },
  {
    name: "poolifier-chunked",
    how: "`poolifier`, fed by hand with plain arrays of 8,192 numbers",
    workloads: ["map"],
    quick: false,
    open: (options) => open({ queue: false, chunk: 8192 }, options)
  }
]
