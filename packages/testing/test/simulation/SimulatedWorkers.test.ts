import { Task, TaskError, TaskPool } from "@heddle/core"
import { Fault, SimulatedWorkers, Simulation } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"

class TooLarge extends Schema.TaggedError<TooLarge>()("TooLarge", { limit: Schema.Int }) {}

const Double = Task.make("Double", { payload: { n: Schema.Int }, success: Schema.Int, error: TooLarge })
const Sleep = Task.make("Sleep", { payload: { millis: Schema.Finite }, success: Schema.String })

const handlers = Layer.mergeAll(
  Double.toLayer(({ n }) => (n > 100 ? Effect.fail(new TooLarge({ limit: 100 })) : Effect.succeed(n * 2))),
  Sleep.toLayer(({ millis }) => Effect.as(Effect.sleep(millis), `slept ${millis}`))
)

type Services = TaskPool.TaskPool | SimulatedWorkers.Control

const poolOf = (workers: ReturnType<typeof SimulatedWorkers.layer>, pool: TaskPool.PoolOptions) =>
  Layer.provideMerge(TaskPool.layer(pool), workers)

const withPool = <A, E>(
  program: Effect.Effect<A, E, Services>,
  workers: SimulatedWorkers.Options = {},
  pool: TaskPool.PoolOptions = { size: 2 }
) => Effect.provide(program, poolOf(SimulatedWorkers.layer(handlers, workers), pool))

/** Runs a program with a pool of simulated workers, and asserts an empty remainder (G2). */
const run = <A, E>(
  program: Effect.Effect<A, E, Services>,
  workers?: SimulatedWorkers.Options,
  pool?: TaskPool.PoolOptions,
  options?: Simulation.Options
) => {
  const result = Simulation.run(withPool(program, workers, pool), options)
  expect(result.left).toEqual({ fibers: 0, timers: 0 })
  expect(result.uncontrolled).toBe(0)
  return result
}

const valueOf = <A>(result: Simulation.Result<A, unknown>): A =>
  Exit.isSuccess(result.exit) ? result.exit.value : expect.fail(String(result.exit))

const failureOf = (result: Simulation.Result<unknown, unknown>): any =>
  Exit.isFailure(result.exit)
    ? Cause.squash(result.exit.cause)
    : expect.fail(`succeeded with ${String(result.exit.value)}`)

const reasonOf = (result: Simulation.Result<unknown, unknown>): any => {
  const error = failureOf(result)
  expect(error).toBeInstanceOf(TaskError.TaskError)
  return error.reason
}

describe("without faults", () => {
  it("a task succeeds", () => {
    expect(run(Double({ n: 21 })).exit).toEqual(Exit.succeed(42))
  })

  it("a typed failure arrives as its class: G9", () => {
    const error = failureOf(run(Double({ n: 101 })))
    expect(error).toBeInstanceOf(TooLarge)
    expect(error.limit).toBe(100)
  })

  it("tasks overlap in virtual time, as many as there are workers", () => {
    const four = Effect.all(
      [1, 2, 3, 4].map(() => Sleep({ millis: 1_000 })),
      { concurrency: "unbounded" }
    )
    expect(run(four).time).toBe(2_000)
    expect(run(four, {}, { size: 4 }).time).toBe(1_000)
  })

  it("many tasks in chunks keep their order", () => {
    const inputs = Array.from({ length: 100 }, (_, n) => ({ n }))
    expect(run(TaskPool.forEach(Double, inputs)).exit).toEqual(Exit.succeed(inputs.map(({ n }) => n * 2)))
  })

  it("frames take as long as they are told to, and stay in order", () => {
    expect(run(Double({ n: 1 }), { latency: 10 }).time).toBeGreaterThanOrEqual(30)
    const many = Effect.all(
      Array.from({ length: 50 }, (_, n) => Double({ n })),
      { concurrency: "unbounded" }
    )
    for (let seed = 0; seed < 20; seed++) {
      const result = run(many, { latency: { min: 0, max: 20 } }, undefined, { seed })
      expect(result.exit).toEqual(Exit.succeed(Array.from({ length: 50 }, (_, n) => n * 2)))
    }
  })

  it("without shared memory too", () => {
    const many = Effect.all(
      Array.from({ length: 20 }, (_, n) => Double({ n })),
      { concurrency: "unbounded" }
    )
    expect(Exit.isSuccess(run(many, { sharedMemory: false }).exit)).toBe(true)
  })

  it("control sees the workers' actions", () => {
    const program = Effect.gen(function* () {
      const control = yield* SimulatedWorkers.Control
      yield* Double({ n: 1 })
      yield* Sleep({ millis: 5 })
      return { spawned: yield* control.spawned, alive: yield* control.alive, starts: yield* control.starts }
    })
    const result = run(program, {}, { size: 1 })
    expect(result.exit).toEqual(
      Exit.succeed({
        spawned: 1,
        alive: [1],
        starts: [
          { worker: 1, task: "Double", time: 0 },
          { worker: 1, task: "Sleep", time: 0 }
        ]
      })
    )
    expect(result.history.events.map(({ event }) => event)).toEqual([
      "worker 1 spawned",
      "worker 1 starts Double",
      "worker 1 starts Sleep",
      "worker 1 exited 0"
    ])
  })

  it("live, without a simulation, they work as well", async () => {
    expect(await Effect.runPromise(withPool(Double({ n: 4 })))).toBe(8)
  })

  it("under a TestClock too", async () => {
    const program = Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Sleep({ millis: 60_000 }))
      yield* TestClock.adjust("1 minute")
      return yield* Fiber.join(fiber)
    })
    const slept = await Effect.runPromise(
      withPool(program, { latency: 0 }).pipe(Effect.provide(TestClock.layer()))
    )
    expect(slept).toBe("slept 60000")
  })
})

describe("determinism", () => {
  const mixed = Effect.all(
    Array.from({ length: 12 }, (_, n) =>
      n % 3 === 0 ? Effect.exit(Sleep({ millis: n * 7 })) : Effect.exit(Double({ n: n * 20 }))
    ),
    { concurrency: "unbounded" }
  )
  const workers: SimulatedWorkers.Options = {
    latency: { min: 0, max: 5 },
    faults: [Fault.crash("duringRun", { task: "Sleep", nth: 2, after: 3 })]
  }

  for (const realism of ["fifo", "adversarial"] as const) {
    it(`a pool with faults has the same history for the same seed (${realism}): G12`, () => {
      const hashes = new Set<string>()
      for (let seed = 0; seed < 30; seed++) {
        const first = run(mixed, workers, undefined, { seed, realism })
        const again = run(mixed, workers, undefined, { seed, realism })
        expect(Exit.isSuccess(first.exit)).toBe(true)
        expect(again.history).toEqual(first.history)
        expect(again.time).toBe(first.time)
        hashes.add(first.history.hash)
      }
      expect(hashes.size).toBe(30)
    })
  }
})

describe("faults at start", () => {
  it("a refused spawn is SpawnFailed, with its cause: G9", () => {
    const reason = reasonOf(
      run(Double({ n: 1 }), { faults: [Fault.spawnRefused({ cause: new Error("EMFILE") })] })
    )
    expect(reason).toMatchObject({ _tag: "SpawnFailed", phase: "spawn" })
    expect(String(reason.cause)).toContain("EMFILE")
  })

  it("a refused spawn of a running pool is made up for: G11", () => {
    const program = Effect.andThen(Effect.exit(Double({ n: 1 })), Double({ n: 2 }))
    const faults = [Fault.crash("duringRun", { nth: 1 }), Fault.spawnRefused({ worker: 2 })]
    expect(run(program, { faults }, { size: 1 }).exit).toEqual(Exit.succeed(4))
  })

  it("a worker hanging at start meets the start time-out: S022", () => {
    const result = run(Double({ n: 1 }), { faults: [Fault.hangAtStart()] }, { size: 1, startTimeout: 3_000 })
    expect(reasonOf(result)).toMatchObject({ _tag: "SpawnFailed", phase: "ready" })
    expect(result.time).toBeGreaterThanOrEqual(3_000)
  })

  it("a slow start counts as start time", () => {
    const result = run(Double({ n: 1 }), { faults: [Fault.slowStart("2 seconds")] })
    expect(result.exit).toEqual(Exit.succeed(2))
    expect(result.time).toBe(2_000)
  })

  it("a worker crashing at start is SpawnFailed with its exit code: S021", () => {
    const reason = reasonOf(run(Double({ n: 1 }), { faults: [Fault.crashAtStart({ exitCode: 7 })] }))
    expect(reason).toMatchObject({ _tag: "SpawnFailed", phase: "import", exitCode: 7 })
  })
})

describe("crashes", () => {
  for (const sharedMemory of [true, false]) {
    const memory = sharedMemory ? "shared memory" : "no shared memory"

    it(`a crash during a run loses the running task, and the next task succeeds (${memory}): G5`, () => {
      const program = Effect.gen(function* () {
        const lost = yield* Effect.flip(Sleep({ millis: 50 }))
        return [lost, yield* Double({ n: 2 })] as const
      })
      const faults = [Fault.crash("duringRun", { exitCode: 3, nth: 1, after: 20 })]
      const result = run(program, { faults, sharedMemory }, { size: 1 })
      const [lost, doubled] = valueOf(result)
      expect(lost.reason).toMatchObject({ _tag: "WorkerLost", phase: "run", exitCode: 3, running: ["Sleep"] })
      expect(doubled).toBe(4)
    })
  }

  it("a crash names the signal, or the lack of memory: G9", () => {
    const killed = reasonOf(
      run(Double({ n: 1 }), { faults: [Fault.crash("duringRun", { signal: "SIGKILL" })] })
    )
    expect(killed).toMatchObject({ _tag: "WorkerLost", signal: "SIGKILL", outOfMemory: false })
    expect(killed.exitCode).toBeUndefined()
    const heap = reasonOf(
      run(Double({ n: 1 }), { faults: [Fault.crash("duringRun", { outOfMemory: true })] })
    )
    expect(heap).toMatchObject({ _tag: "WorkerLost", outOfMemory: true })
  })

  it("an unstarted task of a dying worker moves to another worker: G5", () => {
    const result = run(Double({ n: 1 }), { faults: [Fault.crash("beforeRun", { nth: 1 })] }, { size: 1 })
    expect(result.exit).toEqual(Exit.succeed(2))
  })

  it("an unposted reply is lost in phase reply: G5", () => {
    const reason = reasonOf(run(Double({ n: 1 }), { faults: [Fault.crash("beforeReply")] }))
    expect(reason).toMatchObject({ _tag: "WorkerLost", phase: "reply" })
  })

  it("a posted reply arrives, whatever the worker's fate", () => {
    const seen: Array<number> = []
    const program = Effect.map(Double({ n: 1 }), (n) => seen.push(n))
    const result = run(program, { faults: [Fault.crash("afterReply")], latency: 10 })
    expect(seen).toEqual([2])
    // The crash shows while the pool closes, and closing dies of the crash (S214).
    expect(Exit.isFailure(result.exit)).toBe(true)
  })

  it("a worker dying while idle harms no task: G5", () => {
    const program = Effect.andThen(Effect.andThen(Double({ n: 1 }), Effect.sleep(100)), Double({ n: 2 }))
    const result = run(program, { faults: [Fault.crash("idle", { task: "Double", nth: 1 })] }, { size: 1 })
    expect(result.exit).toEqual(Exit.succeed(4))
    expect(result.history.events.filter(({ event }) => event.includes("exited")).length).toBe(2)
  })

  it("a crash runs no finalizer of its worker, and the next task runs on another worker", () => {
    const seen: Array<string> = []
    const Careful = Task.make("Careful", { payload: { n: Schema.Int } })
    const careful = Careful.toLayer(({ n }) =>
      Effect.sync(() => seen.push(`run ${n}`)).pipe(
        Effect.andThen(Effect.sleep(10)),
        Effect.ensuring(Effect.sync(() => seen.push(`finalized ${n}`)))
      )
    )
    const program = Effect.all([Effect.exit(Careful({ n: 1 })), Effect.exit(Careful({ n: 2 }))], {
      concurrency: 2
    })
    const workers = SimulatedWorkers.layer(careful, { faults: [Fault.crash("duringRun", { nth: 1 })] })
    const result = Simulation.run(Effect.provide(program, poolOf(workers, { size: 1 })))
    expect(valueOf(result).map((exit) => exit._tag)).toEqual(["Failure", "Success"])
    expect(seen).toEqual(["run 1", "run 2", "finalized 2"])
    expect(result.left).toEqual({ fibers: 0, timers: 0 })
  })

  it("control kills a worker at any time", () => {
    const program = Effect.gen(function* () {
      const control = yield* SimulatedWorkers.Control
      const fiber = yield* Effect.forkChild(Effect.flip(Sleep({ millis: 1_000 })))
      yield* Effect.sleep(10)
      const [start] = yield* control.starts
      yield* control.crash(start!.worker, { signal: "SIGSEGV" })
      return yield* Fiber.join(fiber)
    })
    const result = run(program)
    expect(valueOf(result)).toMatchObject({
      reason: { _tag: "WorkerLost", signal: "SIGSEGV" }
    })
    expect(result.time).toBe(10)
  })
})

describe("hangs", () => {
  const interruptAfter = (millis: number) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Double({ n: 1 }))
      yield* Effect.sleep(millis)
      yield* Fiber.interrupt(fiber)
      const waited = (yield* Effect.clockWith((clock) => clock.currentTimeMillis)) - millis
      return [waited, yield* Double({ n: 5 })] as const
    })

  it("a hang ends with the grace, and its worker is replaced: G4", () => {
    const result = run(interruptAfter(100), { faults: [Fault.hang({ nth: 1 })] }, { size: 1, grace: 300 })
    expect(result.exit).toEqual(Exit.succeed([300, 10]))
  })

  it("native code is stuck after terminateTimeout, and its worker goes when the call returns: G4", () => {
    const result = run(
      interruptAfter(100),
      { faults: [Fault.stuck("10 seconds", { nth: 1 })] },
      { size: 2, grace: 300, terminateTimeout: 500 }
    )
    expect(result.exit).toEqual(Exit.succeed([800, 10]))
  })

  it("native code without a termination returns, and the handler goes on", () => {
    const result = run(Double({ n: 3 }), { faults: [Fault.stuck("2 seconds")] })
    expect(result.exit).toEqual(Exit.succeed(6))
    expect(result.time).toBe(2_000)
  })

  it("an endless hang is a deadlock", () => {
    const result = Simulation.run(withPool(Double({ n: 1 }), { faults: [Fault.hang()] }))
    expect(failureOf(result)).toBeInstanceOf(Simulation.Deadlock)
  })

  it("a paused worker keeps its incoming messages, and goes on with them", () => {
    const program = Effect.gen(function* () {
      const control = yield* SimulatedWorkers.Control
      yield* control.pause(1)
      const fiber = yield* Effect.forkChild(Double({ n: 1 }))
      yield* Effect.sleep(500)
      yield* control.resume(1)
      return yield* Fiber.join(fiber)
    })
    const result = run(program, {}, { size: 1 })
    expect(result.exit).toEqual(Exit.succeed(2))
    expect(result.time).toBe(500)
  })
})

describe("faults of the channel", () => {
  const twice = Effect.all([Effect.exit(Double({ n: 1 })), Double({ n: 2 })])

  it("a malformed frame loses its worker and harms nobody else: S037", () => {
    for (const raw of ["garbage", null, 42, [], [1, "x"], { length: 9 }, [1, 1, 99], [1, 7]]) {
      const result = run(twice, { faults: [Fault.malformedReply(raw, { nth: 1 })] }, { size: 1 })
      expect(valueOf(result)[1]).toBe(4)
    }
  })

  it("a duplicate frame is dropped", () => {
    const result = run(twice, { faults: [Fault.duplicateFrame()] }, { size: 1 })
    expect(result.exit).toEqual(Exit.succeed([Exit.succeed(2), 4]))
  })

  it("a missing frame or reply is no second outcome, and an interruption ends the wait: G1", () => {
    for (const fault of [Fault.dropReply({ nth: 1 }), Fault.dropFrame({ nth: 1 })]) {
      const program = Effect.andThen(
        Effect.timeoutOption(Double({ n: 1 }), 100),
        Effect.exit(Double({ n: 2 }))
      )
      const result = run(program, { faults: [fault] }, { size: 1 })
      expect(Exit.isSuccess(result.exit) || failureOf(result)._tag === "TaskError").toBe(true)
      expect(result.time).toBeLessThanOrEqual(5_000)
    }
  })

  it("a stray message is an event, never a reply: S010", () => {
    const strays: Array<string> = []
    const program = Effect.gen(function* () {
      const pool = yield* TaskPool.TaskPool
      const control = yield* SimulatedWorkers.Control
      pool.subscribe((event) => {
        if (event._tag === "StrayMessage") strays.push(event.preview)
      })
      const doubled = yield* Double({ n: 1 })
      yield* control.stray(1, "hello")
      yield* Effect.sleep(1)
      return doubled
    })
    const result = run(program, { faults: [Fault.stray(["from", "a", "handler"])] }, { size: 1 })
    expect(result.exit).toEqual(Exit.succeed(2))
    expect(strays.length).toBe(2)
  })

  it("an unclonable value is refused at the post: G10", () => {
    const Anything = Task.make("Anything", { payload: Schema.Any, success: Schema.Any })
    const echo = Anything.toLayer((value) => Effect.succeed(value === "function" ? () => 1 : value))
    const program = (payload: unknown) =>
      Effect.provide(Anything(payload), poolOf(SimulatedWorkers.layer(echo), { size: 1 }))
    expect(reasonOf(Simulation.run(program({ f: () => 1 })))).toMatchObject({
      _tag: "NotSerializable",
      side: "host"
    })
    expect(reasonOf(Simulation.run(program("function")))).toMatchObject({
      _tag: "NotSerializable",
      side: "worker"
    })
  })
})

describe("modules", () => {
  const url = "memory:primes"
  interface Primes {
    readonly count: (limit: number) => number
    readonly later: (limit: number) => Promise<number>
  }
  const Primes = Task.fromModule<Primes>(new URL(url))
  const importModule = { [url]: { count: (n: number) => n + 1, later: async (n: number) => n + 2 } }

  const runPromise = <A, E>(program: Effect.Effect<A, E, Services>, options: SimulatedWorkers.Options) =>
    Simulation.runPromise(withPool(program, { importModule, ...options }))

  it("functions of modules run, and are seen to start", async () => {
    const program = Effect.gen(function* () {
      const control = yield* SimulatedWorkers.Control
      const results = [yield* Primes.count(1), yield* Primes.later(1)]
      return [results, (yield* control.starts).map(({ task }) => task)]
    })
    const result = await runPromise(program, {})
    expect(result.exit).toEqual(
      Exit.succeed([
        [2, 3],
        [expect.stringContaining("#count"), expect.stringContaining("#later")]
      ])
    )
  })

  it("faults hit them by name", async () => {
    const result = await runPromise(Primes.count(1), { faults: [Fault.crash("duringRun")] })
    expect(reasonOf(result)).toMatchObject({ _tag: "WorkerLost", phase: "run" })
  })

  it("a slow import lets no virtual time pass", async () => {
    const slow = (): Promise<Record<string, unknown>> =>
      new Promise((resolve) => setTimeout(() => resolve({ count: (n: number) => n }), 30))
    const result = await runPromise(Effect.timeout(Primes.count(9), 1_000), { importModule: slow })
    expect(result.exit).toEqual(Exit.succeed(9))
    expect(result.time).toBe(0)
  })
})
