// How many processors a pool inside a worker counts on.
import { RunnerEndpoint } from "@heddle/core/RunnerEndpoint"
import * as TaskPool from "@heddle/core/TaskPool"
import { WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { simulated } from "./support/simulatedHarness.ts"

const harness = simulated()

interface Share {
  readonly size: number
  readonly parallelism: number
}

/** Starts a pool on so many processors. Returns the options of its workers, and its size. */
const start = async (options: TaskPool.PoolOptions, parallelism: number, within?: number) => {
  const told: Array<Share> = []
  const transport = Layer.effect(
    WorkerTransport,
    Effect.map(WorkerTransport, (real) =>
      WorkerTransport.of({
        ...real,
        parallelism,
        spawn: (first, listener) => {
          told.push({ size: first.size, parallelism: first.parallelism })
          return real.spawn(first, listener)
        }
      })
    )
  ).pipe(Layer.provide(harness.transport()))
  const size = Effect.map(TaskPool.snapshot, (snapshot) => snapshot.size.max).pipe(
    Effect.provide(Layer.provide(TaskPool.layer(options), transport))
  )
  const worker = { start: { level: 0, parallelism: within } } as unknown as RunnerEndpoint["Service"]
  const exit = await harness.run(
    within === undefined ? size : Effect.provideService(size, RunnerEndpoint, worker)
  )
  return { told, size: Exit.isSuccess(exit) ? exit.value : exit }
}

describe("a worker's share of the processors", () => {
  it("each worker has its own share of processors, at least one", async () => {
    const four = { size: 2, parallelism: 4 }
    expect((await start({ size: 2 }, 8)).told).toEqual([four, four])
    expect((await start({ size: 3 }, 8)).told[0]).toEqual({ size: 3, parallelism: 2 })
    expect((await start({ size: 4 }, 2)).told[0]).toEqual({ size: 4, parallelism: 1 })
  })

  it("a pool inside a worker has as many workers as the share, unless its options differ", async () => {
    expect((await start({}, 8)).size).toBe(8)
    expect((await start({}, 8, 2)).size).toBe(2)
    expect((await start({}, 1, 2)).size).toBe(1)
    expect((await start({ size: 3 }, 8, 2)).size).toBe(3)
  })
})
