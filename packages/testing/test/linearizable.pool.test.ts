// A register behind a pool of simulated workers: calls late, interrupted, or lost with their worker.
import { Task, TaskPool } from "@heddle/core"
import { Fault, History, Linearizable, SequentialModel, SimulatedWorkers, Simulation } from "@heddle/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"

const Write = Task.make("Write", { payload: { value: Schema.Int } })
const Read = Task.make("Read", { success: Schema.Int })
const Swap = Task.make("Swap", { payload: { from: Schema.Int, to: Schema.Int }, success: Schema.Boolean })
const Add = Task.make("Add", { payload: { by: Schema.Int }, success: Schema.Int })
/** Falsely declared idempotent: adding twice differs from adding once. */
const AddAgain = Task.make("AddAgain", { payload: { by: Schema.Int }, success: Schema.Int, idempotent: true })

/** The shared state of all handlers, as in a database. `hasty`: a swap looks first, and writes later. */
const handlers = (hasty: boolean) => {
  let value = 0
  const add = ({ by }: { readonly by: number }) => Effect.sync(() => (value += by))
  return Layer.mergeAll(
    Write.toLayer((payload) => Effect.sync(() => void (value = payload.value))),
    Read.toLayer(() => Effect.sync(() => value)),
    Swap.toLayer(({ from, to }) =>
      Effect.gen(function* () {
        const found = value
        if (hasty) yield* Effect.yieldNow
        else if (value !== from) return false
        if (found === from) value = to
        return found === from
      })
    ),
    Add.toLayer(add),
    AddAgain.toLayer(add)
  )
}

interface Setting {
  readonly hasty?: boolean
  readonly faults?: ReadonlyArray<Fault.Fault>
}

const simulate = (
  { faults = [], hasty = false }: Setting,
  seed: number,
  clients: Effect.Effect<unknown, unknown, TaskPool.TaskPool>
): void => {
  const workers = SimulatedWorkers.layer(handlers(hasty), { latency: { min: 0, max: 3 }, faults })
  const pool = TaskPool.layer({ size: 2, concurrency: 3, grace: 5 })
  const { uncontrolled } = Simulation.run(Effect.provide(clients, Layer.provide(pool, workers)), {
    seed,
    realism: "adversarial"
  })
  expect(uncontrolled).toBe(0)
}

/** Some callers lose patience. */
const impatient = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Random.nextIntBetween(0, 30), (millis) => Effect.exit(Effect.timeoutOption(call, millis)))

const inParallel = <E, R>(clients: ReadonlyArray<Effect.Effect<unknown, E, R>>) =>
  Effect.all(clients, { concurrency: "unbounded", discard: true })

const register = (setting: Setting, seed: number) => {
  const history = new History.Recorder<SequentialModel.RegisterInput<number>, number | boolean | void>()
  const client = (id: number) =>
    Effect.gen(function* () {
      for (let i = 0; i < 4; i++) {
        const value = yield* Random.nextIntBetween(0, 3)
        const calls = [
          history.record({ _tag: "Read" }, Read(), { by: `${id}` }),
          history.record({ _tag: "Write", value }, Write({ value }), { by: `${id}` }),
          history.record({ _tag: "Swap", from: 0, to: value }, Swap({ from: 0, to: value }), { by: `${id}` })
        ]
        yield* impatient(calls[yield* Random.nextIntBetween(0, 3)]!)
      }
    })
  simulate(setting, seed, inParallel([1, 2, 3].map(client)))
  return Linearizable.check(SequentialModel.register<number>(0), history.calls)
}

const counter = (task: typeof Add | typeof AddAgain, setting: Setting, seed: number) => {
  const history = new History.Recorder<SequentialModel.CounterInput, number>()
  const client = Effect.replicateEffect(
    impatient(history.record({ _tag: "Add", by: 1 }, (task as typeof Add)({ by: 1 }))),
    3
  )
  simulate(setting, seed, inParallel([client, client]))
  return Linearizable.check(SequentialModel.counter, history.calls)
}

const lossy = [Fault.crash("duringRun", { nth: 2, after: 1 }), Fault.crash("beforeReply", { nth: 3 })]

const verdicts = (seeds: number, run: (seed: number) => { readonly _tag: string }) =>
  new Set(Array.from({ length: seeds }, (_, seed) => run(seed)._tag))

describe("sequential tasks explain a pool's answers: G1, G6", () => {
  it("though callers lose patience", () => {
    expect([...verdicts(120, (seed) => register({}, seed))]).toEqual(["Linearizable"])
  })

  it("though workers crash, before a task has run and after it", () => {
    expect([...verdicts(120, (seed) => register({ faults: lossy }, seed))]).toEqual(["Linearizable"])
    expect([...verdicts(120, (seed) => counter(Add, { faults: lossy }, seed))]).toEqual(["Linearizable"])
  })
})

describe("an inexplicable history is found", () => {
  it("a handler looking first and writing later", () => {
    expect(verdicts(120, (seed) => register({ hasty: true }, seed))).toContain("NotLinearizable")
  })

  it("a task falsely declared idempotent runs twice: G6", () => {
    expect(verdicts(120, (seed) => counter(AddAgain, { faults: lossy }, seed))).toContain("NotLinearizable")
  })
})
