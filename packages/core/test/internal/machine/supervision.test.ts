import { assert, describe, it } from "@effect/vitest"
import * as child from "../../../src/internal/machine/childMachine.ts"
import * as supervisor from "../../../src/internal/machine/supervisorMachine.ts"
import { problemsOf, reachable, unnoticed } from "../../support/walk.ts"

type ChildTable = typeof child.table

/** Walks every path of one child's life, over its state, whether its scope is open, and the armed timer. */
const violations = (table: ChildTable): ReadonlyArray<string> => {
  const found = new Set<string>()
  const visited = new Set<string>()
  const go = (state: child.ChildState, open: boolean, asked: boolean, limit: string): void => {
    const key = `${state} ${open} ${asked} ${limit}`
    if (visited.has(key)) return
    visited.add(key)
    for (const event of child.events) {
      const cell = table[state][event]
      if (cell === undefined) continue
      // Timers fire only while armed; a child is gone only after its scope was closed.
      if (event === "graceExpired" && limit !== "grace") continue
      if (event === "terminateExpired" && limit !== "terminate") continue
      if (event === "gone" && open) continue
      const where = `${state} × ${event}`
      const does = new Set<child.ChildAction>(cell.actions)
      if (does.has("open") && (open || child.isActive(state))) found.add(`${where}: twice at once`)
      if (does.has("serve") !== (state === "starting" && cell.next === "running"))
        found.add(`${where}: serve belongs on entering running`)
      const isOpen = does.has("open") || (open && !does.has("close"))
      const isAsked = does.has("open") ? false : asked || does.has("interrupt")
      const next = does.has("armGrace")
        ? "grace"
        : does.has("armTerminate")
          ? "terminate"
          : does.has("disarm") || event === "graceExpired" || event === "terminateExpired"
            ? "none"
            : limit
      if (!child.isActive(cell.next) && isOpen) found.add(`${where}: its scope stays open`)
      if (cell.next === "stopped" && next !== "none") found.add(`${where}: a limit stays armed`)
      if (does.has("armTerminate") && limit !== "none" && !does.has("disarm") && event !== "graceExpired")
        found.add(`${where}: two limits at once`)
      const waits = cell.next === "ending" || cell.next === "stopping" || cell.next === "forcing"
      if (waits && next === "none") found.add(`${where}: nothing bounds ${cell.next}`)
      if (does.has("decide") !== (state === "ending" && cell.next !== "ending" && child.isDown(cell.next)))
        found.add(`${where}: decide belongs on the end of what ended of itself`)
      if (does.has("decide") && asked) found.add(`${where}: decides on what was asked for`)
      if (cell.next === "stuck" && state !== "stuck" && !does.has("reportStuck"))
        found.add(`${where}: stuck in silence`)
      if (cell.next === "stuck" && isOpen) found.add(`${where}: stuck with its scope never closed`)
      go(cell.next, isOpen, isAsked, next)
    }
  }
  go("waiting", false, false, "none")
  return [...found]
}

describe("child machine", () => {
  it("every cell of states × events leads to a state and repeats no action, and an absent cell throws", () => {
    assert.deepStrictEqual(problemsOf(child), [])
  })

  it("on every path a child is never twice at once, its scope is closed, and a limit bounds its end: G2, G4", () => {
    assert.deepStrictEqual(violations(child.table), [])
  })

  it("the walk notices each of these actions when it is dropped", () => {
    const { missed, tried } = unnoticed(child, violations, {
      drops: ["serve", "armGrace", "armTerminate", "decide", "reportStuck", "disarm"],
      adds: []
    })
    assert.deepStrictEqual(missed, [])
    assert.isAbove(tried, 15)
  })

  it("every state is reachable, removed is never left, and stopped can start again", () => {
    assert.deepStrictEqual([...reachable(child, "waiting")].toSorted(), [...child.states].toSorted())
    assert.deepStrictEqual([...reachable(child, "removed")], ["removed"])
    assert.isTrue(reachable(child, "stopped").has("running"))
  })

  it("stopping is legal in every state, and once down it changes nothing: S115", () => {
    for (const event of ["stop", "kill"] as const) {
      for (const state of child.states) assert.isDefined(child.table[state][event], `${state} × ${event}`)
      for (const state of ["stopped", "stuck", "removed"] as const) {
        const again = child.step(state, event)
        assert.deepStrictEqual([again.next, ...again.actions], [state])
      }
    }
  })
})

describe("supervisor machine", () => {
  it("every cell of states × events leads to a state and repeats no action, and an absent cell throws", () => {
    assert.deepStrictEqual(problemsOf(supervisor), [])
  })

  it("a supervisor can be stopped in every state, stops its children once, and settles once: G2", () => {
    const { events, states, table } = supervisor
    for (const state of states) {
      assert.isDefined(table[state].stop, state)
      for (const event of events) {
        const cell = table[state][event]
        if (cell === undefined) continue
        const isLeaving = ["starting", "running"].includes(state)
        const isEnding = ["stopping", "failing"].includes(cell.next)
        assert.strictEqual(
          cell.actions.includes("stopChildren"),
          isLeaving && isEnding,
          `${state} × ${event}`
        )
        const ends = ["stopped", "failed"].includes(cell.next) && state !== cell.next
        assert.strictEqual(cell.actions.includes("settle"), ends, `${state} × ${event}`)
      }
    }
  })

  it("nothing is decided on once it stops or gives up: G11", () => {
    const deciding = supervisor.states.filter((state) =>
      supervisor.table[state].childEnded?.actions.includes("decide")
    )
    assert.deepStrictEqual(deciding, ["running"])
  })

  it("every state is reachable from the start, and both ends are never left", () => {
    assert.deepStrictEqual(
      [...reachable(supervisor, "starting")].toSorted(),
      [...supervisor.states].toSorted()
    )
    for (const end of ["stopped", "failed"]) assert.deepStrictEqual([...reachable(supervisor, end)], [end])
  })
})
