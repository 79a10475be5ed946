// Floors: bare message ports, without a pool. One message per task, or per chunk that was cut by hand.
import { Worker } from "node:worker_threads"
import { callbackClient, mapChunks, mapTypedChunks } from "./clients.ts"
import { asks, type Contender, type OpenOptions, type Pool } from "./contender.ts"
import { Fifo, least } from "./fifo.ts"

class Bare {
  private readonly worker: Worker
  private readonly callbacks = new Fifo<(answer: any) => void>()
  private readonly moves: boolean

  constructor(operation: OpenOptions["operation"]) {
    this.moves = operation === "bytes-transfer" || operation === "chunk-typed"
    this.worker = new Worker(new URL("./floor-port.worker.ts", import.meta.url), { workerData: operation })
    this.worker.on("message", (answer) => this.callbacks.shift()(answer))
  }

  get unanswered(): number {
    return this.callbacks.length
  }

  call(payload: any, done: (answer: any) => void): void {
    this.callbacks.push(done)
    if (this.moves) this.worker.postMessage(payload, [payload.buffer])
    else this.worker.postMessage(payload)
  }

  terminate(): Promise<unknown> {
    return this.worker.terminate()
  }
}

const open = async ({ operation, size }: OpenOptions, chunk: number): Promise<Pool> => {
  const workers = Array.from({ length: size }, () => new Bare(operation))
  const call = (payload: unknown, done: (answer: any) => void): void => least(workers).call(payload, done)
  const promised = (payload: unknown) => new Promise((resolve) => call(payload, resolve))
  return {
    ...callbackClient(call),
    map: (inputs) => mapChunks(inputs, chunk, promised),
    mapTyped: (inputs) => mapTypedChunks(inputs, chunk, promised),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()))
    }
  }
}

export const floorPort: ReadonlyArray<Contender> = [
  {
    name: "floor-port",
    how: "`worker.postMessage`, one message per task and per answer, no promise; the worker with the fewest unanswered",
    workloads: [
      ...asks.tiny,
      ...asks.copies,
      ...asks.transfers,
      ...asks.shared,
      ...asks.work,
      "start",
      "growth"
    ],
    open: (options) => open(options, 1)
  },
  {
    name: "floor-chunked",
    how: "bare ports, plain arrays of 8,192 numbers cut by hand",
    workloads: ["map"],
    open: (options) => open(options, 8192)
  },
  {
    name: "floor-chunked-typed",
    how: "bare ports, typed arrays of 65,536 numbers cut by hand, transferred both ways",
    workloads: ["map-typed"],
    open: (options) => open(options, 65_536)
  }
]
