// The soak's findings, each with its schedule; and proof of a soak able to fail and to reach its claimed moments.
import { Supervisor } from "@heddle/core"
import { Coverage, Explore, Faults, Simulation, Sometimes } from "@heddle/testing"
import { requireCoverage, requireReached } from "@heddle/testing/vitest"
import * as Effect from "effect/Effect"
import { describe, expect, it, vi } from "vitest"
import { check } from "./soak/check.ts"
import { moments, pool, type Soak } from "./soak/pool.ts"
import { supervisor } from "./soak/supervisor.ts"

vi.setConfig({ testTimeout: 60_000 })

const make = (): Soak => ({
  coverage: new Coverage.Coverage(Faults.menu),
  sometimes: Sometimes.make(...moments)
})

const options = { schedules: 300, maxSteps: 20_000, shrinkRuns: 100, check } as const

describe("the soak", () => {
  const soak = make()
  requireReached(soak.sometimes)
  requireCoverage(soak.coverage, 0.9)

  it("a pool settles once the faults end: G1, G2, G5, G6", async () => {
    expect((await Explore.run(pool(soak), options)).failure?.message).toBeUndefined()
    expect((await Explore.run(pool(soak), { ...options, realism: "fifo" })).failure?.message).toBeUndefined()
  })

  it("a tree with a pool in it settles likewise: G2, G11", async () => {
    expect((await Explore.run(supervisor(soak), options)).failure?.message).toBeUndefined()
  })

  it("finds a wrong handler, as proof of the method", async () => {
    const { failure } = await Explore.run(pool(make(), true), options)
    expect(String(failure?.cause)).toMatch(/G1: call \d answered \d/)
  })
})

describe("findings of the soak", () => {
  it("two administrators terminating a child both learn of its end, though the first restarts the child at once: S109, G11", () => {
    const program = Effect.scoped(
      Effect.gen(function* () {
        const child = Supervisor.child({
          id: "a",
          start: Effect.acquireRelease(Effect.void, () => Effect.sleep(5)),
          run: () => Effect.never
        })
        const app = yield* Supervisor.make(Supervisor.tree({ id: "app", children: [child] }))
        const first = Effect.andThen(app.terminateChild("a"), app.restartChild("a"))
        yield* Effect.all([first, app.terminateChild("a")], { concurrency: "unbounded" })
        return (yield* app.child("a")).state
      })
    )
    expect(Simulation.run(program).exit).toMatchObject({ _tag: "Success", value: "running" })
  })
})
