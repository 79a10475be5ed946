import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import type * as Exit from "effect/Exit"
import * as Family from "../../../../src/internal/host/tasks/family.ts"
import type { HostTask, Holder } from "../../../../src/internal/host/tasks/HostTask.ts"
import { PoolClosed } from "../../../../src/TaskError.ts"
import { makeHolder, makeLifecycle, type TaskParts } from "../fakes.ts"

/** A pool's lifecycle that tells how each task was settled, and in which order things were told. */
const setUp = () => {
  const pool = makeLifecycle()
  const told: Array<string> = []
  const exits: Array<Exit.Exit<any, any>> = []
  const telling = (parts: TaskParts): TaskParts => ({
    ...parts,
    onSettled: (exit, outcome, receipt) => {
      exits.push(exit)
      told.push(`${parts.id ?? 1} ${outcome}${receipt === undefined ? "" : ` ${receipt._tag}`}`)
    }
  })
  const admit = (parts: TaskParts = {}) => pool.admit(telling(parts))
  const send = (parts: TaskParts = {}, holder: Partial<Holder> = {}) =>
    pool.send(makeHolder({ release: (task) => void (task.holder = undefined), ...holder }), telling(parts))
  const queue = (parts: TaskParts = {}) => {
    const task = admit(parts)
    pool.lifecycle.queue.push(task)
    return task
  }
  return { ...pool, admit, exits, queue, send, told }
}

const reasonOf = (exit: Exit.Exit<any, any> | undefined): any =>
  exit?._tag === "Failure" ? (Cause.squash(exit.cause) as any).reason : undefined

describe("one outcome", () => {
  it("a reply settles its task once; whatever comes after it is late: G1, S053", () => {
    const { lifecycle, send, told } = setUp()
    const task = send()
    lifecycle.onSucceeded(task, 1)
    lifecycle.onSucceeded(task, 2)
    lifecycle.end(task, { _tag: "Caller" })
    assert.deepStrictEqual(told, ["1 succeeded"])
    assert.strictEqual(lifecycle.counts.late, 1)
  })

  it("counts items, so that submitted is what has ended and what has not: S161", () => {
    const { admit, lifecycle, send } = setUp()
    lifecycle.onSucceeded(send({ items: 3 }), [1, 2, 3])
    admit({ id: 2 })
    lifecycle.refused("rejected", 2)
    assert.deepInclude(lifecycle.counts, { submitted: 6, succeeded: 3, rejected: 2 })
    assert.strictEqual(lifecycle.unsettled, 1)
  })

  it("is told to the pool first, then to the caller, then that nothing is open: S218", () => {
    const { lifecycle, send, signals, told } = setUp()
    signals.tasks.settled.subscribe((_, outcome) => told.push(`pool ${outcome}`))
    signals.pool.becameIdle.subscribe(() => told.push("idle"))
    const task = send()
    lifecycle.whenIdle(() => told.push("heard"))
    lifecycle.onSucceeded(task, 1)
    assert.deepStrictEqual(told, ["pool succeeded", "1 succeeded", "idle", "heard"])
    lifecycle.whenIdle(() => told.push("at once"))
    assert.strictEqual(told.at(-1), "at once")
  })

  it("the last child of a task that has ended is heard before the task, and the pool is idle once, after both: G2", () => {
    const { lifecycle, send, signals, told } = setUp()
    signals.pool.becameIdle.subscribe(() => told.push("idle"))
    const parent = send()
    const child = send({ id: 2 })
    Family.adopt(parent, child, false)
    lifecycle.whenIdle(() => told.push("heard"))
    lifecycle.onSucceeded(parent, 1)
    assert.deepStrictEqual(told, [])
    lifecycle.onSucceeded(child, 1)
    assert.deepStrictEqual(told, ["2 interrupted clean", "1 succeeded", "idle", "heard"])
  })

  it("a caller that submits again, and hears at once, leaves the pool idle once", () => {
    const { admit, lifecycle, queue, signals, send, told } = setUp()
    signals.pool.becameIdle.subscribe(() => told.push("idle"))
    const task = send()
    task.answer(() => lifecycle.end(queue({ id: 2 }), { _tag: "Caller" }))
    lifecycle.onSucceeded(task, 1)
    assert.deepStrictEqual(told, ["2 interrupted unstarted", "idle"])
    admit({ id: 3 })
    assert.strictEqual(lifecycle.unsettled, 1)
  })

  it("a caller that throws costs the pool nothing: S218", () => {
    const { lifecycle, send, thrown } = setUp()
    const task = send()
    task.answer(() => {
      throw new Error("observer")
    })
    lifecycle.onSucceeded(task, 1)
    assert.lengthOf(thrown, 1)
    assert.strictEqual(lifecycle.unsettled, 0)
  })

  it("ends every limit and forgets the payload: G2, S146", () => {
    const { clock, lifecycle, send } = setUp()
    const task = send({ payload: {}, limits: { runLimit: 5 } })
    lifecycle.started(task)
    assert.strictEqual(clock.armed(), 1)
    lifecycle.onSucceeded(task, 1)
    assert.strictEqual(clock.armed(), 0)
    assert.isUndefined(task.payload)
  })

  it("of a task whose children have not ended comes after theirs: G2", () => {
    const { lifecycle, send, signals, told } = setUp()
    const settled: Array<number> = []
    signals.tasks.settled.subscribe(({ id }) => settled.push(id))
    const [parent, child] = [send({ id: 1 }), send({ id: 2 })]
    Family.adopt(parent, child, false)
    lifecycle.onSucceeded(parent, 1)
    assert.deepStrictEqual([child.state, told], ["interrupting", []])
    lifecycle.onSucceeded(child, 1)
    assert.deepStrictEqual(settled, [2, 1])
    assert.sameMembers(told, ["1 succeeded", "2 interrupted clean"])
  })
})

describe("what a worker replies", () => {
  it("that does not fit the schema is malformed, and costs no worker: G10", () => {
    const { exits, lifecycle, send } = setUp()
    const policy = { validate: "both" } as const
    lifecycle.onSucceeded(send({ policy }), "no number")
    lifecycle.onFailed(send({ policy }), [["Fail", 3]])
    assert.deepStrictEqual(
      exits.map((exit) => reasonOf(exit)._tag),
      ["Malformed", "Malformed"]
    )
  })

  it("to many payloads is as many results: G1", () => {
    const { exits, lifecycle, send } = setUp()
    for (const value of [[1], [1, 2, 3], "ab", undefined]) lifecycle.onSucceeded(send({ items: 2 }), value)
    for (const exit of exits) assert.match(reasonOf(exit).detail, /expected 2 results/)
    lifecycle.onSucceeded(send({ items: 2 }), Float64Array.of(1, 2))
    assert.deepStrictEqual([...(exits.at(-1) as Exit.Success<any>).value], [1, 2])
  })

  it("a payload that cannot be cloned is the caller's error, and its place is free: G10", () => {
    const { exits, lifecycle, send, signals } = setUp()
    let freed = 0
    signals.tasks.placeFreed.subscribe(() => freed++)
    lifecycle.onRefused(send(), { detail: "a function", path: "$.f" })
    assert.deepInclude(reasonOf(exits[0]), { _tag: "NotSerializable", path: "$.f", detail: "a function" })
    assert.strictEqual(freed, 1)
  })
})

describe("the end of a task", () => {
  it("that waits takes it out at once: G3", () => {
    const { lifecycle, queue, told } = setUp()
    lifecycle.end(queue(), { _tag: "Caller" })
    assert.deepStrictEqual(told, ["1 interrupted unstarted"])
    assert.strictEqual(lifecycle.queue.length, 0)
  })

  it("that is bound to a worker takes it out of that worker's own line", () => {
    const { admit, lifecycle, told } = setUp()
    const task = admit()
    const line: Array<HostTask> = [task]
    task.bind({ line })
    lifecycle.end(task, { _tag: "Caller" })
    assert.deepStrictEqual(line, [])
    assert.deepStrictEqual(told, ["1 interrupted unstarted"])
  })

  it("that a worker has not started takes it back, and the worker is looked at before its caller hears: G3", () => {
    const { lifecycle, send, told } = setUp()
    const task = send({}, { revoke: () => true, suspect: () => told.push("suspected") })
    lifecycle.end(task, { _tag: "Caller" })
    assert.deepStrictEqual(told, ["suspected", "1 interrupted unstarted"])
  })

  it("hears first what has arrived: a reply that came before is the outcome: G1", () => {
    const { lifecycle, send, told } = setUp()
    const task = send({}, { hear: () => lifecycle.onSucceeded(task, 1) })
    lifecycle.end(task, { _tag: "Caller" })
    assert.deepStrictEqual(told, ["1 succeeded"])
  })

  it("that runs goes down the ladder: it is asked, then its worker is ended after the grace: G4", () => {
    const { clock, lifecycle, send, told } = setUp()
    const task = send(
      { limits: { grace: 10 } },
      { ask: () => told.push("asked"), escalate: () => told.push("escalated") }
    )
    lifecycle.end(task, { _tag: "Caller" })
    assert.deepStrictEqual(told, ["asked"])
    clock.pass(9)
    assert.strictEqual(task.state, "interrupting")
    clock.pass(1)
    assert.deepStrictEqual(told, ["asked", "escalated"])
    assert.strictEqual(task.state, "terminating")
  })

  it("a grace begins when what the task had called has ended: G4", () => {
    const { admit, clock, lifecycle, send, told } = setUp()
    const parent = send({ id: 1, limits: { grace: 10 } }, { escalate: () => told.push("escalated") })
    const child = admit({ id: 2 })
    Family.adopt(parent, child, true)
    lifecycle.step(child, "dispatch")
    child.holder = makeHolder()
    lifecycle.end(parent, { _tag: "Caller" })
    clock.pass(5)
    assert.deepStrictEqual([child.state, told], ["terminating", []])
    lifecycle.onSucceeded(child, 1)
    clock.pass(9)
    assert.notInclude(told, "escalated")
    clock.pass(1)
    assert.include(told, "escalated")
  })

  it("the first reason stands; the end is measured from it: G3", () => {
    const { clock, lifecycle, send } = setUp()
    const task = send({ limits: { grace: Infinity } })
    let millis: number | undefined
    task.answer((_, __, receipt) => (millis = receipt?.millis))
    lifecycle.end(task, { _tag: "Caller" })
    clock.pass(3)
    lifecycle.end(task, { _tag: "PoolClosing" })
    clock.pass(4)
    assert.strictEqual(task.why?._tag, "Caller")
    lifecycle.onFailed(task, [["Interrupt"]])
    assert.strictEqual(millis, 7)
  })

  it("a caller that abandons its task hears at once, and the reply is late: S047", () => {
    const { lifecycle, send, told } = setUp()
    const task = send({ limits: { onInterrupt: "abandon" } })
    lifecycle.end(task, { _tag: "Caller" })
    assert.deepStrictEqual(told, ["1 interrupted abandoned"])
    assert.strictEqual(task.state, "abandoned")
    lifecycle.onSucceeded(task, 1)
    assert.deepStrictEqual(told, ["1 interrupted abandoned"])
    assert.strictEqual(lifecycle.counts.late, 1)
  })

  it("whoever else ends such a task waits: only a caller abandons: G3", () => {
    const { lifecycle, send, told } = setUp()
    const task = send({ limits: { onInterrupt: "abandon" } })
    lifecycle.end(task, { _tag: "Handle" })
    assert.deepStrictEqual([task.state, told], ["interrupting", []])
  })

  it("of what has not started does nothing to what has", () => {
    const { lifecycle, send, told } = setUp()
    const why = { _tag: "Refused", reason: new PoolClosed({ state: "closing" }) } as const
    lifecycle.refuseUnstarted(send({ id: 1 }), why)
    lifecycle.refuseUnstarted(send({ id: 2 }, { revoke: () => true }), why)
    assert.deepStrictEqual(told, ["2 rejected"])
  })

  it("the limit of a run begins with the run: G4", () => {
    const { clock, exits, lifecycle, send } = setUp()
    const task = send({ limits: { runLimit: 10 } })
    clock.pass(50)
    lifecycle.started(task)
    clock.pass(9)
    assert.strictEqual(task.state, "running")
    clock.pass(1)
    assert.strictEqual(task.state, "interrupting")
    lifecycle.onFailed(task, [["Interrupt"]])
    assert.deepInclude(reasonOf(exits[0]), { _tag: "DeadlineExceeded", phase: "run", limit: 10 })
  })
})

describe("what goes back to the queue", () => {
  it("goes where its number belongs, and is counted: G8", () => {
    const { lifecycle, queue, send } = setUp()
    const task = send({ id: 1 })
    queue({ id: 2 })
    lifecycle.step(task, "recall")
    assert.deepStrictEqual([lifecycle.queue.peek(), lifecycle.counts.requeued], [task, 1])
  })

  it("is bound to a worker or was called by a task: each stands in its own line", () => {
    const { lifecycle, send } = setUp()
    const line: Array<HostTask> = []
    const [bound, called] = [send({ id: 1 }), send({ id: 2 })]
    bound.bind({ line })
    Family.adopt(send({ id: 3 }), called, true)
    lifecycle.step(bound, "recall")
    lifecycle.step(called, "recall")
    assert.deepStrictEqual([line, lifecycle.nested.toArray(), lifecycle.queue.length], [[bound], [called], 0])
  })

  it("is refused where the pool takes nothing back; while it finishes, but for what a task has called", () => {
    for (const takesChildren of [true, false]) {
      const { lifecycle, send, told } = setUp()
      const [root, parent, child] = [send({ id: 1 }), send({ id: 2 }), send({ id: 3 })]
      Family.adopt(parent, child, true)
      const reason = new PoolClosed({ state: "closing" })
      if (takesChildren) lifecycle.takeNoRootsBack(reason)
      else lifecycle.takeNothingBack(reason)
      lifecycle.step(root, "recall")
      lifecycle.step(child, "recall")
      assert.deepStrictEqual(told, takesChildren ? ["1 rejected"] : ["1 rejected", "3 rejected"])
    }
  })

  it("has no limit of its run any more: that begins anew with the next run", () => {
    const { clock, lifecycle, send } = setUp()
    const task = send({ policy: { idempotent: true }, limits: { runLimit: 10 } })
    lifecycle.started(task)
    lifecycle.step(task, "exitRetry")
    clock.pass(10)
    assert.strictEqual(task.state, "queued")
  })
})
