import { assert, describe, it } from "@effect/vitest"
import * as Exit from "effect/Exit"
import { ServedTasks } from "../../../../src/internal/host/dispatch/ServedTask.ts"
import * as Family from "../../../../src/internal/host/tasks/family.ts"
import type { HostTask } from "../../../../src/internal/host/tasks/HostTask.ts"
import { NestedTasks } from "../../../../src/internal/host/worker/NestedTasks.ts"
import { defaults } from "../../../../src/internal/model/defaults.ts"
import type { PoolSettings } from "../../../../src/internal/model/options.ts"
import type { ReturnData } from "../../../../src/protocol/messages/Call.ts"
import * as Message from "../../../../src/protocol/messages/Message.ts"
import { PoolClosed, type Reason } from "../../../../src/TaskError.ts"
import { callData } from "../../../support/callData.ts"
import { makeHolder, makeLifecycle } from "../fakes.ts"

/** The calls of a worker that runs one task, what became of them, and what the worker was told. */
const setUp = (refusal?: Reason) => {
  const pool = makeLifecycle()
  const { clock, lifecycle } = pool
  const submitted: Array<HostTask> = []
  const bound: Array<number> = []
  const said: Array<string> = []
  const returned: Array<ReturnData> = []
  let id = 100
  const calls = new NestedTasks(
    {
      admission: {
        newTaskId: () => id++,
        refusal: () => refusal,
        submit: (task) => {
          submitted.push(task)
          lifecycle.admit(task)
          lifecycle.nested.push(task)
        },
        serviceOf: (service) => ({ line: [], refusalOf: () => undefined, bound: () => bound.push(service) }),
        snapshot: () => ({ total: 1 }) as never
      },
      settings: { grace: 30 } as PoolSettings,
      lifecycle,
      servedTasks: new ServedTasks(30),
      timers: clock.timers
    },
    (call: number, push: (frame: Message.Frame) => void) => {
      const frame = Message.emptyFrame(0, 0)
      push(frame)
      Message.readRequests(frame, {
        accepted: (number, task) => said.push(`accepted ${number} as ${task}`),
        snapshot: (number, { total }) => said.push(`snapshot ${number} of ${total}`),
        returned: (number, what) => {
          assert.strictEqual(number, call)
          said.push(`returned ${number} ${what.how}`)
          returned.push(what)
        }
      })
    }
  )
  const parent = pool.send(makeHolder(), { name: "Parent", payload: "p" })
  /** Sends what was submitted, and answers it. */
  const answer = (task: HostTask, value: unknown) => {
    lifecycle.nested.remove(task)
    lifecycle.step(task, "dispatch")
    task.holder = makeHolder({ release: () => void (task.holder = undefined) })
    lifecycle.onSucceeded(task, value)
  }
  return { ...pool, answer, bound, calls, parent, returned, said, submitted }
}

const tagOf = ({ cause: [reason] }: ReturnData): string => (reason as any)[1].reason._tag

describe("a call of a worker's task", () => {
  it("of a method becomes a task of that service: S286", () => {
    const { bound, calls, parent, submitted } = setUp()
    calls.call(3, parent, "x", callData({ service: 5 }))
    assert.deepStrictEqual(bound, [5])
    assert.deepStrictEqual(submitted[0]?.pin?.line, [])
    calls.call(4, parent, "x", callData())
    assert.deepStrictEqual([bound, submitted[1]?.pin], [[5], undefined])
  })

  it("becomes a task of the pool, and its outcome goes back under the call's number: S145", () => {
    const { answer, calls, parent, returned, said, submitted } = setUp()
    calls.call(3, parent, "x", callData())
    const [task] = submitted as [HostTask]
    assert.deepStrictEqual([task.name, task.payload, Family.parentOf(task)], ["Child", "x", parent])
    assert.deepStrictEqual(said, [])
    answer(task, 42)
    assert.deepStrictEqual(said, ["returned 3 succeeded"])
    assert.strictEqual(returned[0]?.value, 42)
  })

  it("has the limits that it names, and the pool's grace where it names none", () => {
    const { calls, parent, submitted } = setUp()
    calls.call(1, parent, "x", callData({ priority: 2, runLimit: 9 }))
    calls.call(2, parent, "x", callData({ grace: 4 }))
    assert.deepInclude(submitted[0]!.callLimits, { priority: 2, runLimit: 9, grace: 30 })
    assert.strictEqual(submitted[1]!.callLimits.grace, 4)
  })

  it("lends the slot of the one that waits for it at once; a forked one when its handler comes to wait: S145", () => {
    const { calls, lifecycle, parent, said } = setUp()
    calls.call(1, parent, "x", callData({ forked: true }))
    assert.deepStrictEqual(said, ["accepted 1 as 100"])
    assert.deepStrictEqual([...lifecycle.lenders], [])
    calls.await(1)
    assert.deepStrictEqual([...lifecycle.lenders], [parent])
    const other = setUp()
    other.calls.call(1, other.parent, "x", callData())
    assert.deepStrictEqual([...other.lifecycle.lenders], [other.parent])
  })

  it("says that it starts where its run is limited; who lends to whom it cannot say", () => {
    const { calls, parent, submitted } = setUp()
    calls.call(1, parent, "x", callData())
    calls.call(2, parent, "x", callData({ runLimit: 5 }))
    calls.call(3, parent, "x", callData({ extra: { announce: true, lent: true, logLevel: "Info" } }))
    assert.deepStrictEqual(
      submitted.map(({ extra }) => extra),
      [undefined, { announce: true }, { announce: false, lent: false, startsNow: false, logLevel: "Info" }]
    )
  })

  it("whose number is in use is a violation; after its outcome the number is free: S037", () => {
    const { answer, calls, parent, submitted } = setUp()
    calls.call(1, parent, "x", callData())
    assert.throws(() => calls.call(1, parent, "x", callData()), Message.Violation)
    answer(submitted[0]!, 1)
    calls.call(1, parent, "x", callData())
    assert.lengthOf(submitted, 2)
  })
})

describe("a call that is not taken", () => {
  it("of a task that has ended is answered as by a closed pool, and counted: G1", () => {
    const { calls, lifecycle, returned, said, submitted } = setUp()
    calls.call(1, undefined, "x", callData({ items: 3 }))
    assert.deepStrictEqual(said, ["returned 1 failed"])
    assert.strictEqual(tagOf(returned[0]!), "PoolClosed")
    assert.deepStrictEqual(submitted, [])
    assert.strictEqual(lifecycle.counts.rejected, 3)
  })

  it("has the reason that the pool has", () => {
    const { calls, parent, returned, submitted } = setUp(new PoolClosed({ state: "closing" }))
    calls.call(1, parent, "x", callData())
    assert.strictEqual(tagOf(returned[0]!), "PoolClosed")
    assert.deepStrictEqual(submitted, [])
    assert.isUndefined(parent.family)
  })

  /** Calls one within another until one is refused. */
  const nest = (payloadAt: (depth: number) => unknown) => {
    const all = setUp()
    let at = all.parent
    for (let depth = 1; all.said.length === 0; depth++) {
      at.state = "sent"
      all.calls.call(depth, at, payloadAt(depth), callData())
      at = all.submitted.at(-1)!
    }
    return all
  }

  it("is one too deep, and says by which chain it came there: G7", () => {
    const { returned, submitted } = nest((depth) => ({ depth }))
    assert.lengthOf(submitted, defaults.taskDepth)
    assert.strictEqual(tagOf(returned[0]!), "TooDeep")
    const { chain, limit } = (returned[0]!.cause[0] as any)[1].reason
    assert.strictEqual(limit, defaults.taskDepth)
    assert.deepStrictEqual(chain.slice(0, 2), ["Parent", "Child"])
    assert.lengthOf(chain, defaults.taskDepth + 2)
  })

  it("is a deadlock where a caller above it was called with the same: S145", () => {
    const { returned } = nest(() => ({ same: true }))
    assert.strictEqual(tagOf(returned[0]!), "Deadlocked")
    assert.deepStrictEqual((returned[0]!.cause[0] as any)[1].reason.cycle, ["Child", "Child"])
  })
})

describe("the end of a call", () => {
  it("ends the task for the reason that the worker gives; its receipt goes back: G3", () => {
    const { calls, parent, returned, said } = setUp()
    calls.call(1, parent, "x", callData())
    calls.end(1, "caller", undefined)
    assert.deepStrictEqual(said, ["returned 1 ended"])
    assert.strictEqual(returned[0]!.receipt?._tag, "unstarted")
  })

  it("by a signal tells the reason of the abort, rebuilt from what the worker said: S221", () => {
    const { calls, parent, submitted } = setUp()
    calls.call(1, parent, "x", callData())
    const forged = { _tag: "Error", name: "E", message: "stop", stack: "", extra: () => {} } as never
    calls.end(1, "signal", forged)
    const why = submitted[0]!.why as any
    assert.strictEqual(why._tag, "Signal")
    assert.notStrictEqual(why.reason, forged)
    assert.doesNotThrow(() => structuredClone(why.reason))
  })

  it("does nothing to a call that is over, nor do a wait or a new deadline", () => {
    const { answer, calls, clock, lifecycle, parent, said, submitted } = setUp()
    calls.call(1, parent, "x", callData())
    answer(submitted[0]!, 1)
    calls.end(1, "caller", undefined)
    calls.await(1)
    calls.redeadline(1, 5)
    assert.deepStrictEqual(said, ["returned 1 succeeded"])
    assert.strictEqual(clock.armed(), 0)
    assert.deepStrictEqual([...lifecycle.lenders], [])
  })

  it("comes by the limits that the call names, and by a deadline that is set later: G4", () => {
    for (const limit of ["queueLimit", "deadline", "later"] as const) {
      const { calls, clock, parent, returned } = setUp()
      calls.call(1, parent, "x", callData(limit === "later" ? {} : { [limit]: 20 }))
      if (limit === "later") calls.redeadline(1, 20)
      clock.pass(19)
      assert.deepStrictEqual(returned, [])
      clock.pass(1)
      assert.strictEqual(tagOf(returned[0]!), "DeadlineExceeded")
    }
  })

  it("what the call returned with and cannot be cloned is an error of its caller: G10", () => {
    const { calls, returned } = setUp()
    calls.refused(1, { detail: "a function", path: "$.f" })
    assert.deepInclude((returned[0]!.cause[0] as any)[1].reason, { _tag: "NotSerializable", path: "$.f" })
  })

  it("takes along what it had called, but what cannot be interrupted: G2, G3", () => {
    const { calls, lifecycle, parent, said } = setUp()
    calls.call(1, parent, "x", callData())
    calls.call(2, parent, "x", callData({ interruptible: false }))
    lifecycle.end(parent, { _tag: "Caller" })
    assert.deepStrictEqual(said, ["returned 1 ended"])
    parent.reply = Exit.void
    lifecycle.step(parent, "reply")
    assert.deepStrictEqual(said, ["returned 1 ended", "returned 2 ended"])
  })
})

describe("a snapshot", () => {
  it("is told under the number that asked for it", () => {
    const { calls, said } = setUp()
    calls.snapshot(8)
    assert.deepStrictEqual(said, ["snapshot 8 of 1"])
  })
})
