import { assert, describe, it } from "@effect/vitest"
import { Entry, type Holder } from "../../../src/internal/engine/Entry.ts"
import { EventBus } from "../../../src/internal/engine/EventBus.ts"
import { Ledger } from "../../../src/internal/engine/Ledger.ts"
import type { Route } from "../../../src/internal/engine/Route.ts"
import type { Timers } from "../../../src/internal/engine/Timers.ts"
import type { PoolSettings } from "../../../src/internal/model/options.ts"
import type { PoolEvent } from "../../../src/PoolEvent.ts"
import { PoolClosed } from "../../../src/TaskError.ts"

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
    eventOf: (whose, cause) => ({ _tag: "CallbackFailed", whose, cause })
  })
  const ledger = new Ledger({ order: "fifo" } as PoolSettings, clock, events)
  const terms = {
    priority: 0,
    grace: 5,
    runLimit: never,
    queueLimit: never,
    deadline: never,
    onInterrupt: "wait" as const
  }
  const route = { definition: { name: "T", policy: { idempotent: false } }, terms } as unknown as Route
  const settled: Array<string> = []
  const told: Array<string> = []
  const entry = new Entry(
    1,
    route,
    terms,
    undefined,
    undefined,
    undefined,
    undefined,
    { cache: {} } as never,
    (_, outcome) => settled.push(outcome)
  )
  entry.observers = new Set([(state: string) => told.push(state)])
  ledger.unsettled = 1
  const holder = (parts: Partial<Holder> = {}): Holder => ({
    id: 1,
    revoke: () => true,
    claimOf: () => "queued",
    ask: () => {},
    escalate: () => {},
    release: () => {},
    suspect: () => {},
    hear: () => {},
    ...parts
  })
  const send = (to: Holder) => {
    ledger.step(entry, "dispatch")
    entry.holder = to
  }
  return { entry, events, holder, ledger, send, settled, told, timers: () => timers }
}

describe("steps of a task", () => {
  it("an entry that is recalled where nothing is taken back is told as queued, then as settled, once each: S219", () => {
    const { entry, holder, ledger, send, settled, told } = setUp()
    send(holder())
    ledger.takesNothingBack = new PoolClosed({ state: "closing" })
    ledger.step(entry, "recall")
    assert.deepStrictEqual(told, ["sent", "queued", "settled"])
    assert.deepStrictEqual(settled, ["rejected"])
    assert.strictEqual(ledger.queue.length, 0)
  })

  it("a listener that ends a task while it is requeued leaves nothing of it in the queue: S219, G1", () => {
    const { entry, events, holder, ledger, send, settled, told } = setUp()
    events.subscribe((event: PoolEvent) => {
      if (event._tag === "TaskRequeued") ledger.end(entry, { _tag: "Handle" })
    })
    send(holder())
    ledger.step(entry, "exitUnstarted")
    assert.deepStrictEqual(told, ["sent", "queued", "settled"])
    assert.deepStrictEqual(settled, ["interrupted"])
    assert.strictEqual(ledger.queue.length, 0)
  })

  it("a reply that arrives while its task is asked to end settles it once, and leaves no limit armed: S219, G2", () => {
    const { entry, holder, ledger, send, settled, told, timers } = setUp()
    const ask = () => ledger.onRefused(entry, { detail: "a function", path: "$" })
    send(holder({ revoke: () => false, ask }))
    ledger.end(entry, { _tag: "Handle" })
    assert.deepStrictEqual(told, ["sent", "interrupting", "settled"])
    assert.strictEqual(settled.length, 1)
    assert.strictEqual(timers(), 0)
  })

  it("a worker that exits while its task is being asked to end costs that task one outcome: S219, G1", () => {
    const { entry, holder, ledger, send, settled, told, timers } = setUp()
    const ask = () => {
      ledger.step(entry, "exitStarted")
      ledger.step(entry, "terminateExpired")
    }
    send(holder({ revoke: () => false, ask }))
    ledger.end(entry, { _tag: "Handle" })
    assert.deepStrictEqual(told, ["sent", "interrupting", "settled"])
    assert.strictEqual(settled.length, 1)
    assert.strictEqual(timers(), 0)
  })

  it("every observer hears of every change in order, also when the first one causes the next: S219", () => {
    const { entry, holder, ledger, send, told } = setUp()
    entry.observers = new Set([
      (state: string) => {
        if (state === "queued") ledger.end(entry, { _tag: "Handle" })
      },
      (state: string) => told.push(state)
    ])
    send(holder())
    ledger.step(entry, "recall")
    assert.deepStrictEqual(told, ["sent", "queued", "settled"])
  })
})
