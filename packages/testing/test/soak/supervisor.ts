// A tree of children, one of them a pool with faults, in two phases: children fail and are meddled with; then nothing fails.
import { Supervisor, Task, TaskPool } from "@heddle/core"
import { Explore, Faults, SimulatedWorkers } from "@heddle/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type { Soak } from "./pool.ts"

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

const strategies = ["oneForOne", "oneForAll", "restForOne"] as const

/** Fails when two of a child run at once, when the tree does not settle, or when a part of the tree is left. */
export const supervisor = ({ coverage, sometimes }: Soak) =>
  Effect.gen(function* () {
    const problems: Array<string> = []
    const alive = new Map<string, number>()
    let isHealing = false
    const faults = yield* Faults.any({ budget: 2, coverage })

    const child = (id: string, restart: "permanent" | "transient") =>
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
        ),
        run: () =>
          Effect.gen(function* () {
            if (isHealing) return yield* Effect.never
            yield* Effect.sleep(1 + (yield* Explore.draw("delay", 50)))
            if (!isHealing && (yield* Explore.draw("fault", 2)) === 1)
              return yield* Effect.fail(`${id} failed`)
            return yield* Effect.never
          })
      })

    const Pool = Supervisor.child({
      id: "pool",
      start: TaskPool.make({ size: 1, grace: 20, terminateTimeout: 20, startTimeout: 500 }),
      run: failureOf
    })
    const tree = Supervisor.tree({
      id: "app",
      strategy: strategies[yield* Explore.draw("command", 3)]!,
      intensity: 20,
      period: "1 second",
      backoff: "none",
      children: [
        child("a", "permanent"),
        Pool,
        Supervisor.tree({
          id: "inner",
          strategy: strategies[yield* Explore.draw("command", 3)]!,
          intensity: 3,
          period: "1 second",
          children: [child("b", "permanent"), child("c", "transient")]
        })
      ]
    })

    const program = Effect.gen(function* () {
      const app = yield* Supervisor.make(tree)
      const double = (n: number) =>
        app.get(Pool).pipe(
          Effect.flatMap((pool) => Effect.provideService(Double({ n }), TaskPool.TaskPool, pool)),
          Effect.timeout("10 seconds")
        )
      const meddle = Effect.gen(function* () {
        yield* Effect.sleep(yield* Explore.draw("delay", 60))
        const act = yield* Explore.draw("command", 4)
        if (act === 0) yield* Effect.exit(double(1))
        if (act === 1) yield* Effect.ignore(app.restartChild("a"))
        if (act >= 2) {
          const id = act === 2 ? "a" : "inner"
          yield* Effect.all([Effect.ignore(app.terminateChild(id)), Effect.ignore(app.restartChild(id))], {
            concurrency: "unbounded"
          })
          // The stopping party wants the child back.
          yield* Effect.ignore(app.restartChild(id))
        }
      })
      yield* Effect.all([meddle, meddle, double(0).pipe(Effect.exit)], {
        concurrency: "unbounded",
        discard: true
      })
      isHealing = true
      yield* faults.heal
      yield* Effect.sleep("1 minute")
      const { children } = yield* app.snapshot
      for (const { id, state } of children) {
        if (state !== "running") problems.push(`healing: ${id} is ${state}`)
      }
      const last = yield* Effect.exit(double(21))
      if (Exit.isSuccess(last) && last.value === 42) sometimes.reachedUnsafe("settled after healing")
      else problems.push(`healing: the pool's call ended with ${String(last)}`)
    })
    const workers = SimulatedWorkers.layer(
      Double.toLayer(({ n }) => Effect.succeed(n * 2)),
      { faults: faults.decide, latency: { min: 0, max: 3 } }
    )
    const exit = yield* Effect.exit(Effect.provide(Effect.scoped(program), workers))
    for (const [id, count] of alive) if (count !== 0) problems.push(`G2: ${count} of ${id} are left`)
    // A tree with a failed first start reports the failure, and is no tree; so does a tree past its intensity.
    if (Exit.isFailure(exit) && !String(exit).includes("SupervisorError")) problems.push(String(exit))
    if (problems.length > 0) return yield* Effect.die(new Error(problems.join("\n")))
  })
