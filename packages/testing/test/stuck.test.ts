// Workers stuck in native code: how many are replaced, and the remainder after the code's return.
import { Task, TaskPool } from "@heddle/core"
import type { PoolEvent } from "@heddle/core/PoolEvent"
import { Fault, SimulatedWorkers, Simulation } from "@heddle/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { describe, expect, it } from "vitest"

const Native = Task.make("Native", { payload: Schema.Int })
const Value = Task.make("Value", { success: Schema.Int })
const served = Layer.mergeAll(
  Native.toLayer(() => Effect.sleep(1)),
  Value.toLayer(() => Effect.as(Effect.sleep(1), 1))
)

const limits = { grace: 10, terminateTimeout: 10 }
/** When a stuck task has its outcome: its limit, the grace and the termination. */
const given = 40
const nativeMillis = 1_000

const native = Effect.exit(TaskPool.run(Native, 0, { timeout: 10 }))

const now = Effect.clockWith((clock) => clock.currentTimeMillis)

const took = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const begin = yield* now
    yield* effect
    return (yield* now) - begin
  })

interface Run {
  readonly events: ReadonlyArray<PoolEvent>
  readonly control: SimulatedWorkers.Control["Service"]
}

/** Runs on simulated workers whose first `stuck` native calls take a second. */
const run = <A>(
  options: TaskPool.PoolOptions,
  stuck: number,
  program: (run: Run) => Effect.Effect<A, unknown, TaskPool.TaskPool | Scope.Scope>
) => {
  const [events, logs]: [Array<PoolEvent>, Array<string>] = [[], []]
  const workers = SimulatedWorkers.layer(served, {
    faults: [Fault.stuck(nativeMillis, { task: "Native", times: stuck })]
  })
  const logger = Logger.layer([Logger.make(({ message }) => void logs.push(String(message)))])
  const layer = Layer.provideMerge(
    Layer.provideMerge(TaskPool.layer({ ...limits, ...options }), workers),
    logger
  )
  const all = Effect.gen(function* () {
    const { subscribe } = yield* TaskPool.TaskPool
    subscribe((event) => events.push(event))
    return yield* program({ events, control: yield* SimulatedWorkers.Control })
  })
  const { exit, left } = Simulation.run(Effect.scoped(Effect.provide(all, layer)))
  if (Exit.isFailure(exit)) throw new Error(String(exit.cause))
  expect(left).toEqual({ fibers: 0, timers: 0 })
  const tags = events.map(({ _tag }) => _tag)
  const settled = tags.filter((tag) => tag === "TaskSettled").length
  expect(settled).toBe(tags.filter((tag) => tag === "TaskSubmitted").length)
  return {
    value: exit.value,
    events,
    logs,
    count: (tag: PoolEvent["_tag"]) => tags.filter((t) => t === tag).length
  }
}

const states = Effect.map(TaskPool.snapshot, ({ stuck, workers }) => [
  stuck,
  ...workers.map(({ state, worker }) => `${worker} ${state}`)
])

describe("a stuck worker", () => {
  it("is replaced at once by default, and the pool has its size after the worker's return: S229, G4", () => {
    const { count, value } = run({ size: 1 }, 1, ({ control }) =>
      Effect.gen(function* () {
        const first = yield* took(native)
        const next = yield* took(Value())
        const meanwhile = yield* states
        yield* Effect.sleep(nativeMillis)
        yield* Value()
        return [first <= given, next <= 5, meanwhile, yield* states, yield* control.spawned]
      })
    )
    expect(value).toEqual([true, true, [1, "2 ready"], [0, "2 ready"], 2])
    expect(count("StuckWorkerReplaced")).toBe(1)
    expect(count("WorkersLeftBehind")).toBe(0)
  })

  it("keeps its place with `replace: 0`, and is replaced when it returns: S229, G4", () => {
    const { count, value } = run({ size: 1, stuck: { replace: 0 } }, 1, () =>
      Effect.gen(function* () {
        yield* native
        const meanwhile = yield* states
        const next = yield* took(Value())
        return [meanwhile, next >= nativeMillis - given, yield* states]
      })
    )
    expect(value).toEqual([[1, "1 stuck"], true, [0, "2 ready"]])
    expect(count("StuckWorkerReplaced")).toBe(0)
  })

  it("keeps its place beyond the bound, and gets a replacement at another worker's return: S229, G7", () => {
    const { count, value } = run({ size: 1, stuck: { replace: 1 } }, 2, ({ control }) =>
      Effect.gen(function* () {
        yield* native
        yield* Effect.sleep(500)
        yield* native
        const both = yield* states
        const next = yield* took(Value())
        const alive = yield* control.alive
        yield* Effect.sleep(nativeMillis)
        return [both, next < 500, alive.length <= 2, yield* states]
      })
    )
    expect(value).toEqual([[2, "2 stuck"], true, true, [0, "3 ready"]])
    expect(count("StuckWorkerReplaced")).toBe(2)
  })

  it("there are never more than twice as many workers as places by default, with any number of stuck workers: S229, G7", () => {
    const { value } = run({ size: 2 }, 20, ({ control }) =>
      Effect.gen(function* () {
        let most = 0
        const watch = yield* Effect.forkChild(
          Effect.forever(
            Effect.andThen(
              Effect.map(control.alive, ({ length }) => void (most = Math.max(most, length))),
              Effect.sleep(1)
            )
          )
        )
        yield* Effect.forEach(Array.from({ length: 12 }), () => native, { concurrency: 4 })
        yield* Effect.sleep(2 * nativeMillis)
        yield* Fiber.interrupt(watch)
        yield* Value()
        return [
          most,
          (yield* TaskPool.snapshot).total,
          yield* control.alive.pipe(Effect.map((all) => all.length))
        ]
      })
    )
    expect(value).toEqual([4, 2, 2])
  })

  it("a place closed during its worker's stuck call gets no replacement; a reopened place does: S229", () => {
    const { value } = run({ size: 2, stuck: { replace: 0 } }, 1, () =>
      Effect.gen(function* () {
        yield* native
        yield* TaskPool.resize(1)
        yield* Effect.sleep(nativeMillis)
        const shrunk = yield* states
        yield* TaskPool.resize(2)
        yield* Effect.sleep(10)
        return [shrunk.length - 1, (yield* states).length - 1]
      })
    )
    expect(value).toEqual([1, 2])
  })

  it("an elastic pool grows past a stuck worker: S229", () => {
    const { value } = run({ size: { min: 1, max: 2 }, stuck: { replace: 0 } }, 1, () =>
      Effect.andThen(native, took(Value()))
    )
    expect(value).toBeLessThan(100)
  })

  it("a spare takes the place at once: S229", () => {
    const { count, value } = run({ size: 1, spares: 1 }, 1, () =>
      Effect.andThen(Effect.andThen(Effect.sleep(10), native), took(Value()))
    )
    expect(value).toBeLessThanOrEqual(2)
    expect(count("SpareTookPlace")).toBe(1)
  })

  it("a task bound to a stuck worker fails with its worker: S229, G1", () => {
    const { value } = run({ size: 1 }, 1, () =>
      Effect.gen(function* () {
        const blocked = yield* Effect.forkChild(native, { startImmediately: true })
        yield* Effect.sleep(1)
        const [told] = yield* TaskPool.broadcast(Value, undefined)
        yield* Fiber.join(blocked)
        return String(told!.exit)
      })
    )
    expect(value).toContain("lost with its worker (phase queue)")
  })

  for (const replace of [0, 1]) {
    it(`closing with replace: ${replace} does not wait for the worker, and logs and reports the worker as left behind: S229, G2`, () => {
      const scope = Scope.makeUnsafe()
      void scope
      const { count, events, logs } = run({ size: 1, stuck: { replace } }, 1, () => native)
      expect(count("WorkersLeftBehind")).toBe(1)
      expect(events.flatMap((event) => (event._tag === "WorkersLeftBehind" ? event.workers : []))).toEqual([
        1
      ])
      expect(logs).toEqual([
        "Worker 1 of a pool that has closed did not end: native code holds what cannot be terminated. " +
          "The program can exit once that code returns. Use processes for such work."
      ])
    })
  }
})
