// Workerpool: https://github.com/josdejong/workerpool
import { fileURLToPath } from "node:url"
import { mapChunks, promiseClient } from "./clients.ts"
import { asks, type Contender, type OpenOptions, type Pool } from "./contender.ts"
import { named } from "./operations.named.ts"

const open = async (chunk: number | undefined, { operation, size }: OpenOptions): Promise<Pool> => {
  const { default: workerpool } = await import("workerpool")
  const pool = workerpool.pool(fileURLToPath(new URL("./workerpool.worker.ts", import.meta.url)), {
    minWorkers: size,
    maxWorkers: size,
    workerType: "thread",
    workerTerminateTimeout: 1
  })
  const name = named(operation)
  const call =
    operation === "bytes-transfer"
      ? (payload: Uint8Array) => pool.exec(name, [payload], { transfer: [payload.buffer as ArrayBuffer] })
      : (payload: unknown) => pool.exec(name, [payload])
  const single = async ([n]: ReadonlyArray<number>) => [(await call(n as any)) as number]
  return {
    ...promiseClient(call as (payload: unknown) => PromiseLike<unknown>),
    map: (inputs) => mapChunks(inputs, chunk ?? 1, chunk === undefined ? single : (call as any)),
    begin: (payload) => {
      const running = pool.exec(name, [payload])
      return { cancel: () => void running.cancel(), ended: Promise.resolve(running).catch(() => undefined) }
    },
    close: async () => {
      await pool.terminate(true)
    }
  }
}

// Not `queue`: 1,000,000 waiting tasks take it minutes.
export const workerpool: ReadonlyArray<Contender> = [
  {
    name: "workerpool",
    how:
      '`minWorkers` and `maxWorkers` 2, `workerType: "thread"`, and `workerTerminateTimeout: 1` so that it does not ' +
      "wait before it ends a stuck worker; one task per worker, it has no other mode",
    workloads: [
      ...asks.tiny,
      ...asks.copies,
      ...asks.transfers,
      ...asks.shared,
      ...asks.work,
      "map",
      "start",
      "memory",
      "growth",
      "stuck",
      "crash"
    ],
    mapItems: 10_000,
    open: (options) => open(undefined, options)
  },
  {
    name: "workerpool-chunked",
    how: "the same, fed by hand with plain arrays of 8,192 numbers",
    workloads: ["map"],
    quick: false,
    open: (options) => open(8192, options)
  }
]
