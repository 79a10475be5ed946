// Floor: numbers through rings in shared memory, no message at all. The host waits without its event loop, which a pool
// could not do; it is what the machine can carry.
import { setImmediate as nextTurn } from "node:timers/promises"
import { Worker } from "node:worker_threads"
import type { Contender, OpenOptions, Pool } from "./contender.ts"
import { Ring } from "./ring.ts"

const turnMillis = 5

class Ringed {
  readonly requests = new Ring()
  readonly answers = new Ring()
  readonly worker = new Worker(new URL("./floor-ring.worker.ts", import.meta.url), {
    workerData: { requests: this.requests.memory, answers: this.answers.memory }
  })
  /** What was sent and not answered, in order. */
  readonly sent = new Float64Array(4096)
  head = 0
  tail = 0

  /** Sends as many as there is room for; gives how many. */
  send(most: number, next: (i: number) => number): number {
    const count = Math.min(most, this.requests.free(), 4096 - (this.tail - this.head))
    for (let i = 0; i < count; i++) {
      const payload = next(i)
      this.sent[this.tail++ & 4095] = payload
      this.requests.put(i, payload)
    }
    if (count > 0) this.requests.publish(count)
    return count
  }

  receive(answered: (payload: number, answer: number) => void): number {
    const count = this.answers.filled()
    for (let i = 0; i < count; i++) answered(this.sent[this.head++ & 4095]!, this.answers.take(i))
    if (count > 0) this.answers.release(count)
    return count
  }
}

const open = async ({ size }: OpenOptions): Promise<Pool> => {
  const workers = Array.from({ length: size }, () => new Ringed())
  return {
    loop: async (job, meter, inFlight) => {
      const shares = workers.map((_, i) => Math.floor((inFlight + size - 1 - i) / size))
      const used = workers.filter((_, i) => shares[i]! > 0)
      for (const [i, worker] of used.entries()) worker.send(shares[i]!, (at) => job.next(at) as number)
      while (!meter.stop) {
        const until = performance.now() + turnMillis
        while (performance.now() < until) {
          let any = 0
          for (const worker of used) {
            const count = worker.receive((payload, answer) => job.check(payload, answer, 0))
            if (count > 0) worker.send(count, (at) => job.next(at) as number)
            meter.count += count
            any += count
          }
          if (any === 0) used[0]!.answers.wait(0.05)
        }
        await nextTurn()
      }
    },
    burst: async (payloads, answered) => {
      let sent = 0
      let done = 0
      // Every other worker takes the next piece: it answers in order, so the index follows from the pieces.
      const indices = workers.map((): Array<number> => [])
      while (done < payloads.length) {
        let any = 0
        for (const [i, worker] of workers.entries()) {
          const from = sent
          sent += worker.send(Math.min(512, payloads.length - sent), (at) => {
            indices[i]!.push(from + at)
            return payloads[from + at] as number
          })
          let at = 0
          any += worker.receive((_, answer) => answered(indices[i]![at++]!, answer))
          indices[i]!.splice(0, at)
          done += at
        }
        if (any === 0 && sent === payloads.length) workers[0]!.answers.wait(0.05)
      }
      await nextTurn()
    },
    close: async () => {
      await Promise.all(workers.map(({ worker }) => worker.terminate()))
    }
  }
}

export const floorRing: ReadonlyArray<Contender> = [
  {
    name: "floor-ring",
    how:
      "one ring of numbers in shared memory per worker and direction, `Atomics.wait` when there is nothing to read; the " +
      "host blocks its thread too, for 5 ms at a time",
    workloads: ["tiny-1", "latency", "tiny-64", "tiny-1024", "tiny-burst"],
    open
  }
]
