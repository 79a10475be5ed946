import { Supervisor, Task, TaskPool } from "@heddle/core"
import { Fault, SimulatedWorkers, Simulation } from "@heddle/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"

const Double = Task.make("Double", { payload: { n: Schema.Int }, success: Schema.Int })

/** Fails when the pool does. */
const failureOf = (pool: TaskPool.PoolService) =>
  Effect.callback<never, "the pool failed">((resume) => {
    const unsubscribe = pool.subscribe((event) => {
      if (event._tag === "PoolStateChanged" && event.state === "failed")
        resume(Effect.fail("the pool failed"))
    })
    return Effect.sync(unsubscribe)
  })

describe("a pool as a child", () => {
  it("a pool with failing starts is restarted by its supervisor, and closed with the supervisor: G2, G11", () => {
    const Pool = Supervisor.child({ id: "pool", start: TaskPool.make({ size: 1 }), run: failureOf })
    const program = Effect.gen(function* () {
      const app = yield* Supervisor.make(Supervisor.tree({ id: "app", children: [Pool], backoff: "none" }))
      const first = yield* app.get(Pool)
      const call = (n: number) =>
        Effect.flatMap(app.get(Pool), (pool) => Effect.provideService(Double({ n }), TaskPool.TaskPool, pool))
      expect(yield* call(1)).toBe(2)
      yield* Effect.flatMap(SimulatedWorkers.Control, (control) => control.crash(1))
      yield* Effect.sleep("10 seconds")
      expect(yield* app.get(Pool)).not.toBe(first)
      expect(yield* call(2)).toBe(4)
      const { starts } = yield* app.child("pool")
      return starts
    })
    const refused = [2, 3, 4, 5, 6, 7].map((worker) => Fault.spawnRefused({ worker }))
    const workers = SimulatedWorkers.layer(
      Double.toLayer(({ n }) => Effect.succeed(n * 2)),
      { faults: refused }
    )
    const result = Simulation.run(Effect.provide(Effect.scoped(program), workers))
    expect(Exit.isSuccess(result.exit) ? result.exit.value : String(result.exit)).toBeGreaterThan(1)
    expect(result.left).toEqual({ fibers: 0, timers: 0 })
  })
})

describe("seeded schedules", () => {
  const alive = new Map<string, number>()
  const problems: Array<string> = []

  /** Lives for a random time, then fails or ends; both start and release are slow. */
  const worker = (id: string, restart: "permanent" | "transient" | "temporary") =>
    Supervisor.child({
      id,
      restart,
      start: Effect.acquireRelease(
        Effect.sync(() => {
          const count = (alive.get(id) ?? 0) + 1
          alive.set(id, count)
          if (count > 1) problems.push(`${id} runs ${count} times at once`)
        }),
        () =>
          Effect.andThen(
            Effect.yieldNow,
            Effect.sync(() => alive.set(id, alive.get(id)! - 1))
          )
      ).pipe(Effect.tap(Effect.flatMap(Random.nextIntBetween(0, 20), (millis) => Effect.sleep(millis)))),
      run: () =>
        Effect.gen(function* () {
          yield* Effect.sleep(yield* Random.nextIntBetween(1, 200))
          if (yield* Random.nextBoolean) return yield* Effect.fail(`${id} failed`)
        })
    })

  const treeOf = (strategy: "oneForOne" | "oneForAll" | "restForOne") =>
    Supervisor.tree({
      id: "app",
      strategy,
      intensity: 20,
      period: "100 millis",
      children: [
        worker("a", "permanent"),
        Supervisor.tree({
          id: "inner",
          strategy,
          intensity: 2,
          period: "300 millis",
          children: [worker("b", "permanent"), worker("c", "transient"), worker("d", "temporary")]
        }),
        worker("e", "transient")
      ]
    })

  const both = { concurrency: "unbounded", discard: true } as const

  /** The tree runs by itself while two others terminate and start children by hand; then it is stopped at a random time. */
  const program = (strategy: "oneForOne" | "oneForAll" | "restForOne") =>
    Effect.scoped(
      Effect.gen(function* () {
        const app = yield* Supervisor.make(treeOf(strategy))
        const ask = (request: Effect.Effect<void, unknown>) =>
          Effect.catchDefect(Effect.ignore(request), (defect) =>
            Effect.sync(() => problems.push(String(defect)))
          )
        const meddle = Effect.gen(function* () {
          yield* Effect.sleep(yield* Random.nextIntBetween(1, 60))
          const id = (yield* Random.nextBoolean) ? "t" : (yield* Random.nextBoolean) ? "a" : "e"
          const act = yield* Random.nextIntBetween(0, 4)
          if (act === 0) yield* ask(app.restartChild(id))
          else if (act === 1) yield* ask(app.startChild(worker("t", "temporary")))
          else if (act === 2) yield* ask(app.deleteChild(id))
          // Another administrator wants the child back in the same instant.
          else
            yield* Effect.all([ask(app.terminateChild(id)), ask(Effect.delay(app.restartChild(id), 0))], both)
        })
        yield* Effect.forkScoped(Effect.forever(meddle))
        yield* Effect.forkScoped(Effect.forever(meddle))
        yield* Effect.sleep(yield* Random.nextIntBetween(1, 2000))
      })
    )

  for (const strategy of ["oneForOne", "oneForAll", "restForOne"] as const) {
    for (const realism of ["fifo", "adversarial"] as const) {
      it(`${strategy}, ${realism}: no child runs twice at once, a stop ends, and leaves nothing: S109, G2, G12`, () => {
        for (let seed = 0; seed < 60; seed++) {
          alive.clear()
          problems.length = 0
          const result = Simulation.run(program(strategy), { seed, realism })
          expect(Exit.isSuccess(result.exit), `seed ${seed}: ${String(result.exit)}`).toBe(true)
          expect(result.left, `seed ${seed}`).toEqual({ fibers: 0, timers: 0 })
          expect(result.uncontrolled, `seed ${seed}`).toBe(0)
          expect(problems, `seed ${seed}`).toEqual([])
          expect(
            [...alive.values()].every((count) => count === 0),
            `seed ${seed}`
          ).toBe(true)
        }
      })
    }
  }
})
