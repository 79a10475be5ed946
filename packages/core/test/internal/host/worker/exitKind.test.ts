import { assert, describe, it } from "@effect/vitest"
import { endedOnPurpose, exitKindOf } from "../../../../src/internal/host/worker/exitKind.ts"
import { states } from "../../../../src/internal/machine/workerMachine.ts"

describe("why a seat became free", () => {
  for (const from of states) {
    const expected = from !== "ready"
    it(`a worker that ends while ${from} was ${expected ? "" : "not "}meant to`, () => {
      assert.strictEqual(endedOnPurpose(from, false), expected)
    })
  }

  it("whoever broke the protocol ends by its own fault, in any state: S037", () => {
    for (const from of states) assert.isFalse(endedOnPurpose(from, true))
  })

  it("a worker that never started counts as a failed start, whatever else is true of it: G11", () => {
    for (const onPurpose of [true, false]) {
      for (const hadTasks of [true, false]) {
        assert.strictEqual(exitKindOf("starting", false, onPurpose, hadTasks), "start")
        assert.strictEqual(exitKindOf("terminating", true, onPurpose, hadTasks), "start")
      }
    }
  })

  it("a worker that was meant to end has stopped, also under tasks", () => {
    assert.strictEqual(exitKindOf("terminating", false, true, true), "stopped")
    assert.strictEqual(exitKindOf("stopping", false, true, false), "stopped")
  })

  it("a worker that ends by itself has crashed under tasks, else it died idle: only the second is a fault of its own: G11", () => {
    assert.strictEqual(exitKindOf("ready", false, false, true), "crashed")
    assert.strictEqual(exitKindOf("ready", false, false, false), "idle")
  })
})
