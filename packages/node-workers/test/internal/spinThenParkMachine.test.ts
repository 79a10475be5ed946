import { assert, describe, it } from "vitest"
import {
  events,
  illegal,
  linked,
  type SpinEvent,
  type SpinState,
  states,
  step,
  table
} from "../../src/internal/spinThenParkMachine.ts"

/** Whether a turn of the event loop was asked for and has not begun. */
const isDue = (state: SpinState): boolean => state === "overtaken" || state === "scheduled"

/** Whether tasks run. */
const isServing = (state: SpinState): boolean => state === "busy" || state === "overtaken"

const legal = (state: SpinState): ReadonlyArray<SpinEvent> => {
  if (state === "spinning") return ["frame", "occupied", "silent", "spent"]
  return isDue(state) ? ["frame", "quiet", "likely", "turn"] : ["frame", "quiet", "likely"]
}

const cells = states.flatMap((state) =>
  events.flatMap((event) => {
    const cell = table[state][event]
    return cell === undefined ? [] : [{ ...cell, event, state, where: `${state} × ${event}` }]
  })
)

describe("the spin machine", () => {
  it("a turn comes only where it was scheduled, and only a spinning turn ends: every other cell is a defect", () => {
    for (const state of states) {
      for (const event of events) {
        if (legal(state).includes(event)) assert.include(states, step(state, event).next)
        else {
          assert.throws(
            () => step(state, event),
            `spin: no transition for event "${event}" in state "${state}"`
          )
        }
      }
    }
  })

  it("schedules a turn where none is to come, and nowhere else: two turns are never under way", () => {
    for (const { actions, event, next, state, where } of cells) {
      const isOpen = !isDue(state) || event === "turn"
      assert.deepStrictEqual(actions, isOpen && isDue(next) ? ["schedule"] : [], where)
    }
  })

  it("a scheduled turn stays due until it begins", () => {
    for (const { event, next, state, where } of cells) {
      if (isDue(state) && event !== "turn") assert.isTrue(isDue(next), where)
      if (event === "turn") assert.isFalse(isDue(next), where)
    }
  })

  it("tasks run from a frame until the runner is quiet, and no turn spins meanwhile", () => {
    for (const { event, next, state, where } of cells) {
      const serves = event === "frame" || (event === "turn" && isServing(state))
      assert.strictEqual(isServing(next), serves, where)
    }
  })

  it("a thread spins again only where a lone frame is likely: after a burst, or after too many turns, it idles: S228", () => {
    assert.strictEqual(step("busy", "quiet").next, "idle")
    assert.strictEqual(step("spinning", "spent").next, "idle")
    assert.strictEqual(step("spinning", "occupied").next, "idle")
    assert.strictEqual(step("idle", "likely").next, "scheduled")
  })

  it("the linked table is the table, and its missing cells throw the same error", () => {
    for (const state of states) {
      for (const event of events) {
        const cell = linked[state][event]
        if (legal(state).includes(event)) assert.strictEqual(cell.next, linked[step(state, event).next])
        else assert.throws(() => illegal(linked[state], cell), `event "${event}" in state "${state}"`)
      }
    }
  })

  it("every state is reached from the first", () => {
    const reached = new Set<SpinState>(["busy"])
    for (const state of reached) for (const event of events) reached.add(table[state][event]?.next ?? state)
    assert.deepStrictEqual([...reached].toSorted(), [...states].toSorted())
  })
})
