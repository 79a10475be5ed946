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

interface Machine {
  readonly states: ReadonlyArray<string>
  readonly events: ReadonlyArray<string>
  readonly table: Table<string, string, string>
  readonly step: (state: any, event: any) => unknown
}

/** Walks states × events; returns the mistakes of the cells, and the number of cells of each kind. */
const walk = ({ events, states, step, table }: Machine) => {
  const problems: Array<string> = []
  let present = 0
  let absent = 0
  for (const state of states) {
    for (const event of events) {
      const where = `${state} × ${event}`
      const cell = table[state]![event]
      if (cell === undefined) {
        absent++
        try {
          step(state, event)
          problems.push(`${where}: absent, yet it does not throw`)
        } catch (error) {
          if (!(error instanceof IllegalTransition)) problems.push(`${where}: throws something else`)
          else if (!error.message.includes(`"${state}"`) || !error.message.includes(`"${event}"`)) {
            problems.push(`${where}: the error does not name it`)
          }
        }
        continue
      }
      present++
      if (!states.includes(cell.next)) problems.push(`${where}: goes to an unknown state ${cell.next}`)
      if (new Set(cell.actions).size !== cell.actions.length) problems.push(`${where}: does something twice`)
      if (step(state, event) !== cell) problems.push(`${where}: step does not answer the cell`)
    }
    for (const event of Object.keys(table[state]!)) {
      if (!events.includes(event)) problems.push(`${state}: has a cell for an unknown event ${event}`)
    }
  }
  for (const state of Object.keys(table)) if (!states.includes(state)) problems.push(`unknown state ${state}`)
  return { problems, present, absent }
}

describe("state machines as data", () => {
  it("task: every cell of states × events leads to a state and repeats no action, and an absent cell throws", () => {
    const { absent, present, problems } = walk(task)
    assert.deepStrictEqual(problems, [])
    assert.strictEqual(present + absent, 8 * 14)
    assert.isAbove(present, 0)
    assert.isAbove(absent, 0)
  })

  it("worker: every cell of states × events leads to a state and repeats no action, and an absent cell throws", () => {
    const { absent, present, problems } = walk(worker)
    assert.deepStrictEqual(problems, [])
    assert.strictEqual(present + absent, 8 * 11)
    assert.isAbove(absent, 0)
  })

  it("pool: every cell of states × events leads to a state and repeats no action, and an absent cell throws", () => {
    const { absent, present, problems } = walk(pool)
    assert.deepStrictEqual(problems, [])
    assert.strictEqual(present + absent, 6 * 8)
    assert.isAbove(absent, 0)
  })

  it("the walk notices a cell that leads nowhere, one that repeats an action, and one for an unknown event", () => {
    const broken: Machine["table"] = {
      a: {
        go: { next: "c", actions: [] },
        stay: { next: "a", actions: ["x", "x"] },
        jump: { next: "a", actions: [] }
      }
    }
    const { problems } = walk({
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
