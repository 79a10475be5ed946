// Throwing callbacks of the program, at every place where the engine calls one. The error is reported once, where a
// person sees the report; the pool goes on, every task keeps its outcome, and no worker is blamed.
import { Supervisor, Task, TaskPool } from "@heddle/core"
import type { PoolEvent } from "@heddle/core/PoolEvent"
import type { SupervisorEvent } from "@heddle/core/SupervisorEvent"
import { SimulatedWorkers, Simulation } from "@heddle/testing"
import {
  BlockNative,
  Echo,
  Log,
  Sabotage,
  SabotageAgain,
  Sleep
} from "@heddle/testing/conformance/suite/tasks"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { describe, expect, it } from "vitest"
import { simulated } from "./support/simulatedHarness.ts"

const error = new Error("thrown by a callback")
const fail = (): never => {
  throw error
}

/** The logs of a run, as `level: message`. */
const logsOf = (logs: Array<string>) =>
  Logger.layer([Logger.make(({ logLevel, message }) => void logs.push(`${logLevel}: ${String(message)}`))])

/** Every event of a pool, in one life. Returns the outcomes. */
const life =
  (onStart: (pool: TaskPool.PoolService, events: Array<PoolEvent>) => void) => (logs: Array<string>) => {
    const events: Array<PoolEvent> = []
    const program = Effect.gen(function* () {
      const pool = yield* TaskPool.TaskPool
      onStart(pool, events)
      pool.subscribe((event) => events.push(event))
      const outcomes = yield* Effect.forEach(
        [
          Echo("a"),
          Log({ level: "Error", message: "from a worker" }),
          Sabotage({ how: "exit", code: 3 }),
          SabotageAgain({ how: "exit", code: 4 }),
          Sabotage({ how: "stray", message: "hello" }),
          Sabotage({ how: "post", message: "no frame" }),
          TaskPool.run(Sleep, { millis: 500 }, { timeout: 20 }),
          TaskPool.run(Sabotage, { how: "spin" }, { timeout: 20 }),
          TaskPool.run(BlockNative, undefined, { timeout: 20 }),
          TaskPool.run(Sleep, { millis: 20 }, { queueTimeout: 0 }),
          TaskPool.forEach(Echo, ["b", "c"])
        ],
        (task) => Effect.exit(task as Effect.Effect<unknown, unknown, TaskPool.TaskPool>),
        { concurrency: "unbounded" }
      )
      yield* TaskPool.resize({ min: 1, max: 2, idle: 10 })
      yield* TaskPool.recycle
      yield* Effect.sleep(2_000)
      outcomes.push(yield* Effect.exit(Echo("after")))
      return outcomes.map(tell)
    })
    const pool = TaskPool.layer({ size: 3, spares: 1, grace: 20, terminateTimeout: 20 })
    const layer = Layer.provideMerge(pool, simulated().transport())
    return Effect.map(Effect.provide(program, Layer.provideMerge(layer, logsOf(logs))), (outcomes) => ({
      outcomes,
      events
    }))
  }

const tell = (exit: Exit.Exit<unknown, unknown>): string => {
  if (Exit.isSuccess(exit)) return JSON.stringify(exit.value)
  const failure: any = Cause.squash(exit.cause)
  return failure.reason?._tag ?? String(failure)
}

const run = async (
  program: (
    logs: Array<string>
  ) => Effect.Effect<{ outcomes: Array<string>; events: Array<PoolEvent> }, unknown>
) => {
  const logs: Array<string> = []
  const { exit, left } = await Simulation.runPromise(program(logs), { seed: 5 })
  if (Exit.isFailure(exit)) return expect.fail(Cause.pretty(exit.cause))
  expect(left).toEqual({ fibers: 0, timers: 0 })
  const { events, outcomes } = exit.value
  const count = (tag: PoolEvent["_tag"]) => events.filter(({ _tag }) => _tag === tag).length
  expect(count("TaskSettled"), "every task is settled once").toBe(count("TaskSubmitted"))
  const reports = logs.filter((line) => line.includes("has thrown"))
  return {
    events,
    logs,
    outcomes,
    reports,
    violations: count("ProtocolViolation"),
    told: count("CallbackFailed")
  }
}

const usual = await run(life(() => {}))
const tags = Array.from(new Set(usual.events.map(({ _tag }) => _tag))).toSorted()

describe("a throwing callback", () => {
  it("the life in these tests has almost every event of a pool", () => {
    expect(tags.length).toBeGreaterThanOrEqual(18)
    expect(usual.reports).toEqual([])
  })

  for (const tag of tags) {
    it(`a listener throwing at ${tag} changes no outcome, blames no worker, and is logged once: S218, G1, G5`, async () => {
      const seen = await run(
        life((pool) => {
          pool.subscribe((event) => {
            if (event._tag === tag) fail()
          })
        })
      )
      expect(seen.outcomes).toEqual(usual.outcomes)
      expect(seen.violations).toBe(usual.violations)
      expect(seen.reports).toEqual([
        "Error: A listener to the events of a pool has thrown. The pool goes on; this is reported once."
      ])
    })
  }

  it("a listener throwing at everything, even at its own report, is logged once, and other listeners hear every event: S218", async () => {
    const seen = await run(life((pool) => void pool.subscribe(fail, fail)))
    expect(seen.outcomes).toEqual(usual.outcomes)
    expect(seen.reports).toHaveLength(1)
    expect(seen.told).toBe(1)
    expect(seen.events.filter(({ _tag }) => _tag !== "CallbackFailed").map(({ _tag }) => _tag)).toEqual(
      usual.events.map(({ _tag }) => _tag)
    )
  })

  it("listeners causing events hear all events in one order: S218", async () => {
    const [first, second]: [Array<string>, Array<string>] = [[], []]
    await run(
      life((pool) => {
        pool.subscribe((event) => {
          first.push(event._tag)
          if (event._tag === "WorkerLost") Effect.runSync(pool.recycle)
        })
        pool.subscribe((event) => second.push(event._tag))
      })
    )
    expect(second).toEqual(first)
  })
})

const Never = Task.make("Never")
const Value = Task.make("Value", { success: Schema.Int })
const served = Layer.mergeAll(
  Never.toLayer(() => Effect.never),
  Value.toLayer(() => Effect.as(Effect.sleep(5), 1))
)

/** Runs on one simulated worker, in a context with the log. */
const onOne = <A, E>(
  effect: Effect.Effect<A, E, TaskPool.TaskPool | SimulatedWorkers.Control>,
  options: SimulatedWorkers.Options = {}
) => {
  const logs: Array<string> = []
  const layer = TaskPool.layer({ size: 1, grace: 20 }).pipe(
    Layer.provideMerge(SimulatedWorkers.layer(served, options))
  )
  const { exit, left } = Simulation.run(Effect.provide(effect, Layer.provideMerge(layer, logsOf(logs))))
  return { exit, left, reports: logs.filter((line) => line.includes("has thrown")) }
}

describe("throwing callers and observers", () => {
  it("a throwing observer of a caller's fiber harms neither the worker nor other callers: S218, G5", () => {
    const { exit, reports } = onOne(
      Effect.gen(function* () {
        const pool = yield* TaskPool.TaskPool
        const events: Array<PoolEvent> = []
        pool.subscribe((event) => events.push(event))
        const services = yield* Effect.context<TaskPool.TaskPool>()
        Effect.runForkWith(services)(Value()).addObserver(fail)
        const handle = yield* TaskPool.fork(Value, undefined)
        Effect.runForkWith(services)(handle.await).addObserver(fail)
        Effect.runForkWith(services)(TaskPool.drain).addObserver(fail)
        const other = yield* handle.await
        yield* TaskPool.drain
        return [other, yield* Value(), events.some(({ _tag }) => /Violation|Lost/.test(_tag))]
      }).pipe(Effect.scoped)
    )
    expect(exit).toEqual(Exit.succeed([1, 1, false]))
    expect(reports.length).toBeGreaterThanOrEqual(2)
  })

  it("a throwing observer of a forked task changes nothing for the task, nor for other observers: S218", () => {
    const { exit, reports } = onOne(
      Effect.gen(function* () {
        const pool = yield* TaskPool.TaskPool
        const told: Array<string> = []
        const forked = yield* pool.fork(Value["~@heddle/core/Task"], undefined)
        let calls = 0
        forked.watch(() => {
          // The first call is made by `watch` itself.
          if (calls++ > 0) fail()
        })
        forked.watch((status) => told.push(status))
        const value: unknown = yield* forked.await
        yield* Effect.yieldNow
        return [value, ...told]
      }).pipe(Effect.scoped)
    )
    expect(exit).toEqual(Exit.succeed([1, "sent", "settled"]))
    expect(reports).toHaveLength(1)
  })

  it("a logger throwing at a worker's entry is reported by Effect's own logger, once: S218", async () => {
    const told: Array<unknown> = []
    const broken = Logger.layer([
      Logger.make(({ message }) => {
        if (String(message).includes("from a worker")) fail()
      })
    ])
    const logger = console.log
    const logError = console.error
    console.log = console.error = (...parts: Array<unknown>) => void told.push(parts.join(" "))
    try {
      const program = Effect.gen(function* () {
        const events: Array<PoolEvent> = []
        const { subscribe } = yield* TaskPool.TaskPool
        subscribe((event) => events.push(event))
        yield* Log({ level: "Error", message: "from a worker" })
        yield* Log({ level: "Error", message: "from a worker" })
        return [yield* Echo("after"), events.flatMap((e) => (e._tag === "CallbackFailed" ? [e.whose] : []))]
      })
      const layer = Layer.provide(TaskPool.layer({ size: 1 }), simulated().transport())
      const { exit } = await Simulation.runPromise(Effect.provide(program, Layer.provideMerge(layer, broken)))
      expect(exit).toEqual(Exit.succeed(["after", ["logger"]]))
    } finally {
      console.log = logger
      console.error = logError
    }
    expect(told.filter((line) => String(line).includes("A logger of a pool has thrown"))).toHaveLength(1)
  })
})

describe("throwing functions of options", () => {
  it("a throwing transfer function fails its own call alone, on either side, by every operation: S218, G1", () => {
    const Moved = Task.make("Moved", { payload: Task.transfer(Schema.Uint8Array, fail), success: Schema.Int })
    const Returned = Task.make("Returned", { success: Task.transfer(Schema.Uint8Array, fail) })
    const handlers = Layer.mergeAll(
      Moved.toLayer(() => Effect.succeed(1)),
      Returned.toLayer(() => Effect.succeed(new Uint8Array(1))),
      served
    )
    const payload = new Uint8Array(1)
    const program = Effect.gen(function* () {
      const events: Array<PoolEvent> = []
      const { subscribe } = yield* TaskPool.TaskPool
      subscribe((event) => events.push(event))
      const exits = yield* Effect.forEach(
        [
          Moved(payload),
          TaskPool.run(Moved, payload),
          TaskPool.forEach(Moved, [payload]),
          Stream.runCollect(TaskPool.stream(Moved, [payload])),
          Effect.flatMap(TaskPool.fork(Moved, payload), ({ await: wait }) => wait),
          Returned(),
          TaskPool.forEach(Returned, [undefined])
        ] as ReadonlyArray<Effect.Effect<unknown, unknown, TaskPool.TaskPool | Scope.Scope>>,
        Effect.exit
      )
      const broadcast = yield* Effect.map(TaskPool.broadcast(Moved, payload), ([one]) => one!.exit)
      yield* TaskPool.drain
      return {
        exits: [...exits, broadcast].map((exit) => Exit.isFailure(exit) && String(Cause.squash(exit.cause))),
        after: yield* Value(),
        lost: events.filter(({ _tag }) => _tag === "WorkerLost").length
      }
    }).pipe(Effect.scoped)
    const layer = Layer.provide(TaskPool.layer({ size: 1 }), SimulatedWorkers.layer(handlers))
    const { exit } = Simulation.run(Effect.provide(program, layer))
    expect(exit).toEqual(
      Exit.succeed({ exits: Array.from({ length: 8 }, () => String(error)), after: 1, lost: 0 })
    )
  })

  it("a throwing hook of simulated workers harms no worker, and breaks the test at the layer's close: S218", () => {
    for (const options of [{ faults: fail }, { cost: fail }] satisfies Array<SimulatedWorkers.Options>) {
      let value: unknown
      const { exit } = onOne(
        Effect.map(Value(), (answer) => {
          value = answer
        }),
        options
      )
      expect(value).toBe(1)
      expect(Exit.isFailure(exit) && Cause.squash(exit.cause)).toBe(error)
    }
  })
})

/** A supervisor's life: a child failing twice, a child stuck for a while, a nested supervisor, and the end. */
const supervised = (
  onStart: (app: Supervisor.SupervisorService) => void,
  backoff?: Schedule.Schedule<unknown>
) => {
  const [logs, events]: [Array<string>, Array<SupervisorEvent>] = [[], []]
  const program = Effect.gen(function* () {
    const starts = { a: 0, b: 0 }
    const flaky = (id: "a" | "b") =>
      Supervisor.child({
        id,
        run: Effect.suspend(() => (++starts[id] < 3 ? Effect.delay(Effect.fail("broken"), 10) : Effect.never))
      })
    const stubborn = Supervisor.child({
      id: "stubborn",
      shutdown: 10,
      run: Effect.uninterruptible(Effect.sleep(300))
    })
    const options = { terminateTimeout: 10, intensity: 5, ...(backoff !== undefined && { backoff }) }
    const tree = Supervisor.tree({
      id: "app",
      ...options,
      children: [flaky("a"), stubborn, Supervisor.tree({ id: "inner", ...options, children: [flaky("b")] })]
    })
    const app = yield* Supervisor.make(tree)
    onStart(app)
    app.subscribe((event) => events.push(event))
    yield* Effect.sleep(50)
    yield* app.terminateChild("stubborn")
    yield* Effect.sleep(400)
    const services = yield* Effect.context()
    Effect.runForkWith(services)(app.await).addObserver(fail)
    const ends = yield* Effect.forkChild(app.await, { startImmediately: true })
    yield* app.stop
    yield* Fiber.join(ends)
    return { ...starts }
  }).pipe(Effect.scoped)
  const { exit, left } = Simulation.run(Effect.provide(program, logsOf(logs)))
  if (Exit.isFailure(exit)) return expect.fail(Cause.pretty(exit.cause))
  expect(left).toEqual({ fibers: 0, timers: 0 })
  const own = events.filter(({ _tag }) => _tag !== "CallbackFailed")
  const reports = logs.filter((line) => line.includes("has thrown")).map((line) => line.split(" has ")[0])
  return { starts: exit.value, told: own.map(({ _tag }) => _tag), reports }
}

describe("a supervisor whose listeners throw", () => {
  const plain = supervised(() => {})
  const caller = "Error: An observer of a fiber that called a supervisor"

  for (const tag of new Set(plain.told)) {
    it(`a listener throwing at ${tag} changes nothing, and is logged once: S218, G11`, () => {
      const seen = supervised((app) => {
        app.subscribe((event) => {
          if (event._tag === tag) fail()
        })
      })
      expect(seen.starts).toEqual(plain.starts)
      expect(seen.told).toEqual(plain.told)
      expect(seen.reports).toEqual(["Error: A listener to the events of a supervisor", caller])
    })
  }

  it("a throwing observer of a fiber waiting for the end hides the end from nobody else: S218", () => {
    expect(plain.starts).toEqual({ a: 3, b: 3 })
    expect(plain.reports).toEqual([caller])
  })

  it("a throwing back-off schedule delays nothing, is logged once for each supervisor, and the budget still bounds the restarts: S218, G11", () => {
    const seen = supervised(() => {}, Schedule.modifyDelay(Schedule.forever, fail))
    expect(seen.starts).toEqual({ a: 3, b: 3 })
    const schedule = "Error: The back-off schedule of a supervisor"
    expect(seen.reports).toEqual([schedule, schedule, caller])
  })
})
