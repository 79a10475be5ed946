import { Task, TaskPool } from "@heddle/core"
import {
  Coverage,
  Delay,
  Explore,
  Fault,
  Faults,
  SimulatedWorkers,
  Simulation,
  Sometimes
} from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"

const Double = Task.make("Double", { payload: { n: Schema.Int }, success: Schema.Int })
const handlers = Double.toLayer(({ n }) => Effect.succeed(n * 2))

const provided = <A, E>(
  program: Effect.Effect<A, E, TaskPool.TaskPool | SimulatedWorkers.Control>,
  options: SimulatedWorkers.Options,
  pool: TaskPool.PoolOptions = { size: 1 }
) =>
  Effect.provide(program, Layer.provideMerge(TaskPool.layer(pool), SimulatedWorkers.layer(handlers, options)))

const run = <A, E>(
  program: Effect.Effect<A, E, TaskPool.TaskPool | SimulatedWorkers.Control>,
  options: SimulatedWorkers.Options,
  pool?: TaskPool.PoolOptions
) => Simulation.run(provided(program, options, pool))

const reasonOf = (exit: Exit.Exit<unknown, unknown>): unknown =>
  Exit.isFailure(exit) ? (Cause.squash(exit.cause) as { readonly reason?: unknown }).reason : undefined

const doubled = Double({ n: 1 })

describe("faults in every phase", () => {
  it("a worker dying between run and reply has run the task: the task is lost, and not run again: G5, G6", () => {
    const program = Effect.flatMap(SimulatedWorkers.Control, ({ starts }) =>
      Effect.all([Effect.exit(doubled), Effect.map(starts, (all) => all.length)])
    )
    const { exit } = run(program, { faults: [Fault.crash("afterRun", { signal: "SIGKILL" })] })
    const [lost, starts] = Exit.isSuccess(exit) ? exit.value : []
    expect(lost && reasonOf(lost)).toMatchObject({
      _tag: "WorkerLost",
      signal: "SIGKILL",
      running: ["Double"]
    })
    expect(starts).toBe(1)
  })

  it("a spawn refused three times succeeds the fourth time: G5", () => {
    const program = Effect.gen(function* () {
      const control = yield* SimulatedWorkers.Control
      yield* control.crash(1)
      yield* Effect.sleep("1 minute")
      return [yield* doubled, yield* control.spawned]
    })
    let refused = 0
    const faults: Fault.Decide = ({ at, worker }) =>
      at === "spawn" && worker > 1 && refused++ < 3 ? Fault.spawnRefused() : undefined
    expect(run(program, { faults }).exit).toEqual(Exit.succeed([2, 5]))
  })

  it("a plain function serving a task is hurt like any other handler: G5", () => {
    const plain = Double.toLayerSync(({ n }) => n * 2)
    const twice = Effect.all([Effect.exit(doubled), Effect.exit(Double({ n: 21 }))])
    const under = (options: SimulatedWorkers.Options) =>
      Simulation.run(
        Effect.provide(
          twice,
          Layer.provide(TaskPool.layer({ size: 1 }), SimulatedWorkers.layer(plain, options))
        )
      )
    for (const phase of ["duringRun", "afterRun"] as const) {
      const { exit } = under({ faults: [Fault.crash(phase, { times: 1 })] })
      const [lost, second] = Exit.isSuccess(exit) ? exit.value : []
      expect(lost && reasonOf(lost)).toMatchObject({ _tag: "WorkerLost", running: ["Double"] })
      expect(second).toEqual(Exit.succeed(42))
    }
    expect(under({ faults: [Fault.stopped("2 seconds", { times: 1 })] })).toMatchObject({
      exit: Exit.succeed([Exit.succeed(2), Exit.succeed(42)]),
      time: 2_000
    })
    expect(under({ cost: () => "3 seconds" })).toMatchObject({
      exit: Exit.succeed([Exit.succeed(2), Exit.succeed(42)]),
      time: 6_000
    })
  })

  it("a fault with `times` happens at the first so many points", () => {
    const program = Effect.all([1, 2, 3].map((n) => Effect.exit(Double({ n }))))
    const { exit } = run(program, { faults: [Fault.crash("duringRun", { times: 2 })] })
    const tags = Exit.isSuccess(exit) ? exit.value.map(({ _tag }) => _tag) : []
    expect(tags).toEqual(["Failure", "Failure", "Success"])
  })

  it("a stopped worker goes on, and ends at once when terminated meanwhile", () => {
    expect(run(doubled, { faults: [Fault.stopped("2 seconds")] })).toMatchObject({
      exit: Exit.succeed(2),
      time: 2_000
    })
    const cut = Effect.timeoutOption(doubled, 100)
    expect(run(cut, { faults: [Fault.stopped("1 hour")] }, { size: 1, grace: 300 }).time).toBe(400)
  })

  it("a worker hanging or dying at the request to stop keeps nobody from closing: G2, G4", () => {
    for (const fault of [Fault.hangAtStop(), Fault.crash("stop")]) {
      const result = run(doubled, { faults: [fault] }, { size: 1, terminateTimeout: 500 })
      // Closing dies of a dead worker; a merely slow worker is logged.
      const isDead = fault._tag !== "HangAtStop"
      const told = String(result.exit).includes("a worker failed while it stopped")
      expect([Exit.isFailure(result.exit), told]).toEqual([isDead, isDead])
      expect(result.left).toEqual({ fibers: 0, timers: 0 })
      expect(result.time > 0).toBe(!isDead)
    }
  })

  it("a late frame delays its reply, a slow link every frame", () => {
    const two = Effect.andThen(doubled, doubled)
    expect(run(two, { faults: [Fault.lateFrame(70, { nth: 1 })] }).time).toBe(70)
    // One for the greeting and the order to stop, and one each way for each task.
    expect(run(two, { faults: [Fault.slowLink(10)] }).time).toBeGreaterThanOrEqual(50)
  })

  it("a paused host receives everything at once afterwards; its time-outs come first", () => {
    const program = Effect.gen(function* () {
      const control = yield* SimulatedWorkers.Control
      yield* control.pauseHost(500)
      const [late, quick] = yield* Effect.all([Effect.timeoutOption(doubled, 400), doubled], {
        concurrency: "unbounded"
      })
      return [late._tag, quick]
    })
    const result = run(program, {}, { size: 2, grace: 1_000 })
    expect(result.exit).toEqual(Exit.succeed(["None", 2]))
    expect(result.time).toBe(500)
  })

  it("a jumping clock makes timers late", () => {
    const program = Effect.gen(function* () {
      const control = yield* SimulatedWorkers.Control
      const fiber = yield* Effect.forkChild(Effect.sleep(100))
      yield* Effect.yieldNow
      yield* control.jumpClock("1 hour")
      yield* Fiber.join(fiber)
    })
    expect(run(program, {}).time).toBe(3_600_000)
    expect(run(doubled, { faults: [Fault.clockJump("1 minute")] })).toMatchObject({
      exit: Exit.succeed(2),
      time: 60_000
    })
  })

  it("a task behind a stuck task, on the same worker, runs after the stuck call", () => {
    const both = Effect.all([doubled, doubled], { concurrency: "unbounded" })
    const result = run(both, { faults: [Fault.stuck(50, { nth: 1 })] }, { size: 1, concurrency: 2 })
    expect(result).toMatchObject({ exit: Exit.succeed([2, 2]), time: 50 })
  })
})

describe("times", () => {
  it("start, delivery and cost take as long as they are said to", () => {
    expect(run(doubled, { startTime: 30 }).time).toBe(30)
    expect(run(doubled, { cost: (task) => (task === "Double" ? 40 : 0) }).time).toBe(40)
    const three = Effect.all([doubled, doubled, doubled], { concurrency: "unbounded" })
    expect(run(three, { cost: () => 40 }, { size: 1, concurrency: 3 }).time).toBe(120)
  })

  it("a distribution has its stated shape", () => {
    const at = (delay: Delay.Delay) => [0, 0.5, 1].map((part) => Delay.quantile(delay, part))
    expect(at("2 seconds")).toEqual([2_000, 2_000, 2_000])
    expect(at({ min: 10, max: 20 })).toEqual([10, 15, 20])
    expect(at(Delay.oneOf(1, 5, 1))).toEqual([1, 5, 1])
    expect(Delay.isFixed(Delay.oneOf(1, 5, 1))).toBe(false)
    const [least, median, most] = at(Delay.exponential(10))
    expect([Math.abs(least!), Math.round(median!), most]).toEqual([0, 7, 100])
  })

  it("draws differ between runs, and are the same for the same seed", () => {
    const time = (seed: number) =>
      Simulation.run(provided(doubled, { latency: Delay.exponential(5) }), { seed }).time
    expect(time(1)).toBe(time(1))
    expect(new Set([1, 2, 3].map(time)).size).toBe(3)
  })
})

describe("any fault", () => {
  const program = (options: Faults.Options, healed = false) =>
    Effect.gen(function* () {
      const faults = yield* Faults.any(options)
      if (healed) yield* faults.heal
      const uses = Effect.replicateEffect(Effect.exit(Effect.timeoutOption(doubled, "1 second")), 10)
      yield* Effect.exit(provided(uses, { faults: faults.decide }, { size: 1, startTimeout: 100 }))
      return yield* faults.injected
    })
  const injected = (options: Faults.Options, seed: number, healed = false) => {
    const { exit } = Simulation.run(program(options, healed), { seed })
    return Exit.isSuccess(exit) ? exit.value : []
  }
  const seeds = Array.from({ length: 40 }, (_, seed) => seed)

  it("comes within the budget, at the right place, and never after healing", () => {
    const counts = seeds.map((seed) => injected({ budget: 2, rate: 0.5 }, seed).length)
    expect(Math.max(...counts)).toBe(2)
    expect(seeds.map((seed) => injected({ rate: 0.5 }, seed, true).length)).toEqual(seeds.map(() => 0))
    const { length } = injected({ menu: [Fault.crash("idle")], rate: 1, swarm: false }, 0)
    expect(length).toBe(3)
  })

  it("leaves out another half of the menu in each run", () => {
    const menu = [Fault.crash("beforeRun"), Fault.crash("duringRun")]
    const kinds = (swarm: boolean) =>
      seeds.map(
        (seed) =>
          new Set(injected({ menu, swarm, rate: 0.5, budget: 9 }, seed).map(({ point }) => point.at)).size
      )
    expect(new Set(kinds(true))).toEqual(new Set([0, 1, 2]))
    expect(kinds(false)).not.toContain(0)
  })

  it("is part of the log, which shrinks to the single necessary fault", async () => {
    const coverage = new Coverage.Coverage(Faults.menu)
    const fragile = Effect.gen(function* () {
      const faults = yield* Faults.any({ budget: 3, coverage })
      const exit = yield* Effect.exit(provided(doubled, { faults: faults.decide }))
      const { _tag } = (reasonOf(exit) ?? {}) as { readonly _tag?: string }
      if (_tag === "WorkerLost") return yield* Effect.die(new Error("lost"))
    })
    const { failure } = await Explore.run(fragile, { schedules: 500 })
    // The omitted half of the menu plays no part any more; the order of runs may.
    const drawn = failure?.log.split(" ").filter((entry) => /@\d+[fcd]\d+$/.test(entry))
    expect(drawn).toEqual([expect.stringMatching(/f\d+$/)])
    expect(coverage.ratio).toBeGreaterThan(0)
  })
})

describe("coverage", () => {
  it("counts each fault in each phase, prints the counts, and is required", () => {
    const coverage = new Coverage.Coverage([
      Fault.crash("duringRun"),
      Fault.crash("idle"),
      Fault.hangAtStart()
    ])
    coverage.count(Fault.crash("idle"))
    coverage.count(Fault.crash("idle", { after: 9 }))
    coverage.count(Fault.hangAtStart())
    expect(coverage.format().split("\n")).toEqual([
      "               spawn  duringRun  idle",
      "crash (exit)       ·          0     2",
      "hang at start      1          ·     ·",
      "fault × phase coverage: 0.67"
    ])
    expect(() => coverage.require(0.6)).not.toThrow()
    expect(() => coverage.require(0.9)).toThrow("never reached: crash (exit) at duringRun")
    expect(() => coverage.count(Fault.hang())).toThrow("hang is none of the faults")
  })

  it("a suite with an unreached moment fails", () => {
    const sometimes = Sometimes.make("crash during hand-over", "queue full")
    Effect.runSync(sometimes.reached("crash during hand-over"))
    expect(() => sometimes.assert()).toThrow("never reached: queue full")
    sometimes.reachedUnsafe("queue full")
    sometimes.assert()
    expect([...sometimes.counts.values()]).toEqual([1, 1])
    expect(() => sometimes.reachedUnsafe("elsewhere" as "queue full")).toThrow("none of the moments")
  })
})
