import { assert, describe, it } from "vitest"
import * as machine from "../../src/internal/processMachine.ts"
import type { Table } from "@heddle/core/StateTable"
import { reachable, unnoticed } from "../../../core/test/support/walk.ts"

const { actions, events, isReadable, states, step, table } = machine

type Cells = Table<machine.ProcessState, machine.ProcessEvent, machine.ProcessAction>

/** Whether the platform, the pool or the owner can raise an event after these. */
const canHappen = (
  event: machine.ProcessEvent,
  state: machine.ProcessState,
  happened: ReadonlySet<machine.ProcessEvent>
): boolean => {
  switch (event) {
    case "fail":
      // Raised by the constructor, before anything else.
      return happened.size === 0
    case "violate":
      // Bytes come from a process, and are read only while its records have known boundaries.
      return !happened.has("fail") && isReadable(state)
    case "exit":
      return !happened.has("exit")
    case "drained":
      // Raised once by the owner that found the pipe worth reading; a violation may come before it.
      return state === "reaped" || (state === "gone" && happened.has("violate") && !happened.has("drained"))
    default:
      return true
  }
}

/** What is wrong on any path of a process's life: a walk over the state, what happened and what was done so far. */
const violations = (cells: Cells): ReadonlyArray<string> => {
  const found = new Set<string>()
  const visited = new Set<string>()
  const go = (
    state: machine.ProcessState,
    happened: ReadonlySet<machine.ProcessEvent>,
    done: ReadonlyMap<machine.ProcessAction, number>
  ) => {
    const key = `${state} ${[...happened].toSorted().join()} ${[...done].toSorted().join()}`
    if (visited.has(key)) return
    visited.add(key)
    for (const event of events) {
      if (!canHappen(event, state, happened)) continue
      const where = `${state} × ${event}`
      const cell = cells[state][event]
      if (cell === undefined) {
        found.add(`${where}: no cell`)
        continue
      }
      const heard = new Set([...happened, event])
      const next = new Map(done)
      for (const action of cell.actions) next.set(action, Math.min(2, (next.get(action) ?? 0) + 1))
      const does = (action: machine.ProcessAction) => cell.actions.includes(action)
      const require = (action: machine.ProcessAction, isDue: boolean) => {
        if (does(action) !== isDue) found.add(`${where}: ${action} is ${isDue ? "missing" : "out of place"}`)
      }
      const isSpawned = !heard.has("fail")
      const hasExited = happened.has("exit")
      const isDoomed = happened.has("terminate") || happened.has("violate")

      require("kill", isSpawned && !hasExited && !isDoomed && (event === "terminate" || event === "violate"))
      require("awaitExit", event === "disconnect" && state === "running")
      require("reportViolation", event === "violate")
      require("killGroup", event === "exit" && isSpawned)
      require("conclude", cell.next === "gone" && state !== "gone")
      if (state === "gone" && cell.next !== "gone") found.add(`${where}: leads out of the end`)
      if (cell.next === "gone" && !heard.has("exit")) found.add(`${where}: gone without an exit`)
      if (event === "exit" && (!isSpawned || happened.has("violate")) && cell.next !== "gone")
        found.add(`${where}: waits for a pipe that says nothing`)
      if (event === "drained" && cell.next !== "gone") found.add(`${where}: read to the end, and not gone`)
      const isHeard = isSpawned && !heard.has("violate") && cell.next !== "gone"
      if (isReadable(cell.next) !== isHeard) found.add(`${where}: read though it is not to be, or not read`)
      if ((next.get("conclude") ?? 0) > 1) found.add(`${where}: concluded twice`)
      go(cell.next, heard, next)
    }
  }
  go("running", new Set(), new Map())
  return [...found]
}

describe("process machine", () => {
  it("on every path a process is signalled at most once, never after it was reaped, and concluded once: G2, G4, G5", () => {
    assert.deepStrictEqual(violations(table), [])
  })

  it("the walk notices each action that is dropped or done where it does not belong, and each cell that is missing", () => {
    const { missed, tried } = unnoticed(machine, violations, { drops: actions, adds: actions, removes: true })
    assert.deepStrictEqual(missed, [])
    assert.strictEqual(tried, 26 * (actions.length + 1))
  })

  it("a violation is reported after the signal, and before the exit: S037", () => {
    assert.deepStrictEqual(step("running", "violate").actions, ["kill", "reportViolation"])
    assert.deepStrictEqual(step("reaped", "violate").actions, ["reportViolation", "conclude"])
  })

  it("every state is reached, and nothing leads out of the last one", () => {
    assert.deepStrictEqual([...reachable(machine, "running")].toSorted(), [...states].toSorted())
    assert.deepStrictEqual([...reachable(machine, "gone")], ["gone"])
  })

  it("a cell that is not there is a defect, and the error names the cell", () => {
    assert.throws(() => step("gone", "exit"), 'process: no transition for event "exit" in state "gone"')
  })
})
