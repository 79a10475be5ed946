// Floor: a plain batching pool with an Effect API, and no guarantee at all. One `Effect.callback` per task; the tasks
// of a turn travel in one flat array per worker, their answers likewise; the worker with the fewest unanswered tasks
// gets the next. No errors, no interruption, no schemas, no bound, nothing known about a worker that dies.
import { Worker } from "node:worker_threads"
import type { Contender, OpenOptions, Pool } from "./contender.ts"
import { least } from "./fifo.ts"

const open = async ({ size }: OpenOptions): Promise<Pool> => {
  const Effect = await import("effect/Effect")
  const { effectClient } = await import("./effect-client.ts")

  class Batching {
    private readonly worker = new Worker(new URL("./floor-batched-effect.worker.ts", import.meta.url))
    private readonly resumes = new Map<number, (effect: ReturnType<typeof Effect.succeed<number>>) => void>()
    private batch: Array<number> = []
    private nextId = 0

    constructor() {
      this.worker.on("message", (answers: Array<number>) => {
        for (let i = 0; i < answers.length; i += 2) {
          const resume = this.resumes.get(answers[i]!)!
          this.resumes.delete(answers[i]!)
          resume(Effect.succeed(answers[i + 1]!))
        }
      })
    }

    get unanswered(): number {
      return this.resumes.size
    }

    call(payload: number, resume: (effect: ReturnType<typeof Effect.succeed<number>>) => void): void {
      const id = this.nextId++
      this.resumes.set(id, resume)
      if (this.batch.length === 0) queueMicrotask(() => this.flush())
      this.batch.push(id, payload)
    }

    private flush(): void {
      this.worker.postMessage(this.batch)
      this.batch = []
    }

    terminate(): Promise<unknown> {
      return this.worker.terminate()
    }
  }

  const workers = Array.from({ length: size }, () => new Batching())
  const call = (payload: number) => Effect.callback<number>((resume) => least(workers).call(payload, resume))
  return {
    ...effectClient((effect) => Effect.runPromise(effect), call),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()))
    }
  }
}

export const floorBatchedEffect: ReadonlyArray<Contender> = [
  {
    name: "floor-batched-effect",
    how:
      "a plain pool of `Effect.callback`s: one flat array per worker and turn in both directions, no fiber per task, and " +
      "no guarantee at all; called by looping fibers",
    workloads: ["tiny-1", "latency", "tiny-64", "tiny-1024", "tiny-burst", "tiny-batch", "queue"],
    open
  }
]
