import { assert, describe, it } from "@effect/vitest"
import * as pool from "../../../src/internal/machine/poolMachine.ts"
import * as task from "../../../src/internal/machine/taskMachine.ts"
import {
  IllegalTransition,
  makeStep,
  oneAtATime,
  type Table
} from "../../../src/internal/machine/transition.ts"
import * as worker from "../../../src/internal/machine/workerMachine.ts"
import { cellsOf, problemsOf } from "../../support/walk.ts"

describe("state machines as data", () => {
  it("task: every cell of states × events leads to a state and repeats no action, and an absent cell throws", () => {
    assert.deepStrictEqual(problemsOf(task), [])
    assert.strictEqual(task.states.length * task.events.length, 8 * 14)
    assert.isBelow(cellsOf(task).length, 8 * 14)
  })

  it("worker: every cell of states × events leads to a state and repeats no action, and an absent cell throws", () => {
    assert.deepStrictEqual(problemsOf(worker), [])
    assert.strictEqual(worker.states.length * worker.events.length, 8 * 11)
    assert.isBelow(cellsOf(worker).length, 8 * 11)
  })

  it("pool: every cell of states × events leads to a state and repeats no action, and an absent cell throws", () => {
    assert.deepStrictEqual(problemsOf(pool), [])
    assert.strictEqual(pool.states.length * pool.events.length, 6 * 8)
    assert.isBelow(cellsOf(pool).length, 6 * 8)
  })

  it("the walk notices a cell that leads nowhere, one that repeats an action, and one for an unknown event", () => {
    const broken: Table<string, string, string> = {
      a: {
        go: { next: "c", actions: [] },
        stay: { next: "a", actions: ["x", "x"] },
        jump: { next: "a", actions: [] }
      }
    }
    const problems = problemsOf({
      states: ["a"],
      events: ["go", "stay"],
      table: broken,
      step: makeStep("m", broken)
    })
    assert.deepStrictEqual(problems, [
      "a × go: goes to an unknown state c",
      "a × stay: does something twice",
      "a: has a cell for an unknown event jump"
    ])
  })

  it("an illegal transition says which machine, which state and which event", () => {
    let caught: unknown
    try {
      task.step("waiting", "reply")
    } catch (error) {
      caught = error
    }
    assert.instanceOf(caught, IllegalTransition)
    assert.strictEqual((caught as Error).name, "IllegalTransition")
    assert.strictEqual((caught as Error).message, 'task: no transition for event "reply" in state "waiting"')
  })

  it("an event that a step raises is taken when that step is done, in order, and one behind a defect with the next: S219", () => {
    const log: Array<string> = []
    const step = oneAtATime<string>((event) => {
      log.push(`${event} begins`)
      if (event === "a") {
        step("b")
        step("c")
      }
      if (event === "c") {
        step("d")
        throw new Error("a defect")
      }
      log.push(`${event} ends`)
    })
    assert.throws(() => step("a"), "a defect")
    step("e")
    const whole = ["a", "b"].flatMap((event) => [`${event} begins`, `${event} ends`])
    const rest = ["d", "e"].flatMap((event) => [`${event} begins`, `${event} ends`])
    assert.deepStrictEqual(log, [...whole, "c begins", ...rest])
  })
})
