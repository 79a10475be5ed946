import { Task, TaskPool } from "@heddle/core"
import { Explore, SimulatedWorkers } from "@heddle/testing"
import { execFile } from "node:child_process"
import process from "node:process"
import { promisify } from "node:util"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import { afterEach, describe, expect, it, vi } from "vitest"
import { attempt } from "../../src/explore/internal/attempt.ts"
import { Exhaustive } from "../../src/explore/internal/exhaustive.ts"
import * as Log from "../../src/explore/internal/log.ts"

// A budget for slow machines: schedules count here, not seconds.
vi.setConfig({ testTimeout: 60_000 })

const unbounded = { concurrency: "unbounded" } as const

/** Two fibers add to a counter without a lock. */
const lostUpdate = Effect.gen(function* () {
  const counter = yield* Ref.make(0)
  const add = Effect.fn("add")(function* () {
    const n = yield* Ref.get(counter)
    yield* Explore.record(`read ${n}`)
    yield* Effect.log(`about to write ${n + 1}`)
    yield* Ref.set(counter, n + 1)
  })
  yield* Effect.all([add(), add()], unbounded)
  if ((yield* Ref.get(counter)) !== 2) return yield* Effect.die("an update is lost")
})

const failureOf = async <A, E>(program: Effect.Effect<A, E>, options?: Explore.Options<A, E>) =>
  (await Explore.run(program, options)).failure!

describe("a failure", () => {
  it("comes with its log, a timeline, and a line for the replay", async () => {
    const failure = await failureOf(lostUpdate)
    expect(failure).toMatchObject({ kind: "Failed", cause: "an update is lost", decisions: { log: 1 } })
    expect(failure.timeline.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, " | "))).toEqual([
      "0 ms | 0 | (the program) | starts or wakes",
      "↳ 0.0 | add | preempted",
      "↳ 0.1 | add | read 0; log: about to write 1 | ends",
      "0.0 | add | read 0; log: about to write 1 | ends",
      "↳ 0 | (the program) | fails"
    ])
    expect(failure.message).toContain(`HEDDLE_REPLAY='${failure.log}'`)
    expect(Explore.replay(failure.log, lostUpdate)).toMatchObject({
      cause: "an update is lost",
      log: failure.log
    })
    expect(Explore.replay("h1 adversarial 0", lostUpdate)).toBe(undefined)
    await expect(Explore.assert(lostUpdate)).rejects.toThrow("an update is lost")
  })

  it("the same seed finds the same schedule; another seed another: G12", async () => {
    const [one, again, other] = await Promise.all([0, 0, 5].map((seed) => failureOf(lostUpdate, { seed })))
    expect(again).toEqual(one)
    expect(other!.found).not.toBe(one!.found)
  })

  it("another process finds the same: G12", async () => {
    const script = `
      import { Explore } from "@heddle/testing"
      import * as Effect from "effect/Effect"
      import * as Random from "effect/Random"
      const program = Effect.gen(function* () {
        let [n, drawn] = [0, 0]
        const add = Effect.gen(function* () {
          const before = yield* Effect.sync(() => n)
          drawn += yield* Random.nextIntBetween(0, 1_000)
          yield* Effect.sync(() => (n = before + 1))
        })
        yield* Effect.all([add, add, add], { concurrency: "unbounded" })
        if (n !== 3) return yield* Effect.die(drawn)
      })
      const { failure } = await Explore.run(program, { seed: 3 })
      console.log(failure.found, failure.log, failure.cause)`
    const run = () =>
      promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
        cwd: import.meta.dirname
      })
    const [one, other] = await Promise.all([run(), run()])
    expect(one.stdout).toMatch(/^h1 adversarial \d+ .* \d+\n$/)
    expect(other.stdout).toBe(one.stdout)
  })

  it("shrinking an endless program ends", async () => {
    const program = Effect.gen(function* () {
      if ((yield* Explore.draw("command", 1_000)) > 3) return yield* Effect.forever(Effect.yieldNow)
    })
    const failure = await failureOf(program, { maxSteps: 20_000, schedules: 50 })
    expect(failure.kind).toBe("StepLimit")
    expect(failure.timeline.split("\n").length).toBeLessThan(200)
    expect(failure.timeline).toMatch(/… \d+ lines …/)
  })

  it("a deadlock says where each fiber waits, and since when", async () => {
    const program = Effect.gen(function* () {
      const never = yield* Deferred.make<void>()
      const patient = Effect.fn("patient")(function* () {
        yield* Effect.sleep(250)
        yield* Explore.record("asks")
        yield* Deferred.await(never)
      })
      yield* Effect.all([patient(), Effect.sleep("1 second")], unbounded)
    })
    const failure = await failureOf(program)
    expect(failure.kind).toBe("Deadlock")
    expect(String(failure.cause)).toContain("deadlock at 1000 ms: 2 fibers wait")
    expect(failure.waiting).toEqual([
      expect.stringMatching(/^0 waits since 0 ms at Explore\.test\.ts:\d+ for fiber 0\.0$/),
      expect.stringMatching(
        /^0\.0 waits since 250 ms at Explore\.test\.ts:\d+ for Deferred#1 \(made by 0 at Explore\.test\.ts:\d+\), in patient \(Explore\.test\.ts:\d+\), after “asks”$/
      )
    ])
  })

  it("a restless program and a throw outside of every fiber are failures", async () => {
    expect((await failureOf(Effect.forever(Effect.yieldNow), { maxSteps: 200 })).kind).toBe("StepLimit")
    const throws = Effect.withFiber((fiber) => {
      fiber.currentDispatcher.scheduleTask(() => {
        throw new Error("boom")
      }, 0)
      return Effect.never
    })
    expect(await failureOf(throws)).toMatchObject({ kind: "Uncaught", cause: new Error("boom") })
  })

  it("check judges the end, and sees the remaining fibers and timers: G2", async () => {
    const check = (end: Explore.Checked<number, string>) => expect(end.left).toEqual({ fibers: 0, timers: 0 })
    await Explore.assert(Effect.fail("expected") as Effect.Effect<number, string>, { schedules: 5, check })
    const leak = Effect.as(Effect.forkDetach(Effect.sleep("1 day")), 1)
    expect((await failureOf<number, string>(leak, { check })).kind).toBe("Failed")
  })

  it("is sought in HEDDLE_REPLAY first, and nowhere else", async () => {
    const { log } = await failureOf(lostUpdate)
    vi.stubEnv("HEDDLE_REPLAY", log)
    const report = await Explore.run(lostUpdate)
    expect(report).toMatchObject({ schedules: 1, failure: { log, cause: "an update is lost" } })
    vi.stubEnv("HEDDLE_REPLAY", "h1 adversarial 0")
    expect((await Explore.run(lostUpdate)).failure).toBe(undefined)
  })

  afterEach(() => {
    vi.unstubAllEnvs()
  })
})

describe("uncontrolled events are reported as such", () => {
  const kindOf = async <A, E>(program: Effect.Effect<A, E>) => {
    const { cause, kind } = await failureOf(program, { verifyEvery: 5 })
    return `${kind}: ${String(cause)}`
  }

  it("a promise and a real timer", async () => {
    expect(await kindOf(Effect.promise(() => Promise.resolve(1)))).toContain(
      "Uncontrolled: Error: the real world"
    )
    const timer = Effect.callback<void>((resume) => void setTimeout(() => resume(Effect.void), 1))
    expect(await kindOf(timer)).toContain("Uncontrolled: Error: the real world")
  })

  it("random numbers other than Effect's, and state outliving a run", async () => {
    const unsafe = Effect.suspend(() => Explore.record(String(Math.random())))
    expect(await kindOf(unsafe)).toContain("one schedule had two histories")
    let runs = 0
    const leaky = Effect.suspend(() => (++runs % 2 === 0 ? Effect.yieldNow : Effect.void))
    expect(await kindOf(leaky)).toContain("one schedule had two histories")
  })

  it("Effect's own random numbers are drawn per fiber, independent of the schedule", async () => {
    const drawn = new Set<string>()
    const program = Effect.gen(function* () {
      const number = Effect.andThen(Effect.yieldNow, Random.nextIntBetween(0, 1_000_000))
      drawn.add((yield* Effect.all([number, number], unbounded)).join())
    })
    await Explore.assert(program, { schedules: 200, strategies: [Explore.exhaustive(3)] })
    expect(drawn.size).toBe(1)
    await Explore.assert(program, { schedules: 50, strategies: [Explore.random] })
    expect(drawn.size).toBeGreaterThan(40)
  })
})

describe("strategies", () => {
  /** The orders in which two fibers can write, with an operation before each. */
  const writes = (orders: Set<string>) =>
    Effect.gen(function* () {
      let order = ""
      const write = (name: string) =>
        Effect.gen(function* () {
          for (let i = 0; i < 2; i++) {
            yield* Effect.yieldNow
            yield* Effect.sync(() => (order += name))
          }
        })
      yield* Effect.all([write("a"), write("b")], unbounded)
      orders.add(order)
    })

  it("an exhaustive search covers every order, and says so", async () => {
    const orders = new Set<string>()
    const report = await Explore.run(writes(orders), {
      strategies: [Explore.exhaustive()],
      schedules: 50_000
    })
    expect(report.coverage).toBe("all")
    expect([...orders].toSorted()).toEqual(["aabb", "abab", "abba", "baab", "baba", "bbaa"])
    expect(Explore.format(report)).toContain("every schedule was run")
  })

  it("a bounded search covers less, and says so; an interrupted search reports itself as partial", async () => {
    const run = (decisions: number, schedules: number) =>
      Explore.run(writes(new Set()), { strategies: [Explore.exhaustive(decisions)], schedules })
    expect((await run(1, 1_000)).coverage).toBe("bounded")
    expect((await run(3, 20)).coverage).toBe("partial")
  })

  it("no two schedules of an exhaustive search are the same", () => {
    const search = new Exhaustive(Infinity)
    const program = { effect: writes(new Set()), check: undefined, maxSteps: 1_000 }
    const logs = new Set<string>()
    let count = 0
    for (let oracle = search.take(); oracle !== undefined; oracle = search.take(), count++) {
      logs.add(Log.format(attempt(program, { oracle, seed: 0, realism: "adversarial" }).log))
    }
    expect(count).toBeGreaterThan(50)
    expect(logs.size).toBe(count)
  })

  it("PCT finds a bug of depth two at least as often as its printed bound", async () => {
    const found = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        Explore.run(lostUpdate, { strategies: [Explore.pct(2)], schedules: 2, seed: i * 10, shrinkRuns: 0 })
      )
    )
    const bound = 1 / (found[0]!.size.strands * found[0]!.size.operations)
    expect(found.filter(({ failure }) => failure !== undefined).length / 100).toBeGreaterThanOrEqual(bound)
    expect(Explore.format(found[0]!)).toContain(
      `pct of depth 2: 1 (finds a bug of that depth with probability ≥ ${bound.toPrecision(2)} each`
    )
  })

  it("PCT lets others run when a fiber polls", async () => {
    const poll = Effect.gen(function* () {
      let isReady = false
      const waits = Effect.gen(function* () {
        while (!(yield* Effect.sync(() => isReady))) yield* Effect.yieldNow
      })
      const makes = Effect.andThen(
        Effect.yieldNow,
        Effect.sync(() => (isReady = true))
      )
      yield* Effect.all([waits, makes], unbounded)
    })
    await Explore.assert(poll, { strategies: [Explore.pct(3)], schedules: 200, maxSteps: 500 })
  })

  it("fifo finds only failures possible in Effect's own order", async () => {
    const ordered = Effect.gen(function* () {
      const seen: Array<number> = []
      const one = (i: number) =>
        Effect.andThen(
          Effect.yieldNow,
          Effect.sync(() => seen.push(i))
        )
      yield* Effect.all([one(1), one(2)], unbounded)
      if (seen[0] !== 1) return yield* Effect.die("out of order")
    })
    await Explore.assert(ordered, { realism: "fifo", schedules: 300, strategies: [Explore.random] }).catch(
      () => undefined
    )
    expect((await failureOf(ordered)).cause).toBe("out of order")
    expect((await failureOf(lostUpdate, { realism: "fifo" })).cause).toBe("an update is lost")
    await expect(Explore.run(ordered, { realism: "fifo", strategies: [Explore.pct(2)] })).rejects.toThrow(
      "PCT reorders"
    )
  })

  it("a budget of time ends the search", async () => {
    const report = await Explore.run(Effect.forever(Effect.sleep(1)).pipe(Effect.timeoutOption(500)), {
      budget: "50 millis",
      schedules: 1e9
    })
    expect(report.failure).toBe(undefined)
    expect(report.coverage).toBe("partial")
  })
})

describe("a draw", () => {
  const order = Effect.gen(function* () {
    const amount = yield* Explore.draw("command", 1_000)
    const delay = yield* Explore.draw("delay", 50)
    const unneeded = yield* Explore.draw("fault", 3)
    yield* Effect.sleep(delay)
    const fault = yield* Explore.draw("fault", 5)
    yield* Effect.all([Effect.yieldNow, Effect.yieldNow], unbounded)
    if (amount >= 17 && fault === 3) return yield* Effect.die(`lost ${amount}, ${unneeded}`)
  })

  it("is part of the log, and shrinks to the essence of the failure: faults, commands, order, delays", async () => {
    const failure = await failureOf(order, { schedules: 5_000 })
    expect(failure.log.split(" ").slice(3)).toEqual(["0@0c17", "0@1f3"])
    expect(String(failure.cause)).toBe("lost 17, 0")
    expect(failure.timeline).toContain("command 17")
  })

  it("is zero outside of a simulation", () => {
    expect(Effect.runSync(Explore.draw("fault", 5))).toBe(0)
  })
})

describe("logs", () => {
  it("repeat their recorded run, though a fiber stands in line twice", async () => {
    // An interrupted fiber leaves its old turn in line, and waits for another turn.
    const program = Effect.gen(function* () {
      const turns = (n: number) =>
        Effect.replicateEffect(Effect.andThen(Effect.yieldNow, Explore.record("turn")), n)
      const leaving = Effect.onExit(turns(9), () => turns(3))
      const fibers = yield* Effect.replicateEffect(Effect.forkChild(leaving, { startImmediately: true }), 3)
      yield* Effect.yieldNow
      yield* Effect.all([Fiber.interruptAll(fibers), turns(3)], unbounded)
    })
    await Explore.assert(program, { schedules: 500, strategies: [Explore.random], verifyEvery: 1 })
  })

  it("survive as text", () => {
    const log = "h1 fifo 42 0@1f2 0.1@7! 0.1.2@3!0.4 0.2@9>0.1 0.3@4~ 0@0c17 0@1d5"
    expect(Log.format(Log.parse(log))).toBe(log)
  })

  it("of another version, or misspelt, are refused", () => {
    for (const log of ["h2 fifo 0", "h1 lifo 0", "h1 fifo x", "h1 fifo 0 0.1", "h1 fifo 0 0.1@3?"]) {
      expect(() => Log.parse(log)).toThrow(RangeError)
    }
  })

  it("ignore decisions unfit for the program", async () => {
    const { log } = await failureOf(lostUpdate)
    expect(Explore.replay(`${log} 0.7@3! 0.0@999>0.1 0.4@0f3`, lostUpdate)?.cause).toBe("an update is lost")
  })
})

describe("a pool of simulated workers", () => {
  const Add = Task.make("Add", { payload: { by: Schema.Int }, success: Schema.Int })

  /** `hasty`: the handler reads, lets go, and writes. */
  const program = (hasty: boolean) =>
    Effect.suspend(() => {
      let value = 0
      const handlers = Add.toLayer(({ by }) =>
        Effect.gen(function* () {
          const before = value
          if (hasty) yield* Effect.yieldNow
          value = before + by
          return value
        })
      )
      const workers = SimulatedWorkers.layer(handlers, { latency: { min: 0, max: 5 } })
      const pool = Layer.provide(TaskPool.layer({ size: 2 }), workers)
      return Effect.all([Add({ by: 1 }), Add({ by: 1 })], unbounded).pipe(
        Effect.provide(pool),
        Effect.flatMap(() => (value === 2 ? Effect.void : Effect.die("an update is lost")))
      )
    })

  it("the whole pool is explored, arrivals of messages included, and is clean: G12", async () => {
    const report = await Explore.assert(program(false), {
      schedules: 150,
      verifyEvery: 1,
      check: ({ exit, left }) =>
        expect([Exit.isSuccess(exit), left]).toEqual([true, { fibers: 0, timers: 0 }])
    })
    expect(report.size.strands).toBeGreaterThan(10)
  })

  it("a race of two handlers is found, and needs no delay", async () => {
    const failure = await failureOf(program(true), { schedules: 500, realism: "fifo" })
    expect(String(failure.cause)).toBe("an update is lost")
    expect(failure.decisions.log).toBeLessThanOrEqual(2)
  })
})

describe("speed", () => {
  it("twenty fibers take a few hundred operations, whose schedules are run by the thousand", async () => {
    const program = Effect.gen(function* () {
      const queue = yield* Queue.bounded<number>(4)
      const one = (i: number) =>
        Effect.gen(function* () {
          yield* Queue.offer(queue, i)
          yield* Effect.sleep(1)
          yield* Queue.take(queue)
        })
      yield* Effect.all(
        Array.from({ length: 20 }, (_, i) => one(i)),
        unbounded
      )
    })
    const report = await Explore.assert(program, { schedules: 1_000 })
    expect(report).toMatchObject({ schedules: 1_000, size: { strands: expect.any(Number) } })
    expect(report.perSecond).toBeGreaterThan(0)
  })
})
