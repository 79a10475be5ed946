import { assert, describe, it } from "vitest"
import { events, isAwake, type LookAction, states, step, table } from "../../src/internal/replyLookMachine.ts"

describe("the look machine", () => {
  it("every state answers every event, but that only a look is late", () => {
    for (const state of states) {
      for (const event of events) {
        if (event === "late" && !isAwake(state)) {
          assert.throws(() => step(state, event), `event "late" in state "${state}"`)
        } else assert.include(states, step(state, event).next, `${state} × ${event}`)
      }
    }
  })

  it("turns begin where it wakes, and nowhere else", () => {
    for (const state of states) {
      for (const event of events) {
        const cell = table[state][event]
        if (cell === undefined) continue
        const wakes = !isAwake(state) && isAwake(cell.next)
        assert.strictEqual(cell.actions.includes("turn"), wakes, `${state} × ${event}`)
      }
    }
  })

  it("any other post and any frame heard ends a look, and an answer counts once: S228", () => {
    for (const state of ["waiting", "looking"] as const) {
      assert.strictEqual(step(state, "post").next, "asleep")
      assert.deepStrictEqual(step(state, "post").actions, ["forget"])
      assert.strictEqual(step(state, "hear").next, "asleep")
      assert.include(step(state, "hear").actions, "count" satisfies LookAction)
    }
    assert.deepStrictEqual(step("asleep", "hear").actions, [])
  })

  it("a terminated thread is watched until the thread is gone or the time is over, even while frames come", () => {
    for (const event of events) {
      const ends = event === "late" || event === "end"
      assert.strictEqual(step("watching", event).next, ends ? "asleep" : "watching", event)
      assert.deepStrictEqual(step("watching", event).actions, [], event)
    }
    for (const state of states) assert.strictEqual(step(state, "end").next, "asleep")
  })
})
