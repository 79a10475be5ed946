import { Explore, Model } from "@heddle/testing"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { array, assert, check, constant, integer, nat, oneof, property, record } from "fast-check"
import { describe, expect, it } from "vitest"

const task = nat({ max: 9 })

const command = oneof(
  { weight: 4, arbitrary: constant<Model.PoolCommand>({ _tag: "Submit" }) },
  { weight: 2, arbitrary: record({ _tag: constant("Finish" as const), task }) },
  { weight: 2, arbitrary: record({ _tag: constant("Interrupt" as const), task }) },
  { weight: 1, arbitrary: record({ _tag: constant("Crash" as const), task }) },
  { weight: 1, arbitrary: record({ _tag: constant("Resize" as const), size: integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: constant<Model.PoolCommand>({ _tag: "Close" }) }
)

const commands = array(command, { maxLength: 25 })

const submit: Model.PoolCommand = { _tag: "Submit" }

const lists = Arbitrary.schema(Schema.Array(Model.PoolCommand))

/** For `checkEffect`: a defect would end the search at once. */
const agrees = (model: ReturnType<typeof Model.pool>) => (list: ReadonlyArray<Model.PoolCommand>) =>
  Effect.as(
    Effect.try({ try: () => Model.check(model, list), catch: (error) => error as Model.Mismatch }),
    true
  )

describe("G1, G5, G7, G8: a pool does what a list of who runs and a list of who waits do", () => {
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
      { _tag: "Crash", task: 0 },
      { _tag: "Interrupt", task: 1 },
      { _tag: "Close" },
      submit
    ]
    const { failure } = await Explore.run(Model.program(Model.pool(), list), { schedules: 60 })
    expect(failure?.message).toBeUndefined()
  })
})

describe("a pool that is not what the model says", () => {
  /** It runs two at a time, where the model has one. */
  const wrong = Model.pool({ size: 1, pool: { size: 2 } })

  it("is found by fast-check, shrunk to the two commands that it takes, and replayed", () => {
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
})
