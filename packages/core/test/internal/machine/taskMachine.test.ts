import { assert, describe, it } from "@effect/vitest"
import * as task from "../../../src/internal/machine/taskMachine.ts"
import type { Cell, Table } from "../../../src/internal/machine/transition.ts"
import { actionsOf, cellsOf, reachable, unnoticed } from "../../support/walk.ts"

const { events, isHeld, states, step, table } = task

type TaskTable = Table<task.TaskState, task.TaskEvent, task.TaskAction>

/** A submission begins in the queue, or as a suspended caller in front of the queue. */
const initial: ReadonlyArray<task.TaskState> = ["waiting", "queued"]

const settles = (action: task.TaskAction): boolean => action.startsWith("settle") || action === "leave"

const isUnsettled = (state: task.TaskState): boolean => state !== "settled" && state !== "abandoned"

/**
 * Every path from submission on, as a walk over (state, outcomes given so far, places of workers held, in line).
 * The counts are kept up to two, so the walk ends, and covers paths of every length.
 */
const violations = (cells: TaskTable): ReadonlyArray<string> => {
  const found = new Set<string>()
  const visited = new Set<string>()
  const go = (state: task.TaskState, outcomes: number, places: number, inLine: boolean): void => {
    const key = `${state} ${outcomes} ${places} ${inLine}`
    if (visited.has(key)) return
    visited.add(key)
    for (const event of events) {
      const cell = cells[state][event]
      if (cell === undefined) continue
      const where = `${state} × ${event}`
      const count = (f: (action: task.TaskAction) => boolean) => cell.actions.filter(f).length
      const given = count(settles)
      if (given > 0 !== (isUnsettled(state) && !isUnsettled(cell.next))) {
        found.add(
          `${where}: an outcome belongs on the transition out of the unsettled states, and nowhere else`
        )
      }
      const nextOutcomes = Math.min(2, outcomes + given)
      if (nextOutcomes === 2) found.add(`${where}: a second outcome`)
      if (nextOutcomes === 0 && !isUnsettled(cell.next)) found.add(`${where}: no outcome`)

      const taken = event === "dispatch" ? 1 : 0
      const freed = count((action) => action === "release")
      const nextPlaces = Math.max(-1, Math.min(2, places + taken - freed))
      if (nextPlaces < 0) found.add(`${where}: frees a place that it does not have`)
      if (nextPlaces !== (isHeld(cell.next) ? 1 : 0))
        found.add(`${where}: ${nextPlaces} places while ${cell.next}`)

      const joins = count((action) => action === "enqueue" || action === "enqueueFront")
      const leaves = count((action) => action === "remove") + taken
      if (joins > 0 && inLine && state === "queued") found.add(`${where}: it is in line already`)
      if (leaves > 0 && !inLine) found.add(`${where}: leaves a line that it is not in`)
      // A suspended caller waits in a line too; `admit` moves the task from this line to the queue.
      const nextInLine = joins > 0 ? true : leaves > 0 ? false : inLine
      if (nextInLine !== (cell.next === "queued" || cell.next === "waiting")) {
        found.add(`${where}: ${nextInLine ? "in line" : "in no line"} while ${cell.next}`)
      }
      if (nextPlaces >= 0) go(cell.next, nextOutcomes, nextPlaces, nextInLine)
    }
  }
  for (const state of initial) go(state, 0, 0, true)
  return [...found]
}

describe("task machine", () => {
  it("on every path exactly one outcome is given, on the transition that leaves the unsettled states: G1", () => {
    assert.deepStrictEqual(
      violations(table).filter((problem) => problem.includes("outcome")),
      []
    )
  })

  it("on every path a worker's place is freed exactly once for each dispatch, and held exactly while isHeld: S048", () => {
    assert.deepStrictEqual(
      violations(table).filter((problem) => problem.includes("place")),
      []
    )
  })

  it("on every path a task is in line exactly while it is waiting or queued", () => {
    assert.deepStrictEqual(violations(table), [])
  })

  it("the walk notices each outcome, place or line that is dropped, and each one that is given twice", () => {
    const { missed, tried } = unnoticed(task, violations, {
      // `admit` moves a task from one line to another, so a missing `enqueue` shows only in the owner.
      drops: [...actionsOf(task).filter(settles), "release", "enqueueFront", "remove"],
      adds: ["release", "leave", "settleReply", "enqueueFront", "remove"],
      isHarmless: (action, { cell, event, state }) => {
        if (cell.actions.includes(action)) return false
        if (settles(action)) return cell.actions.some(settles)
        if (action === "remove") return cell.actions.includes("enqueue") || event === "dispatch"
        return action === "enqueueFront" && (cell.actions.includes("enqueue") || state === "waiting")
      }
    })
    assert.deepStrictEqual(missed, [])
    assert.isAbove(tried, 200)
  })

  it("from every unsettled state a settled one is reachable, and settled is never left: G1", () => {
    for (const state of states) assert.isTrue(reachable(task, state).has("settled"), state)
    assert.deepStrictEqual([...reachable(task, "settled")], ["settled"])
  })

  it("every state is reachable from a submission", () => {
    const all = new Set(initial.flatMap((state) => [...reachable(task, state)]))
    assert.deepStrictEqual(
      states.filter((state) => !all.has(state)),
      []
    )
  })

  it("once asked to end, the two limits of the ladder settle a task, whatever else its worker says: G4", () => {
    for (const state of ["sent", "running"] as const) {
      const asked = step(state, "interrupt")
      assert.deepStrictEqual(asked.actions, ["ask", "armGrace"])
      const said = step(asked.next, "start")
      const late = step(said.next, "graceExpired")
      assert.deepStrictEqual(late.actions, ["terminate"])
      const stuck = step(late.next, "terminateExpired")
      assert.strictEqual(stuck.next, "settled")
      assert.deepStrictEqual(stuck.actions, ["release", "settleStuck"])
    }
  })

  it("an interrupted task settles only by its reply, by the end of its worker, or by a worker that is stuck: G3", () => {
    const ends = (state: task.TaskState) => events.filter((event) => table[state][event]?.next === "settled")
    const allowed = ["reply", "absent", "terminateExpired", "exitUnstarted", "exitStarted", "exitRetry"]
    assert.deepStrictEqual(ends("interrupting"), allowed)
    assert.deepStrictEqual(ends("terminating"), allowed)
  })

  it("a task goes back to the queue only from a worker's hands, and never once it was asked to end: G6", () => {
    const back = cellsOf(task).filter(({ cell, state }) => cell.next === "queued" && isHeld(state))
    assert.deepStrictEqual(
      back.map(({ event, state }) => `${state} × ${event}`),
      ["sent × recall", "sent × exitUnstarted", "sent × exitRetry", "running × exitRetry"]
    )
    for (const { cell } of back) assert.deepStrictEqual(cell.actions, ["release", "enqueueFront"])
  })

  it("the end of a worker is provided for in every state in which it may hold a task: G5", () => {
    for (const state of states.filter(isHeld)) {
      assert.isDefined(table[state].exitStarted, state)
      assert.isDefined(table[state].exitRetry, state)
      // A task with a reported start cannot become unstarted.
      assert.strictEqual(table[state].exitUnstarted === undefined, state === "running", state)
    }
    for (const state of states.filter((s) => !isHeld(s))) {
      assert.isUndefined(table[state].exitStarted, state)
    }
  })

  it("messages about a settled task are dropped; starts and replies are counted: S053", () => {
    const said: Record<string, Cell<task.TaskState, task.TaskAction>> = {
      start: step("settled", "start"),
      reply: step("settled", "reply"),
      absent: step("settled", "absent")
    }
    assert.deepStrictEqual(
      Object.entries(said).map(([event, cell]) => [event, cell.next, ...cell.actions]),
      [
        ["start", "settled", "countLate"],
        ["reply", "settled", "countLate"],
        ["absent", "settled"]
      ]
    )
  })

  it("an abandoned task gives its outcome at once and keeps its place until the body has ended: S047", () => {
    const left = step("running", "abandon")
    assert.deepStrictEqual([left.next, ...left.actions], ["abandoned", "ask", "leave"])
    const ended = step("abandoned", "reply")
    assert.deepStrictEqual([ended.next, ...ended.actions], ["settled", "release", "countLate"])
  })

  it("a task that no worker has is withdrawn without asking anyone: S039", () => {
    for (const state of ["waiting", "queued"] as const) {
      assert.deepStrictEqual(step(state, "withdraw").actions, ["remove", "settleWithdrawn"])
    }
  })

  it("the limit of a run begins when the worker says that the handler starts, and at no other time", () => {
    const arming = cellsOf(task).filter(({ cell }) => cell.actions.includes("armRun"))
    assert.deepStrictEqual(
      arming.map(({ event, state }) => `${state} × ${event}`),
      ["sent × start"]
    )
  })
})
