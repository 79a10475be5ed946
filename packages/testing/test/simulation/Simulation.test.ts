import { Simulation } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import { describe, expect, it } from "vitest"

const failureOf = (result: Simulation.Result<unknown, unknown>): unknown =>
  Exit.isFailure(result.exit) ? Cause.squash(result.exit.cause) : undefined

/** Fibers that take turns, draw numbers and sleep: much for a schedule to decide. */
const busy = Effect.gen(function* () {
  const queue = yield* Queue.unbounded<string>()
  const worker = (name: string) =>
    Effect.gen(function* () {
      for (let i = 0; i < 5; i++) {
        yield* Effect.sleep(yield* Random.nextIntBetween(1, 20))
        yield* Simulation.record(`${name}${i}`)
        yield* Queue.offer(queue, name)
        yield* Effect.yieldNow
      }
    })
  yield* Effect.all([worker("a"), worker("b"), worker("c")], { concurrency: "unbounded" })
  return Array.from(yield* Queue.takeAll(queue)).join("")
})

/** Two fibers add to a counter without a lock: right only if nobody comes between reading and writing. */
const lostUpdate = Effect.gen(function* () {
  const counter = yield* Ref.make(0)
  const add = Effect.flatMap(Ref.get(counter), (n) => Ref.set(counter, n + 1))
  yield* Effect.all([add, add], { concurrency: "unbounded" })
  return yield* Ref.get(counter)
})

describe("determinism", () => {
  for (const realism of ["fifo", "adversarial"] as const) {
    it(`the same seed gives the same history (${realism}): G12`, () => {
      for (let seed = 0; seed < 50; seed++) {
        expect(Simulation.run(busy, { seed, realism })).toEqual(Simulation.run(busy, { seed, realism }))
      }
    })

    it(`other seeds give other histories (${realism}): G12`, () => {
      const hashes = Array.from(
        { length: 50 },
        (_, seed) => Simulation.run(busy, { seed, realism }).history.hash
      )
      expect(new Set(hashes).size).toBe(50)
    })
  }

  it("choices replay their recorded schedule: G12", () => {
    const first = Simulation.run(busy, { seed: 7, realism: "adversarial" })
    const again = Simulation.run(busy, { seed: 7, realism: "adversarial", replay: first.history.choices })
    expect(again).toEqual(first)
  })

  it("without choices a replay is in order and never preempts: G12", () => {
    const tame = Simulation.run(lostUpdate, { realism: "adversarial", replay: [] })
    expect(tame.exit).toEqual(Exit.succeed(2))
  })

  it("random numbers come from the seed", () => {
    const draw = Effect.all([Random.next, Random.nextInt, Random.nextBoolean])
    expect(Simulation.run(draw, { seed: 1 }).exit).toEqual(Simulation.run(draw, { seed: 1 }).exit)
    expect(Simulation.run(draw, { seed: 1 }).exit).not.toEqual(Simulation.run(draw, { seed: 2 }).exit)
    const numbers = Simulation.run(Effect.replicateEffect(Random.next, 1000))
    const mean = Exit.isSuccess(numbers.exit) ? numbers.exit.value.reduce((a, b) => a + b) / 1000 : 0
    expect(mean).toBeGreaterThan(0.45)
    expect(mean).toBeLessThan(0.55)
  })
})

describe("schedules", () => {
  const outcomes = (options: Simulation.Options) =>
    Array.from({ length: 200 }, (_, seed) => Simulation.run(lostUpdate, { ...options, seed }).exit).filter(
      (exit) => Exit.isSuccess(exit) && exit.value === 1
    ).length

  it("in order and without preemption, a race stays hidden", () => {
    expect(outcomes({})).toBe(0)
  })

  it("preemption finds a lost update", () => {
    expect(outcomes({ preempt: 0.1 })).toBeGreaterThan(10)
    expect(outcomes({ realism: "adversarial" })).toBeGreaterThan(10)
  })

  it("preempting as often as possible still makes progress", () => {
    const result = Simulation.run(busy, { preempt: 1 })
    expect(Exit.isSuccess(result.exit)).toBe(true)
  })

  it("runs a batch by priority, as Effect's own scheduler does", () => {
    const seen: Array<string> = []
    const at = (name: string, priority: number) =>
      Effect.andThen(
        Effect.yieldNowWith(priority),
        Effect.sync(() => seen.push(name))
      )
    Simulation.run(Effect.all([at("late", 5), at("soon", -1), at("normal", 0)], { concurrency: "unbounded" }))
    expect(seen).toEqual(["soon", "normal", "late"])
  })

  it("a fiber interrupted before its first operation does not start", () => {
    for (let seed = 0; seed < 200; seed++) {
      const program = Effect.gen(function* () {
        let [acquired, released] = [0, 0]
        const resource = Effect.acquireUseRelease(
          Effect.sync(() => acquired++),
          () => Effect.never,
          () => Effect.sync(() => released++)
        )
        const fiber = yield* Effect.forkChild(resource)
        yield* Effect.yieldNow
        yield* Fiber.interrupt(fiber)
        return acquired === released
      })
      expect(Simulation.run(program, { seed, realism: "adversarial" }).exit).toEqual(Exit.succeed(true))
    }
  })
})

describe("time", () => {
  it("an hour's sleep takes no real time", () => {
    const result = Simulation.run(Effect.andThen(Effect.sleep("1 hour"), Clock.currentTimeMillis))
    expect(result.exit).toEqual(Exit.succeed(3_600_000))
    expect(result.time).toBe(3_600_000)
    expect(result.steps).toBeLessThan(5)
  })

  it("starts at the given time", () => {
    const result = Simulation.run(Effect.andThen(Effect.sleep(5), Clock.currentTimeMillis), { start: 1_000 })
    expect(result.exit).toEqual(Exit.succeed(1_005))
    expect(result.time).toBe(5)
  })

  it("timers of one moment fire in the order of their setting", () => {
    const seen: Array<number> = []
    const sleeper = (i: number) =>
      Effect.andThen(
        Effect.sleep(10),
        Effect.sync(() => seen.push(i))
      )
    Simulation.run(Effect.all([0, 1, 2, 3].map(sleeper), { concurrency: "unbounded" }))
    expect(seen).toEqual([0, 1, 2, 3])
  })

  it("a time-out ends an endless effect, and leaves no timer", () => {
    const result = Simulation.run(Effect.timeoutOption(Effect.never, "3 seconds"))
    expect(result.time).toBe(3_000)
    expect(result.left).toEqual({ fibers: 0, timers: 0 })
  })

  it("steps take time on request, so polling meets its deadline", () => {
    const poll = Effect.timeoutOption(Effect.forever(Effect.yieldNow), 100)
    expect(failureOf(Simulation.run(poll, { maxSteps: 1_000 }))).toBeInstanceOf(Simulation.StepLimit)
    expect(Exit.isSuccess(Simulation.run(poll, { stepMillis: 0.5 }).exit)).toBe(true)
  })
})

describe("the end", () => {
  it("a deadlock is reported with its time and its waiting fibers", () => {
    const program = Effect.gen(function* () {
      const never = yield* Deferred.make<void>()
      yield* Effect.sleep(250)
      yield* Effect.all([Deferred.await(never), Effect.withSpan(Deferred.await(never), "second")], {
        concurrency: 2
      })
    })
    const error = failureOf(Simulation.run(program))
    expect(error).toBeInstanceOf(Simulation.Deadlock)
    expect(error).toMatchObject({ time: 250, suspended: 3, fibers: ["second"], outside: 0 })
    expect(String(error)).toContain("deadlock at 250 ms")
  })

  it("a restless program meets the step limit", () => {
    const error = failureOf(Simulation.run(Effect.forever(Effect.yieldNow), { maxSteps: 500 }))
    expect(error).toMatchObject({ _tag: "StepLimit", steps: 500, time: 0 })
    expect(failureOf(Simulation.run(Effect.forever(Effect.void), { maxSteps: 50 }))).toBeInstanceOf(
      Simulation.StepLimit
    )
  })

  it("a throw outside of every fiber is reported, not thrown", () => {
    const program = Effect.withFiber((fiber) => {
      fiber.currentDispatcher.scheduleTask(() => {
        throw new Error("boom")
      }, 0)
      return Effect.never
    })
    expect(failureOf(Simulation.run(program))).toMatchObject({ _tag: "Uncaught", cause: new Error("boom") })
  })

  it("failures, defects and interruption come through as they are", () => {
    expect(Simulation.run(Effect.fail("no")).exit).toEqual(Exit.fail("no"))
    expect(Simulation.run(Effect.die("bad")).exit).toEqual(Exit.die("bad"))
    expect(Exit.hasInterrupts(Simulation.run(Effect.interrupt).exit)).toBe(true)
  })

  it("a program's remaining fibers and timers are counted: G2", () => {
    const leak = Effect.forkDetach(Effect.sleep("1 day"))
    expect(Simulation.run(leak).left).toEqual({ fibers: 1, timers: 1 })
    expect(Simulation.run(Effect.forkChild(Effect.sleep("1 day"))).left).toEqual({ fibers: 0, timers: 0 })
  })
})

describe("promises", () => {
  const promise = <A>(value: A, millis: number) =>
    Effect.promise(() => new Promise<A>((resolve) => setTimeout(() => resolve(value), millis)))

  it("without the real event loop promises are a deadlock, reported as such", () => {
    expect(failureOf(Simulation.run(Simulation.outside(promise(1, 0))))).toMatchObject({
      _tag: "Deadlock",
      outside: 1
    })
  })

  it("runPromise lets promises in, and counts them as uncontrolled", async () => {
    const result = await Simulation.runPromise(promise("real", 5))
    expect(result.exit).toEqual(Exit.succeed("real"))
    expect(result.uncontrolled).toBeGreaterThan(0)
    expect(Simulation.run(busy).uncontrolled).toBe(0)
  })

  it("the clock stands still while the program is outside", async () => {
    const program = Effect.timeout(Simulation.outside(promise("read", 50)), "1 second")
    const result = await Simulation.runPromise(program)
    expect(result.exit).toEqual(Exit.succeed("read"))
    expect(result.time).toBe(0)
  })

  it("an unsettled promise is a deadlock in bounded real time", async () => {
    const never = Effect.promise(() => new Promise<void>(() => {}))
    expect(failureOf(await Simulation.runPromise(never, { patience: 20 }))).toMatchObject({
      _tag: "Deadlock"
    })
    const limit = await Simulation.runPromise(Effect.timeoutOption(never, "1 minute"), { patience: 20 })
    expect(limit.time).toBe(60_000)
  })

  it("a program without promises has the same history either way: G12", async () => {
    const options = { seed: 3, realism: "adversarial" } as const
    expect(await Simulation.runPromise(busy, options)).toEqual(Simulation.run(busy, options))
  })
})
