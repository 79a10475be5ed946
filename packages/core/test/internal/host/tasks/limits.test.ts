import { assert, describe, it } from "@effect/vitest"
import { armDeadline, armQueue } from "../../../../src/internal/host/tasks/limits.ts"
import type { HostTask, Why } from "../../../../src/internal/host/tasks/HostTask.ts"
import { makeHolder, makeLifecycle } from "../fakes.ts"

const setUp = () => {
  const { admit, clock, lifecycle } = makeLifecycle()
  const task = admit()
  lifecycle.queue.push(task)
  const owner = { lifecycle, timers: clock.timers }
  /** Hands the task to a worker that has not started it. */
  const send = (claim: "queued" | "claimed" = "queued") => {
    lifecycle.queue.remove(task)
    lifecycle.step(task, "dispatch")
    task.holder = makeHolder({ claimOf: () => claim, revoke: () => claim === "queued" })
  }
  return { clock, owner, send, task }
}

const phaseOf = ({ why }: HostTask) => (why as Extract<Why, { readonly _tag: "Deadline" }> | undefined)?.phase

describe("the limit of a task's wait", () => {
  it("ends a task that waits for longer, and no sooner: G4", () => {
    const { clock, owner, task } = setUp()
    armQueue(owner, task, 10)
    clock.pass(9)
    assert.strictEqual(task.state, "queued")
    clock.pass(1)
    assert.deepStrictEqual([task.state, phaseOf(task)], ["settled", "queue"])
  })

  it("ends a task that a worker was sent long before and has not started", () => {
    const { clock, owner, send, task } = setUp()
    armQueue(owner, task, 10)
    send()
    clock.pass(10)
    assert.deepStrictEqual([task.state, phaseOf(task)], ["settled", "queue"])
  })

  it("does nothing to a task that was started", () => {
    const { clock, owner, send, task } = setUp()
    armQueue(owner, task, 10)
    send("claimed")
    clock.pass(10)
    assert.strictEqual(task.state, "sent")
  })

  it("begins anew, once, for a task that is sent as soon as a busy host hears of a free place: G4", () => {
    const { clock, owner, send, task } = setUp()
    armQueue(owner, task, 10)
    clock.pass(10, send)
    assert.strictEqual(task.state, "sent")
    clock.pass(9)
    assert.strictEqual(task.state, "sent")
    clock.pass(1)
    assert.deepStrictEqual([task.state, phaseOf(task)], ["settled", "queue"])
  })
})

describe("a deadline", () => {
  const rows = [
    ["waits", undefined, "queue"],
    ["was sent and not started", "queued", "start"],
    ["was started", "claimed", "run"]
  ] as const
  for (const [where, claim, phase] of rows) {
    it(`ends a task that ${where}, and says so: G4`, () => {
      const { clock, owner, send, task } = setUp()
      armDeadline(owner, task, 10)
      if (claim !== undefined) send(claim)
      clock.pass(10)
      assert.strictEqual(phaseOf(task), phase)
    })
  }

  it("stands in place of the one before", () => {
    const { clock, owner, task } = setUp()
    armDeadline(owner, task, 10)
    armDeadline(owner, task, 20)
    assert.strictEqual(clock.armed(), 1)
    clock.pass(10)
    assert.strictEqual(task.state, "queued")
    clock.pass(10)
    assert.strictEqual(task.state, "settled")
  })

  it("is no limit where it is infinite", () => {
    const { clock, owner, task } = setUp()
    armDeadline(owner, task, Infinity)
    armQueue(owner, task, Infinity)
    assert.strictEqual(clock.armed(), 0)
  })
})
