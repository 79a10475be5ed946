// Handlers reading their pool's snapshot, while the pool lives and dies around them.
import * as Task from "@heddle/core/Task"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import * as Fault from "../src/simulation/Fault.ts"
import * as SimulatedWorkers from "../src/simulation/SimulatedWorkers.ts"
import * as Simulation from "../src/simulation/Simulation.ts"

const Look = Task.make("Look", { payload: { times: Schema.Int }, success: Schema.Int })

const looking = Look.toLayer(({ times }) =>
  Effect.gen(function* () {
    let workers = 0
    for (let i = 0; i < times; i++) {
      const { counts, workers: seen } = yield* TaskPool.snapshot
      if (counts.submitted < 1 || !seen.some(({ running }) => running.includes("Look")))
        return yield* Effect.die("it does not see itself")
      workers = seen.length
      yield* Effect.sleep(1)
    }
    return workers
  })
)

const run = (
  workers: Parameters<typeof SimulatedWorkers.layer>[0],
  program: Effect.Effect<unknown, unknown, TaskPool.TaskPool>,
  seed: number,
  chance = 0
) =>
  Simulation.run(
    Effect.gen(function* () {
      const random = yield* Random.Random
      const transport = SimulatedWorkers.layer(workers, {
        latency: { min: 0, max: 3 },
        faults: ({ at }) =>
          at !== "spawn" && random.nextDoubleUnsafe() < chance ? Fault.crash(at) : undefined
      })
      const pool = TaskPool.layer({ size: 2, concurrency: 2 })
      return yield* Effect.provide(program, Layer.provide(pool, transport))
    }),
    { seed, realism: seed % 2 === 0 ? "fifo" : "adversarial", maxSteps: 1_000_000 }
  )

describe("a snapshot inside a worker", () => {
  it("workers crash, callers go away, the pool closes: each look ends, and nothing is left (60 seeds): G1, G2", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const program = Effect.forEach(
        [30, 3, 20, 5],
        (patience) => Effect.exit(Effect.timeoutOption(Look({ times: 10 }), patience)),
        { concurrency: "unbounded" }
      )
      const { exit, left } = run(looking, program, seed, seed % 3 === 0 ? 0.02 : 0)
      expect([left.fibers, left.timers], `seed ${seed}`).toEqual([0, 0])
      expect(String(exit), `seed ${seed}`).not.toContain("it does not see itself")
    }
  })

  it("a look during the building of the worker's layer would wait for itself, and fails the start: S145", () => {
    const early = Layer.effectDiscard(TaskPool.snapshot)
    const { exit } = run(Layer.merge(looking, early), Look({ times: 1 }), 1)
    expect(Exit.isFailure(exit) && String(exit)).toContain("it would wait for itself: the worker's layer")
  })

  it("background fibers of the layer may look, without a task of their own", () => {
    const seen: Array<number> = []
    const watching = Layer.effectDiscard(
      Effect.forkScoped(
        Effect.sleep(50).pipe(
          Effect.andThen(TaskPool.snapshot),
          Effect.map(({ total }) => seen.push(total))
        )
      )
    )
    const { exit } = run(Layer.merge(looking, watching), Effect.sleep(1000), 1)
    expect(Exit.isSuccess(exit)).toBe(true)
    expect(seen).toEqual([2, 2])
  })
})
