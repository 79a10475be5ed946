import { assert, describe, it } from "vitest"
import * as machine from "../../src/internal/threadMachine.ts"
import type { Table } from "@heddle/core/StateTable"
import { reachable, unnoticed } from "../../../core/test/support/walk.ts"

const { events, isReadable, states, step, table } = machine

type Cells = Table<machine.ThreadState, machine.ThreadEvent, machine.ThreadAction>

/** What is wrong on any path of a thread's life: a walk over the state, what happened and what was done so far. */
const violations = (cells: Cells): ReadonlyArray<string> => {
  const found = new Set<string>()
  const visited = new Set<string>()
  const go = (
    state: machine.ThreadState,
    happened: ReadonlySet<machine.ThreadEvent>,
    done: ReadonlyMap<machine.ThreadAction, number>
  ) => {
    const key = `${state} ${[...happened].toSorted().join()} ${[...done].flat().join()}`
    if (visited.has(key)) return
    visited.add(key)
    for (const event of events) {
      // A port closes once, and not after it was let go.
      if (event === "close" && (happened.has("close") || state === "gone")) continue
      const where = `${state} × ${event}`
      const cell = cells[state][event]
      if (cell === undefined) {
        found.add(`${where}: no cell`)
        continue
      }
      const heard = new Set([...happened, event])
      const next = new Map(done)
      for (const action of cell.actions) next.set(action, Math.min(2, (next.get(action) ?? 0) + 1))
      const count = (action: machine.ThreadAction) => next.get(action) ?? 0

      if (count("conclude") !== (heard.has("exit") ? 1 : 0))
        found.add(`${where}: concluded ${count("conclude")} times`)
      if ((cell.next === "gone") !== heard.has("exit"))
        found.add(`${where}: gone without an exit, or not gone`)
      // One that has exited by itself needs no end.
      const wanted = happened.has("ask") || happened.has("end") || happened.has("close")
      const terminates = state !== "gone" && event !== "exit" && !wanted
      if (cell.actions.includes("terminate") !== terminates)
        found.add(`${where}: terminated once, and in time`)
      if (state === "gone" && cell.actions.length > 0) found.add(`${where}: something is done for nobody`)
      const halts = event === "close" && happened.has("ask")
      if (cell.actions.includes("reportHalted") !== halts)
        found.add(`${where}: halted is told at its port's end`)
      const watches = event === "ask" && isReadable(state) && !happened.has("ask")
      if (cell.actions.includes("watch") !== watches) found.add(`${where}: watched once, when the pool asks`)
      if (isReadable(cell.next) === (heard.has("close") || heard.has("exit")))
        found.add(`${where}: its port is read though it has closed, or not read before`)
      go(cell.next, heard, next)
    }
  }
  go("running", new Set(), new Map())
  return [...found]
}

describe("thread machine", () => {
  it("on every path a thread is terminated at most once, reported as halted at most once, and concluded once: G2, G5", () => {
    assert.deepStrictEqual(violations(table), [])
  })

  it("the walk notices each action that is dropped or done where it does not belong, and each cell that is missing", () => {
    const actions = ["terminate", "watch", "reportHalted", "conclude"] as const
    const { missed, tried } = unnoticed(machine, violations, { drops: actions, adds: actions, removes: true })
    assert.deepStrictEqual(missed, [])
    assert.strictEqual(tried, 21 * (actions.length + 1))
  })

  it("every state is reached, and nothing leads out of the last one", () => {
    assert.deepStrictEqual([...reachable(machine, "running")].toSorted(), [...states].toSorted())
    assert.deepStrictEqual([...reachable(machine, "gone")], ["gone"])
  })

  it("a cell that is not there is a defect, and says which", () => {
    assert.throws(() => step("halted", "close"), /"close" in state "halted"/)
  })
})
