import { Explore, Model } from "@heddle/testing"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import {
  array,
  assert,
  check,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  property,
  record
} from "fast-check"
import { describe, expect, it } from "vitest"
import { Dispatcher } from "../../../core/src/internal/host/dispatch/Dispatcher.ts"
import { TaskLifecycle } from "../../../core/src/internal/host/tasks/TaskLifecycle.ts"
import { NestedCalls } from "../../../core/src/internal/worker/nested/NestedCalls.ts"
import { SupervisorEngine } from "../../../core/src/internal/supervisor/SupervisorEngine.ts"
import { Round } from "../../../core/src/internal/supervisor/Round.ts"
import { method, type Restore } from "../mutants/mutant.ts"

const task = nat({ max: 9 })

const command = oneof(
  { weight: 4, arbitrary: constant<Model.PoolCommand>({ _tag: "Submit" }) },
  { weight: 3, arbitrary: record({ _tag: constant("Nest" as const), task }) },
  { weight: 2, arbitrary: record({ _tag: constant("Finish" as const), task }) },
  { weight: 2, arbitrary: record({ _tag: constant("Interrupt" as const), task }) },
  { weight: 1, arbitrary: record({ _tag: constant("Crash" as const), task }) },
  { weight: 1, arbitrary: record({ _tag: constant("Resize" as const), size: integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: constant<Model.PoolCommand>({ _tag: "Close" }) }
)

const commands = array(command, { maxLength: 25 })

const submit: Model.PoolCommand = { _tag: "Submit" }
const nest = (of: number): Model.PoolCommand => ({ _tag: "Nest", task: of })

const lists = Arbitrary.schema(Schema.Array(Model.PoolCommand))

/** For `checkEffect`: a defect would end the search at once. */
const agrees =
  <State, Command, Real, Seen>(model: Model.Model<State, Command, Real, Seen>) =>
  (list: ReadonlyArray<Command>) =>
    Effect.as(
      Effect.try({ try: () => Model.check(model, list), catch: (error) => error as Model.Mismatch }),
      true
    )

/** For as long as something is broken. */
const broken = <A>(plant: () => Restore, run: () => A): A => {
  const restore = plant()
  try {
    return run()
  } finally {
    restore()
  }
}

const child = integer({ min: 0, max: 3 })
const restart = constantFrom("permanent" as const, "transient" as const, "temporary" as const)

const order = oneof(
  { weight: 5, arbitrary: record({ _tag: constant("Start" as const), child, restart }) },
  { weight: 4, arbitrary: record({ _tag: constantFrom("Fail" as const, "End" as const), child }) },
  {
    weight: 4,
    arbitrary: record({
      _tag: constantFrom("Terminate" as const, "Restart" as const, "Delete" as const),
      child
    })
  },
  { weight: 1, arbitrary: constant<Model.SupervisorCommand>({ _tag: "Stop" }) }
)

const orders = array(order, { maxLength: 30 })

const orderLists = Arbitrary.schema(Schema.Array(Model.SupervisorCommand))

describe("a pool behaves as its list of running tasks and its queue: G1, G5, G7, G8", () => {
  for (const [size, sharedMemory] of [
    [1, true],
    [2, true],
    [3, false]
  ] as const) {
    it(`of ${size}, ${sharedMemory ? "with" : "without"} shared memory, under any schedule (fast-check)`, () => {
      const model = Model.pool({ size, workers: { sharedMemory, latency: { min: 0, max: 3 } } })
      assert(
        property(commands, nat(), (list, seed) => Model.check(model, list, { seed, realism: "adversarial" })),
        { numRuns: 150, seed: 1 }
      )
    })
  }

  it("by the arbitrary of the schema of its commands (effect/Arbitrary)", () => {
    const model = Model.pool()
    const result = Effect.runSync(Arbitrary.checkEffect(lists, agrees(model), { seed: 1 }))
    expect(Arbitrary.formatCheckFailure(result)).toBeUndefined()
  })

  it("under the schedules of Explore", async () => {
    const list: ReadonlyArray<Model.PoolCommand> = [
      submit,
      submit,
      submit,
      nest(0),
      { _tag: "Crash", task: 0 },
      nest(0),
      nest(0),
      { _tag: "Interrupt", task: 1 },
      { _tag: "Close" },
      submit
    ]
    const { failure } = await Explore.run(Model.program(Model.pool(), list), { schedules: 60 })
    expect(failure?.message).toBeUndefined()
  })
})

describe("tasks calling tasks, step by step: G2, G3, S145", () => {
  it("a pool of one runs a task's calls and their own calls; interrupting the outermost task ends them all", () => {
    Model.check(Model.pool({ size: 1 }), [
      submit,
      nest(0),
      nest(1),
      nest(2),
      submit,
      { _tag: "Interrupt", task: 0 },
      { _tag: "Finish", task: 0 }
    ])
  })

  it("a task under orders to end waits for its calls, and so does its caller", () => {
    Model.check(Model.pool({ size: 1 }), [
      submit,
      nest(0),
      nest(1),
      { _tag: "Finish", task: 0 },
      { _tag: "Finish", task: 0 },
      { _tag: "Finish", task: 0 }
    ])
  })

  it("a child lost with a worker of its own does not end its caller; a lost caller ends its children", () => {
    Model.check(Model.pool({ size: 2 }), [
      submit,
      nest(0),
      nest(0),
      { _tag: "Crash", task: 1 },
      { _tag: "Crash", task: 0 },
      submit
    ])
  })
})

describe("a pool different from its model", () => {
  /** Runs two at a time, where the model has one. */
  const wrong = Model.pool({ size: 1, pool: { size: 2 } })

  it("is found by fast-check, shrunk to the two necessary commands, and replayed", () => {
    const claim = property(commands, (list) => Model.check(wrong, list))
    const found = check(claim, { seed: 1 })
    expect(found.counterexample).toEqual([[submit, submit]])
    expect(found.errorInstance).toBeInstanceOf(Model.Mismatch)
    const again = check(claim, { seed: found.seed, path: found.counterexamplePath!, endOnFailure: true })
    expect([again.numRuns, again.counterexample]).toEqual([1, [[submit, submit]]])
  })

  it("is found by effect/Arbitrary, and shrunk likewise", () => {
    const result = Effect.runSync(Arbitrary.checkEffect(lists, agrees(wrong), { seed: 1, runs: 1_000 }))
    expect(result).toMatchObject({ _tag: "Falsified", shrunkInput: [submit, submit] })
  })

  it("is shown command by command", () => {
    const run = () => Model.check(wrong, [{ _tag: "Finish", task: 1 }, submit, submit, submit])
    expect(run).toThrow('after 2 commands the model and reality differ\n  1. {"_tag":"Submit"}')
    expect(run).toThrow('actual:   {"outcomes":["pending","pending"],"running":[0,1]}')
  })

  it("a queue in another order is a difference too", () => {
    const lifo = Model.pool({ size: 1, pool: { queue: { order: "lifo" } } })
    const { counterexample } = check(
      property(commands, (list) => Model.check(lifo, list)),
      { seed: 2, numRuns: 500 }
    )
    expect(counterexample?.[0].map(({ _tag }) => _tag)).toHaveLength(4)
  })

  it.each([
    {
      what: "a slot is never lent",
      size: 1,
      plant: method(Dispatcher.prototype, "drainNested", () => () => {}),
      shortest: ["Submit", "Nest"]
    },
    {
      what: "a caller is given the result of another child",
      size: 2,
      plant: method(
        NestedCalls.prototype,
        "returned",
        (returned) =>
          function (number, data) {
            returned.call(this, number, { ...data, value: 0 })
          }
      ),
      shortest: ["Submit", "Nest", "Finish"]
    },
    {
      what: "neither host nor handler ends what a task called, so that not even the pool can close",
      size: 2,
      plant: () => {
        const restores = [
          method(TaskLifecycle.prototype, "endChildren", () => () => {})(),
          method(NestedCalls.prototype, "tellEnd", () => () => {})()
        ]
        return () => {
          for (const restore of restores) restore()
        }
      },
      shortest: ["Submit", "Nest"]
    },
    {
      what: "what a task called goes on when its caller is lost",
      size: 2,
      plant: method(
        TaskLifecycle.prototype,
        "endChildren",
        (endChildren) =>
          function (entry, hasEnded) {
            if (!hasEnded) endChildren.call(this, entry, hasEnded)
          }
      ),
      shortest: ["Submit", "Nest", "Crash"]
    }
  ])("an engine in which $what is found, and shrunk", ({ plant, shortest, size }) => {
    const model = Model.pool({ size })
    const { counterexample } = broken(plant, () =>
      check(
        property(commands, (list) => Model.check(model, list)),
        { seed: 1, numRuns: 500 }
      )
    )
    expect(counterexample?.[0].map(({ _tag }) => _tag)).toEqual(shortest)
  })
})

describe("a supervisor behaves as its lists of children and restarts: G11", () => {
  for (const strategy of ["oneForOne", "oneForAll", "restForOne"] as const) {
    it(`${strategy}, under any schedule (fast-check)`, () => {
      const model = Model.supervisor({ strategy })
      assert(
        property(orders, nat(), (list, seed) => Model.check(model, list, { seed, realism: "adversarial" })),
        { numRuns: 300, seed: 1 }
      )
    })
  }

  it("by the arbitrary of the schema of its commands (effect/Arbitrary)", () => {
    const model = Model.supervisor({ strategy: "restForOne" })
    const result = Effect.runSync(Arbitrary.checkEffect(orderLists, agrees(model), { seed: 1, runs: 300 }))
    expect(Arbitrary.formatCheckFailure(result)).toBeUndefined()
  })

  it("under the schedules of Explore", async () => {
    const list: ReadonlyArray<Model.SupervisorCommand> = [
      { _tag: "Start", child: 0, restart: "permanent" },
      { _tag: "Start", child: 1, restart: "temporary" },
      { _tag: "Start", child: 2, restart: "transient" },
      { _tag: "Fail", child: 0 },
      { _tag: "Terminate", child: 2 },
      { _tag: "Restart", child: 2 },
      { _tag: "Stop" }
    ]
    const { failure } = await Explore.run(Model.program(Model.supervisor({ strategy: "oneForAll" }), list), {
      schedules: 60
    })
    expect(failure?.message).toBeUndefined()
  })
})

describe("a supervisor different from its model", () => {
  const start = { _tag: "Start", child: 0, restart: "permanent" } as const
  const fail = { _tag: "Fail", child: 0 } as const
  /** Allows one restart more than the model. */
  const wrong = Model.supervisor({ intensity: 1, tree: { intensity: 2 } })

  it("is found by fast-check, shrunk to the three necessary commands, and replayed", () => {
    const claim = property(orders, (list) => Model.check(wrong, list))
    const found = check(claim, { seed: 1, numRuns: 500 })
    expect(found.counterexample).toEqual([[start, fail, fail]])
    expect(found.errorInstance).toBeInstanceOf(Model.Mismatch)
    const again = check(claim, { seed: found.seed, path: found.counterexamplePath!, endOnFailure: true })
    expect([again.numRuns, again.counterexample]).toEqual([1, [[start, fail, fail]]])
  })

  it("is found by effect/Arbitrary, and shrunk", () => {
    const result = Effect.runSync(Arbitrary.checkEffect(orderLists, agrees(wrong), { seed: 1, runs: 1_000 }))
    expect(result).toMatchObject({ _tag: "Falsified" })
    const shrunk = result._tag === "Falsified" ? result.shrunkInput : []
    expect(shrunk.map(({ _tag }) => _tag)).toEqual(["Start", "End", "End"])
  })

  it.each([
    {
      what: "restarts are not counted",
      strategy: "oneForOne" as const,
      plant: method(SupervisorEngine.prototype, "count", () => () => {}),
      shortest: ["Start", "Fail"]
    },
    {
      what: "siblings stop in the order of their start",
      strategy: "oneForAll" as const,
      plant: method(
        SupervisorEngine.prototype,
        "begin",
        (begin) =>
          function (failed, members) {
            begin.call(this, failed, members.toReversed())
          }
      ),
      shortest: ["Start", "Start", "Fail"]
    },
    {
      what: "temporary siblings are started again",
      strategy: "oneForAll" as const,
      plant: method(
        Round.prototype,
        "stop",
        () =>
          function (member) {
            return Effect.map(member.stop, () => {
              this.toStop.delete(member)
              member.step("queue")
            })
          }
      ),
      shortest: ["Start", "Start", "Fail"]
    }
  ])("an engine in which $what is found, and shrunk", ({ plant, shortest, strategy }) => {
    const model = Model.supervisor({ strategy })
    const { counterexample } = broken(plant, () =>
      check(
        property(orders, (list) => Model.check(model, list)),
        { seed: 1, numRuns: 500 }
      )
    )
    expect(counterexample?.[0].map(({ _tag }) => _tag)).toEqual(shortest)
  })
})
