// Floor: what the wire carries when tasks travel by the dozen, as numbers side by side, both ways.
import { Worker } from "node:worker_threads"
import type { Contender, Job, OpenOptions, Pool } from "./contender.ts"
import { Fifo } from "./fifo.ts"

/** Most tasks of one message. */
const batchMax = 1024

type Answered = (batch: Float64Array<ArrayBuffer>) => void

class Batched {
  private readonly worker = new Worker(new URL("./floor-batched.worker.ts", import.meta.url))
  private readonly callbacks = new Fifo<Answered>()

  constructor() {
    this.worker.on("message", (batch) => this.callbacks.shift()(batch))
  }

  post(batch: Float64Array<ArrayBuffer>, answered: Answered): void {
    this.callbacks.push(answered)
    this.worker.postMessage(batch, [batch.buffer])
  }

  terminate(): Promise<unknown> {
    return this.worker.terminate()
  }
}

const open = async ({ size }: OpenOptions): Promise<Pool> => {
  const workers = Array.from({ length: size }, () => new Batched())
  return {
    loop: (job: Job, meter, inFlight) =>
      new Promise((resolve, reject) => {
        // One message per worker is under way at any time, and carries its share of the callers.
        const share = Math.min(batchMax, Math.max(1, Math.floor(inFlight / size)))
        let busy = 0
        const turn = (worker: Batched): void => {
          if (meter.stop) {
            if (--busy === 0) resolve()
            return
          }
          const payloads = Float64Array.from({ length: share }, (_, caller) => job.next(caller) as number)
          worker.post(payloads.slice(), (answers) => {
            try {
              for (let i = 0; i < share; i++) job.check(payloads[i], answers[i], i)
            } catch (error) {
              return reject(error)
            }
            meter.count += share
            turn(worker)
          })
        }
        for (const worker of workers.slice(0, inFlight)) {
          busy++
          turn(worker)
        }
      }),
    burst: (payloads, answered) =>
      new Promise((resolve, reject) => {
        let left = payloads.length
        for (let from = 0, i = 0; from < payloads.length; from += batchMax, i++) {
          const batch = Float64Array.from(payloads.slice(from, from + batchMax) as Array<number>)
          workers[i % size]!.post(batch, (answers) => {
            try {
              for (const [at, answer] of answers.entries()) answered(from + at, answer)
            } catch (error) {
              return reject(error)
            }
            left -= answers.length
            if (left === 0) resolve()
          })
        }
      }),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()))
    }
  }
}

export const floorBatched: ReadonlyArray<Contender> = [
  {
    name: "floor-batched",
    how:
      "bare ports, typed arrays transferred both ways; one message per worker carries half of the tasks in flight " +
      "(in the burst 1,024 a message); no promise, no call",
    workloads: ["tiny-64", "tiny-1024", "tiny-burst"],
    open
  }
]
