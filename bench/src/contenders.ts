// Who is measured, and how each is configured. Every pool has two workers.
//
// A contender keeps `inFlight` callers busy: each calls the tiny task, checks the answer, and calls again, until it is
// told to stop. It counts answers in `Meter.count`.
import { fileURLToPath } from "node:url"

export interface Meter {
  count: number
  stop: boolean
}

export interface Contender {
  readonly name: string
  /** For the report: how it is configured. */
  readonly how: string
  /** Starts a pool; resolves when every worker is up. */
  readonly open: () => Promise<OpenPool>
}

export interface OpenPool {
  /** Rejects at the first wrong answer; resolves when `stop` is set and every caller has come back. */
  readonly run: (meter: Meter, inFlight: number) => Promise<void>
  readonly close: () => Promise<void>
}

const size = 2

const check = (payload: number, answer: number): void => {
  if (answer !== payload + 1) throw new Error(`a wrong answer: ${payload} + 1 is not ${answer}`)
}

/** Small integers, and not always the same one. */
const payloads = 1 << 16

const openHeddle = async (): Promise<OpenPool> => {
  const { TaskPool } = await import("@heddle/core")
  const { NodeThreads } = await import("@heddle/node-workers")
  const Effect = await import("effect/Effect")
  const Layer = await import("effect/Layer")
  const ManagedRuntime = await import("effect/ManagedRuntime")
  const { Tiny } = await import("./tiny.ts")
  const entry = new URL("./heddle.worker.ts", import.meta.url)
  const runtime = ManagedRuntime.make(
    TaskPool.layer({ size }).pipe(Layer.provide(NodeThreads.layer({ entry })))
  )
  const caller = (meter: Meter, first: number) =>
    Effect.gen(function* () {
      for (let n = first; !meter.stop; n = (n + 1) % payloads) {
        check(n, yield* Tiny(n))
        meter.count++
      }
    })
  await runtime.context()
  return {
    run: (meter, inFlight) =>
      runtime.runPromise(
        Effect.all(
          Array.from({ length: inFlight }, (_, i) => caller(meter, i)),
          { concurrency: "unbounded", discard: true }
        )
      ),
    close: () => runtime.dispose()
  }
}

const openPiscina = async (best: boolean): Promise<OpenPool> => {
  const { FixedQueue, Piscina } = await import("piscina")
  const pool = new Piscina<number, number>({
    filename: fileURLToPath(new URL("./piscina.worker.ts", import.meta.url)),
    minThreads: size,
    maxThreads: size,
    ...(best ? { concurrentTasksPerWorker: 64, recordTiming: false, taskQueue: new FixedQueue() } : undefined)
  })
  const caller = async (meter: Meter, first: number): Promise<void> => {
    for (let n = first; !meter.stop; n = (n + 1) % payloads) {
      check(n, await pool.run(n))
      meter.count++
    }
  }
  return {
    run: async (meter, inFlight) => {
      await Promise.all(Array.from({ length: inFlight }, (_, i) => caller(meter, i)))
    },
    close: () => pool.destroy()
  }
}

export const contenders: ReadonlyArray<Contender> = [
  {
    name: "heddle",
    how: "`TaskPool.layer({ size: 2 })`, a task with schemas; nothing else set",
    open: openHeddle
  },
  {
    name: "piscina",
    how: "`minThreads` and `maxThreads` 2; the rest as it comes: atomics `sync`, one task per worker, unbounded queue",
    open: () => openPiscina(false)
  },
  {
    name: "piscina-64",
    how: "the same with `concurrentTasksPerWorker: 64`, `recordTiming: false` and `FixedQueue`",
    open: () => openPiscina(true)
  }
]
