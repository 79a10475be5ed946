import type { Table } from "@heddle/core/StateTable"
import { assert, describe, it } from "vitest"
import * as machine from "../../../src/internal/connection/connectionMachine.ts"
import { reachable, unnoticed } from "../../../../core/test/support/walk.ts"

const { actions, events, isListening, states, table } = machine

type Cells = Table<machine.ConnectionState, machine.ConnectionEvent, machine.ConnectionAction>

/** What is wrong on any path of a connection's life: a walk over the state, what happened and what was done so far. */
const violations = (cells: Cells): ReadonlyArray<string> => {
  const found = new Set<string>()
  const visited = new Set<string>()
  const go = (
    state: machine.ConnectionState,
    happened: ReadonlySet<machine.ConnectionEvent>,
    done: ReadonlyMap<machine.ConnectionAction, number>
  ) => {
    const key = `${state} ${[...happened].toSorted().join()} ${[...done].toSorted().join()}`
    if (visited.has(key)) return
    visited.add(key)
    for (const event of events) {
      const where = `${state} × ${event}`
      const cell = cells[state][event]
      if (cell === undefined) {
        found.add(`${where}: no cell`)
        continue
      }
      const next = new Map(done)
      for (const action of cell.actions) next.set(action, Math.min(2, (next.get(action) ?? 0) + 1))
      const count = (action: machine.ConnectionAction) => next.get(action) ?? 0
      const isOver = !isListening(cell.next)

      for (const action of actions) if (count(action) > 1) found.add(`${where}: ${action} twice`)
      if (!isListening(state) && (cell.next !== state || cell.actions.length > 0))
        found.add(`${where}: something is done after the end`)
      // Exactly one of closed and lost, when it is so.
      if (count("settleClosed") !== (cell.next === "closed" ? 1 : 0)) found.add(`${where}: closed is told`)
      if (count("settleLost") !== (cell.next === "lost" ? 1 : 0)) found.add(`${where}: lost is told`)
      // The socket goes with the connection: in order when it was closed, at once when it was lost.
      if (count("hangUp") !== (cell.next === "closed" ? 1 : 0)) found.add(`${where}: hangs up`)
      if (count("destroy") !== (cell.next === "lost" ? 1 : 0)) found.add(`${where}: destroys`)
      // Each direction stops once: the own one with the own word, the other one with the other side's.
      const mine = cell.next === "ended" || isOver
      const theirs = cell.next === "heard" || isOver
      if (count("stopSending") !== (mine ? 1 : 0)) found.add(`${where}: sending stops`)
      if (count("stopReceiving") !== (theirs ? 1 : 0)) found.add(`${where}: receiving stops`)
      // The last frame says what the program said, and no frame is sent to a side that closed or is lost.
      if (cell.actions.includes("sendEnd") !== (event === "end" && (state === "open" || state === "heard")))
        found.add(`${where}: the end is sent`)
      if (cell.actions.includes("sendClose") !== (event === "shut" && isListening(state)))
        found.add(`${where}: the close is sent`)
      const lastWord = cell.actions.findIndex((action) => action === "sendEnd" || action === "sendClose")
      const hangsUp = cell.actions.indexOf("hangUp")
      if (hangsUp >= 0 && lastWord > hangsUp) found.add(`${where}: hangs up before its last frame`)
      go(cell.next, new Set([...happened, event]), next)
    }
  }
  go("open", new Set(), new Map())
  return [...found]
}

describe("connection machine", () => {
  it("on every path each direction stops once, and exactly one of closed and lost is told: S247, G15", () => {
    assert.deepStrictEqual(violations(table), [])
  })

  it("the walk notices each action that is dropped or done where it does not belong, and each cell that is missing", () => {
    const { missed, tried } = unnoticed(machine, violations, { drops: actions, adds: actions, removes: true })
    assert.deepStrictEqual(missed, [])
    assert.strictEqual(tried, states.length * events.length * (actions.length + 1))
  })

  it("every state is reached, and nothing leads out of the last ones", () => {
    assert.deepStrictEqual([...reachable(machine, "open")].toSorted(), [...states].toSorted())
  })
})
