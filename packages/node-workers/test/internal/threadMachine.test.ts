import { assert, describe, it } from "vitest"
import {
  events,
  isReadable,
  states,
  step,
  table,
  type ThreadAction,
  type ThreadEvent,
  type ThreadState
} from "../../src/internal/threadMachine.ts"
import type { Table } from "@heddle/core/StateTable"

type Cells = Table<ThreadState, ThreadEvent, ThreadAction>

/** What is wrong on any path of a thread's life: a walk over the state, what happened and what was done so far. */
const violations = (cells: Cells): ReadonlyArray<string> => {
  const found = new Set<string>()
  const visited = new Set<string>()
  const go = (
    state: ThreadState,
    happened: ReadonlySet<ThreadEvent>,
    done: ReadonlyMap<ThreadAction, number>
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
      const count = (action: ThreadAction) => next.get(action) ?? 0

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

const altered = (state: ThreadState, event: ThreadEvent, actions: ReadonlyArray<ThreadAction>): Cells => ({
  ...table,
  [state]: { ...table[state], [event]: { ...table[state][event]!, actions } }
})

describe("thread machine", () => {
  it("on every path a thread is terminated at most once, reported as halted at most once, and concluded once: G2, G5", () => {
    assert.deepStrictEqual(violations(table), [])
  })

  it("the walk notices each action that is dropped or done where it does not belong, and each cell that is missing", () => {
    const actions: ReadonlyArray<ThreadAction> = ["terminate", "watch", "reportHalted", "conclude"]
    let tried = 0
    for (const state of states) {
      for (const event of events) {
        const cell = table[state][event]
        if (cell === undefined) continue
        for (const action of actions) {
          tried++
          const others = cell.actions.includes(action)
            ? cell.actions.filter((other) => other !== action)
            : [...cell.actions, action]
          assert.notDeepEqual(
            violations(altered(state, event, others)),
            [],
            `${state} × ${event}: ${others.join()}`
          )
        }
        const without = { ...table, [state]: { ...table[state], [event]: undefined } } as Cells
        assert.notDeepEqual(violations(without), [], `${state} × ${event} is missing`)
      }
    }
    assert.strictEqual(tried, 21 * actions.length)
  })

  it("every state is reached, and nothing leads out of the last one", () => {
    const reached = new Set<ThreadState>(["running"])
    for (const state of reached) for (const event of events) reached.add(table[state][event]?.next ?? state)
    assert.deepStrictEqual([...reached].toSorted(), [...states].toSorted())
    for (const event of events) assert.strictEqual(table.gone[event]?.next ?? "gone", "gone")
  })

  it("a cell that is not there is a defect, and says which", () => {
    assert.throws(() => step("halted", "close"), /"close" in state "halted"/)
  })
})
