import { assert, describe, it } from "@effect/vitest"
import type { Table } from "../../../src/internal/machine/transition.ts"
import * as worker from "../../../src/internal/machine/workerMachine.ts"
import { reachable, unnoticed } from "../../support/walk.ts"

const { events, states, step, table } = worker

type WorkerTable = Table<worker.WorkerState, worker.WorkerEvent, worker.WorkerAction>

/** Actions allowed at most once in a life. */
const once: ReadonlyArray<worker.WorkerAction> = [
  "serve",
  "failStart",
  "askStop",
  "terminate",
  "reportStuck",
  "reportExit",
  "vacate"
]

/**
 * Walks every path of a worker's life, over the state and the actions so far. Counts stop at two, so the walk ends, and
 * covers paths of every length.
 */
const violations = (cells: WorkerTable): ReadonlyArray<string> => {
  const found = new Set<string>()
  const visited = new Set<string>()
  const go = (state: worker.WorkerState, done: ReadonlyMap<worker.WorkerAction, number>): void => {
    const key = `${state} ${[...done].toSorted(([a], [b]) => a.localeCompare(b)).join()}`
    if (visited.has(key)) return
    visited.add(key)
    for (const event of events) {
      const cell = cells[state][event]
      if (cell === undefined) continue
      const where = `${state} × ${event}`
      const next = new Map(done)
      for (const action of cell.actions.filter(
        (a) => !["reportViolation", "recall", "armDepart", "depart"].includes(a)
      )) {
        next.set(action, Math.min(2, (next.get(action) ?? 0) + 1))
      }
      const count = (action: worker.WorkerAction) => next.get(action) ?? 0

      for (const action of once) if (count(action) > 1) found.add(`${where}: ${action} twice`)
      if (count("lose") + count("giveUp") > 1) found.add(`${where}: what it held is settled twice`)
      if (count("serve") > 0 && count("failStart") > 0) found.add(`${where}: served, yet its start failed`)
      if (count("terminate") !== count("armTerminate")) found.add(`${where}: a termination without a limit`)
      if (count("askStop") !== count("armStop")) found.add(`${where}: a request to stop without a limit`)

      const gone = cell.next === "gone" || cell.next === "halted"
      if (count("vacate") !== (gone ? 1 : 0))
        found.add(`${where}: ${count("vacate")} places freed while ${cell.next}`)
      if (gone && count("serve") > 0 && count("lose") + count("giveUp") === 0) {
        found.add(`${where}: what it held is never settled`)
      }
      if (gone && count("serve") > 0 && count("reportExit") === 0) found.add(`${where}: gone without a word`)
      if (gone && count("serve") === 0 && count("terminate") === 0 && count("failStart") === 0) {
        found.add(`${where}: neither served, nor ended, nor failed`)
      }
      const ending = cell.next === "terminating" || cell.next === "stuck"
      if (ending && count("terminate") === 0) found.add(`${where}: ${cell.next}, yet nobody terminated it`)
      if (cell.next === "stuck" && count("giveUp") === 0)
        found.add(`${where}: callers wait for a stuck worker`)
      // Closing waits until a halted worker has exited, but not for ever.
      const departs = state === "halted" && (event === "exit" || event === "terminateExpired")
      const halts = cell.next === "halted" && state !== "halted"
      if (halts !== cell.actions.includes("armDepart")) found.add(`${where}: a departure without a limit`)
      if (departs !== cell.actions.includes("depart")) found.add(`${where}: depart belongs on leaving halted`)
      // Unstarted tasks are taken back before the worker is asked or made to end (G5).
      const leaves = state === "ready" && cell.next !== "ready" && !gone
      if (leaves !== cell.actions.includes("recall"))
        found.add(`${where}: recall belongs on leaving ready, and nowhere else`)
      go(cell.next, next)
    }
  }
  go("starting", new Map())
  return [...found]
}

describe("worker machine", () => {
  it("on every path what a worker held is settled or requeued once, and its place is freed once: G5", () => {
    assert.deepStrictEqual(violations(table), [])
  })

  it("the walk notices each action that is dropped, and each that is done twice", () => {
    const { missed, tried } = unnoticed(worker, violations, {
      // A life without service has nothing to lose and nothing to report.
      drops: [
        "vacate",
        "terminate",
        "armTerminate",
        "armStop",
        "askStop",
        "recall",
        "giveUp",
        "armDepart",
        "depart"
      ],
      adds: ["lose", "giveUp", "vacate", "terminate", "serve", "failStart", "recall"],
      // Harmless where no life comes to the state a second time.
      isHarmless: (action, { cell, event, state }) => {
        if (cell.actions.includes(action)) return false
        if (action === "failStart") return state === "starting" || state === "stopping"
        if (state !== "starting") return false
        return action === "serve" || (event === "exit" && (action === "lose" || action === "giveUp"))
      }
    })
    assert.deepStrictEqual(missed, [])
    assert.isAbove(tried, 150)
  })

  it("from every state a worker can be gone, and gone is never left and does nothing: G2", () => {
    for (const state of states) assert.isTrue(reachable(worker, state).has("gone"), state)
    assert.deepStrictEqual([...reachable(worker, "gone")], ["gone"])
    for (const event of events) assert.deepStrictEqual(table.gone[event]?.actions ?? [], [], event)
  })

  it("every state is reachable from the spawn", () => {
    assert.deepStrictEqual([...reachable(worker, "starting")].toSorted(), [...states].toSorted())
  })

  it("the platform's word that it is gone, a violation, and the pool's wish to end it are legal in every state", () => {
    for (const state of states) {
      if (state !== "gone") assert.strictEqual(table[state].exit?.next, "gone", state)
      for (const event of ["violation", "terminate", "stop"] as const)
        assert.isDefined(table[state][event], `${state} × ${event}`)
    }
  })

  it("every report of a worker has a cell in every state: S023, S037", () => {
    for (const state of states) {
      for (const said of ["ready", "startFailed", "stopped", "violation"] as const) {
        assert.isDefined(table[state][said], `${state} × ${said}`)
      }
    }
    // A worker may report ready only once.
    const serving = states.flatMap((state) =>
      events
        .filter((event) => table[state][event]?.actions.includes("serve"))
        .map((event) => `${state} × ${event}`)
    )
    assert.deepStrictEqual(serving, ["starting × ready"])
  })

  it("from every state the limits lead to `stuck`, where nobody waits any longer: G4", () => {
    for (const state of ["starting", "ready", "stopping", "stopped"] as const) {
      const ending = step(state, "terminate")
      assert.strictEqual(ending.next, "terminating", state)
      const stuck = step(ending.next, "terminateExpired")
      assert.deepStrictEqual([stuck.next, ...stuck.actions], ["stuck", "reportStuck", "giveUp"])
    }
    assert.strictEqual(step("stopping", "stopExpired").next, "terminating")
    assert.strictEqual(step("starting", "startExpired").next, "terminating")
  })

  it("a stuck worker keeps its place until it has exited, and loses nothing a second time: S055", () => {
    const ended = step("stuck", "exit")
    assert.deepStrictEqual([ended.next, ...ended.actions], ["gone", "reportExit", "vacate"])
    const halted = step("stuck", "halted")
    assert.deepStrictEqual([halted.next, ...halted.actions], ["halted", "reportExit", "vacate", "armDepart"])
    for (const event of events.filter((e) => e !== "exit" && e !== "halted")) {
      assert.deepStrictEqual(table.stuck[event]?.actions ?? [], [], event)
    }
  })

  it("only what is being terminated can halt, which settles what it held, and frees its place, as its exit would: G3", () => {
    const legal = states.filter((state) => table[state].halted !== undefined)
    assert.deepStrictEqual(legal, ["terminating", "stuck"])
    for (const state of legal) {
      const { actions } = step(state, "exit")
      assert.deepStrictEqual([...step(state, "halted").actions], [...actions, "armDepart"], state)
    }
  })

  it("a late report of readiness is ignored once a worker is being ended: S020", () => {
    for (const state of ["terminating", "stuck", "halted", "gone"] as const) {
      const late = step(state, "ready")
      assert.deepStrictEqual([late.next, ...late.actions], [state])
    }
  })

  it("a worker that exits before it is ready has failed to start; a second report is a violation, no harm: S023", () => {
    assert.deepStrictEqual(step("starting", "exit").actions, ["failStart", "vacate"])
    const again = step("ready", "ready")
    assert.deepStrictEqual([again.next, ...again.actions], ["ready", "reportViolation"])
  })

  it("a violation ends the worker that committed it, once: S037", () => {
    for (const state of ["starting", "ready", "stopping", "stopped"] as const) {
      const cell = step(state, "violation")
      assert.strictEqual(cell.next, "terminating", state)
      assert.includeMembers([...cell.actions], ["reportViolation", "terminate", "armTerminate"], state)
    }
    assert.deepStrictEqual(step("terminating", "violation").actions, [])
  })
})
