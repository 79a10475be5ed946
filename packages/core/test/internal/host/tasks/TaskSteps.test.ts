import { assert, describe, it } from "@effect/vitest"
import { HostTask, type Holder } from "../../../../src/internal/host/tasks/HostTask.ts"
import { EventBus } from "../../../../src/internal/shared/EventBus.ts"
import { make as makeSignals } from "../../../../src/internal/host/signals.ts"
import type { HostWorker } from "../../../../src/internal/host/worker/HostWorker.ts"
import { TaskLifecycle } from "../../../../src/internal/host/tasks/TaskLifecycle.ts"
import type { ServedTask } from "../../../../src/internal/host/dispatch/ServedTask.ts"
import type { Timers } from "../../../../src/internal/shared/Timers.ts"
import type { PoolSettings } from "../../../../src/internal/model/options.ts"
import type { PoolEvent } from "../../../../src/PoolEvent.ts"
import { PoolClosed } from "../../../../src/TaskError.ts"

const never = 1e9

const setUp = () => {
  let timers = 0
  const arm = () => {
    timers++
    let isArmed = true
    return () => {
      if (isArmed) timers--
      isArmed = false
    }
  }
  const clock = { now: () => 0, after: arm, limit: arm } as unknown as Timers
  const events = new EventBus<PoolEvent>({
    report: () => {},
    eventOf: (whose, cause) => ({ at: 0, pool: "P", _tag: "CallbackFailed", whose, cause })
  })
  const signals = makeSignals<HostWorker>()
  const lifecycle = new TaskLifecycle({ order: "fifo" } as PoolSettings, clock, signals, events)
  const callLimits = {
    priority: 0,
    grace: 5,
    runLimit: never,
    queueLimit: never,
    deadline: never,
    onInterrupt: "wait" as const
  }
  const served = {
    definition: { name: "T", policy: { idempotent: false } },
    callLimits
  } as unknown as ServedTask
  const settled: Array<string> = []
  const told: Array<string> = []
  const task = new HostTask(
    1,
    served,
    callLimits,
    undefined,
    undefined,
    undefined,
    undefined,
    { cache: {} } as never,
    (_, outcome) => settled.push(outcome)
  )
  task.observers = new Set([(state: string) => told.push(state)])
  lifecycle.admit(task)
  const holder = (parts: Partial<Holder> = {}): Holder => ({
    id: 1,
    revoke: () => true,
    claimOf: () => "queued",
    ask: () => {},
    escalate: () => {},
    release: () => {},
    suspect: () => {},
    tell: () => {},
    move: () => true,
    rest: () => {},
    hear: () => {},
    ...parts
  })
  const send = (to: Holder) => {
    lifecycle.step(task, "dispatch")
    task.holder = to
  }
  return { task, events, holder, lifecycle, send, settled, signals, told, timers: () => timers }
}

describe("steps of a task", () => {
  it("a task that is recalled where nothing is taken back is told as queued, then as settled, once each: S219", () => {
    const { task, holder, lifecycle, send, settled, told } = setUp()
    send(holder())
    lifecycle.takeNothingBack(new PoolClosed({ state: "closing" }))
    lifecycle.step(task, "recall")
    assert.deepStrictEqual(told, ["sent", "queued", "settled"])
    assert.deepStrictEqual(settled, ["rejected"])
    assert.strictEqual(lifecycle.queue.length, 0)
  })

  it("a listener that ends a task while it is requeued leaves nothing of it in the queue: S219, G1", () => {
    const { task, holder, lifecycle, send, settled, signals, told } = setUp()
    signals.tasks.requeued.subscribe(() => lifecycle.end(task, { _tag: "Handle" }))
    send(holder())
    lifecycle.step(task, "exitUnstarted")
    assert.deepStrictEqual(told, ["sent", "queued", "settled"])
    assert.deepStrictEqual(settled, ["interrupted"])
    assert.strictEqual(lifecycle.queue.length, 0)
  })

  it("a reply that arrives while its task is asked to end settles it once, and leaves no limit armed: S219, G2", () => {
    const { task, holder, lifecycle, send, settled, told, timers } = setUp()
    const ask = () => lifecycle.onRefused(task, { detail: "a function", path: "$" })
    send(holder({ revoke: () => false, ask }))
    lifecycle.end(task, { _tag: "Handle" })
    assert.deepStrictEqual(told, ["sent", "interrupting", "settled"])
    assert.strictEqual(settled.length, 1)
    assert.strictEqual(timers(), 0)
  })

  it("a worker that exits while its task is being asked to end costs that task one outcome: S219, G1", () => {
    const { task, holder, lifecycle, send, settled, told, timers } = setUp()
    const ask = () => {
      lifecycle.step(task, "exitStarted")
      lifecycle.step(task, "terminateExpired")
    }
    send(holder({ revoke: () => false, ask }))
    lifecycle.end(task, { _tag: "Handle" })
    assert.deepStrictEqual(told, ["sent", "interrupting", "settled"])
    assert.strictEqual(settled.length, 1)
    assert.strictEqual(timers(), 0)
  })

  it("every observer hears of every change in order, also when the first one causes the next: S219", () => {
    const { task, holder, lifecycle, send, told } = setUp()
    task.observers = new Set([
      (state: string) => {
        if (state === "queued") lifecycle.end(task, { _tag: "Handle" })
      },
      (state: string) => told.push(state)
    ])
    send(holder())
    lifecycle.step(task, "recall")
    assert.deepStrictEqual(told, ["sent", "queued", "settled"])
  })
})
