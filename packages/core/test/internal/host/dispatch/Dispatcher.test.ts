import { assert, describe, it } from "@effect/vitest"
import { Dispatcher } from "../../../../src/internal/host/dispatch/Dispatcher.ts"
import type { Posting } from "../../../../src/internal/host/dispatch/posting.ts"
import * as Family from "../../../../src/internal/host/tasks/family.ts"
import type { HostTask } from "../../../../src/internal/host/tasks/HostTask.ts"
import type { HostWorker } from "../../../../src/internal/host/worker/HostWorker.ts"
import type { PoolSettings } from "../../../../src/internal/model/options.ts"
import type { WorkerTransport } from "../../../../src/WorkerTransport.ts"
import { makeHolder, makeLifecycle } from "../fakes.ts"

/** Workers that take one task each, and what was sent and posted to whom. */
const setUp = (options: { readonly workers?: number; readonly capacity?: number } = {}) => {
  const pool = makeLifecycle()
  const { lifecycle, signals } = pool
  const done: Array<string> = []
  const turns: Array<() => void> = []
  const workers = Array.from({ length: options.workers ?? 1 }, (__, index) => {
    const held = new Set<HostTask>()
    const name = index + 1
    const holder = makeHolder({ id: name, release: (task) => void held.delete(task) })
    const worker = {
      ...holder,
      state: "ready",
      serves: true,
      accepts: true,
      leaving: false,
      mayBorrow: true,
      pinned: [] as Array<HostTask>,
      ahead: 0,
      isPosted: true,
      progressAt: 0,
      backlog: 0,
      dirty: false,
      /** When its messages are posted. */
      posting: "endOfTurn" as Posting,
      get load() {
        return held.size
      },
      get occupied() {
        return [...held].filter((task) => task.family?.lender === undefined).length
      },
      whenToPost(_: boolean, isCorked: boolean): Posting {
        return isCorked ? "endOfTurn" : this.posting
      },
      send(task: HostTask) {
        const wasIdle = held.size === 0
        held.add(task)
        task.holder = worker as never
        done.push(`send ${task.id} to ${name}`)
        dispatcher.schedule(worker as never, wasIdle)
      },
      flush: () => void done.push(`post to ${name}`),
      leave: () => void done.push(`leave ${name}`),
      drain: () => void done.push(`drain ${name}`),
      recall: () => 0
    }
    return worker
  })
  const seats = workers.map((worker) => ({ worker: worker as unknown as HostWorker, isOpen: true }))
  const dispatcher = new Dispatcher(
    seats,
    lifecycle,
    { concurrency: 1, capacity: options.capacity ?? 10 } as PoolSettings,
    { endOfTurn: (callback: () => void) => turns.push(callback) } as unknown as WorkerTransport["Service"],
    pool.clock.timers,
    signals
  )
  const queue = (...ids: ReadonlyArray<number>) =>
    ids.map((id) => {
      const task = pool.admit({ id })
      lifecycle.queue.push(task)
      return task
    })
  const endTurn = () => {
    for (const turn of turns.splice(0)) turn()
  }
  /** What was done since the last look. */
  const since = () => done.splice(0)
  return { ...pool, dispatcher, endTurn, queue, since, turns, workers }
}

describe("handing out", () => {
  it("first come, first served: G8", () => {
    const { dispatcher, lifecycle, queue, since, workers } = setUp({ workers: 2 })
    const [first] = queue(1, 2, 3)
    dispatcher.pump()
    assert.deepStrictEqual(since(), ["send 1 to 1", "send 2 to 2"])
    lifecycle.onSucceeded(first!, 1)
    workers[0]!.release(first!)
    dispatcher.pump()
    assert.deepStrictEqual(since(), ["send 3 to 1"])
  })

  it("a new task is sent at once only where nothing is before it: G8", () => {
    const { admit, dispatcher, queue, since } = setUp()
    const task = admit({ id: 2 })
    assert.isTrue(dispatcher.canTake(task))
    queue(1)
    assert.isFalse(dispatcher.canTake(task))
    assert.isFalse(dispatcher.sendNow(task))
    assert.deepStrictEqual(since(), [])
  })

  it("a new task that no worker can take is not sent", () => {
    const { admit, dispatcher } = setUp()
    assert.isTrue(dispatcher.sendNow(admit({ id: 1 })))
    assert.isFalse(dispatcher.canTake(admit({ id: 2 })))
    assert.isFalse(dispatcher.sendNow(admit({ id: 2 })))
  })

  it("suspended callers enter only where the queue has room, in order: G7", () => {
    const { admit, dispatcher, lifecycle, queue, since, workers } = setUp({ capacity: 1 })
    const [first] = queue(1)
    for (const id of [2, 3]) lifecycle.suspend(admit({ id }))
    dispatcher.pump()
    assert.deepStrictEqual(since(), ["send 1 to 1"])
    assert.deepStrictEqual([lifecycle.queue.length, lifecycle.waiting.length], [1, 1])
    lifecycle.onSucceeded(first!, 1)
    workers[0]!.release(first!)
    dispatcher.pump()
    assert.deepStrictEqual(since(), ["send 2 to 1"])
    assert.deepStrictEqual([lifecycle.queue.length, lifecycle.waiting.length], [1, 0])
  })

  it("what has waited before the queue goes straight to a worker where there is no queue: G7", () => {
    const { admit, dispatcher, lifecycle, since } = setUp({ capacity: 0 })
    lifecycle.suspend(admit({ id: 1 }))
    dispatcher.pump()
    assert.deepStrictEqual(since(), ["send 1 to 1"])
    assert.strictEqual(lifecycle.queue.length, 0)
  })

  it("says that a task waits and no worker can take it", () => {
    const { dispatcher, queue, signals } = setUp()
    let starved = 0
    signals.pool.queueStarved.subscribe(() => starved++)
    queue(1)
    dispatcher.pump()
    assert.strictEqual(starved, 0)
    queue(2)
    dispatcher.pump()
    assert.strictEqual(starved, 1)
  })

  it("a place that is free is filled at once", () => {
    const { queue, signals, since } = setUp()
    queue(1)
    signals.tasks.placeFreed.tell()
    assert.deepStrictEqual(since(), ["send 1 to 1"])
  })

  it("what is bound to a worker goes there, before the queue; one that is to leave is reminded", () => {
    const { admit, dispatcher, queue, since, workers } = setUp({ workers: 2 })
    const [, second] = workers as [unknown, (typeof workers)[number]]
    second.pinned.push(admit({ id: 9 }))
    second.leaving = true
    second.accepts = false
    queue(1, 2)
    dispatcher.pump()
    assert.deepStrictEqual(since(), ["send 9 to 2", "leave 2", "send 1 to 1"])
  })

  it("tasks that were called stand in one line with the others: neither can starve the other: G8", () => {
    const { admit, dispatcher, lifecycle, queue, send, since } = setUp({ workers: 3 })
    const parent = send(makeHolder(), { id: 1 })
    for (const id of [3, 5]) {
      const child = admit({ id })
      Family.adopt(parent, child, true)
      lifecycle.nested.push(child)
    }
    queue(2, 4)
    dispatcher.pump()
    assert.deepStrictEqual(since(), ["send 2 to 1", "send 3 to 2", "send 4 to 3"])
  })

  it("in a full pool a called task takes the slot of an ancestor that waits for it, and nobody else's: S145", () => {
    const { admit, dispatcher, lifecycle, queue, send, since } = setUp()
    const [parent] = queue(1)
    dispatcher.pump()
    const stranger = admit({ id: 2 })
    Family.adopt(send(makeHolder(), { id: 9 }), stranger, true)
    lifecycle.nested.push(stranger)
    const child = admit({ id: 3 })
    Family.adopt(parent!, child, true)
    lifecycle.nested.push(child)
    dispatcher.pump()
    assert.deepStrictEqual(since(), ["send 1 to 1"])
    Family.awaitChild(lifecycle.lenders, child)
    dispatcher.pump()
    assert.deepStrictEqual(since(), ["send 3 to 1"])
    assert.strictEqual(child.family?.lender, parent)
    assert.deepStrictEqual(lifecycle.nested.toArray(), [stranger])
    assert.strictEqual(lifecycle.lenders.size, 0)
  })

  it("tells of a task that it was sent when it was", () => {
    const { dispatcher, queue, signals, since } = setUp()
    const told: Array<unknown> = []
    signals.tasks.sent.subscribe((task, worker) => told.push([task.id, worker, task.state, ...since()]))
    queue(1)
    dispatcher.pump()
    assert.deepStrictEqual(told, [[1, 1, "sent", "send 1 to 1"]])
  })
})

describe("posting", () => {
  it("what is due now leaves now", () => {
    const { admit, dispatcher, since, turns, workers } = setUp()
    workers[0]!.posting = "now"
    dispatcher.sendNow(admit())
    assert.deepStrictEqual(since(), ["send 1 to 1", "post to 1"])
    assert.lengthOf(turns, 0)
  })

  it("what one turn says leaves at its end, in one post for each worker", () => {
    const { dispatcher, endTurn, queue, since, turns, workers } = setUp({ workers: 2 })
    queue(1, 2)
    dispatcher.pump()
    dispatcher.schedule(workers[0] as never, false)
    since()
    assert.lengthOf(turns, 1)
    endTurn()
    assert.deepStrictEqual(since(), ["post to 1", "post to 2"])
    endTurn()
    assert.deepStrictEqual(since(), [])
  })

  it("what a fed worker has lined up waits for its next reply", () => {
    const { dispatcher, endTurn, queue, since, workers } = setUp()
    const [worker] = workers
    worker!.posting = "withNextReply"
    queue(1)
    dispatcher.pump()
    endTurn()
    assert.deepStrictEqual(since(), ["send 1 to 1"])
    dispatcher.cork()
    worker!.posting = "endOfTurn"
    dispatcher.uncork()
    assert.deepStrictEqual(since(), ["post to 1"])
  })

  it("a worker whose tasks were withdrawn sends no reply: what waits for it leaves at the end of the turn", () => {
    const { dispatcher, endTurn, queue, since, signals, workers } = setUp()
    const [worker] = workers
    worker!.posting = "withNextReply"
    queue(1)
    dispatcher.pump()
    endTurn()
    worker!.posting = "endOfTurn"
    signals.tasks.placeFreed.tell()
    endTurn()
    assert.deepStrictEqual(since(), ["send 1 to 1", "post to 1"])
  })
})

describe("while replies are read", () => {
  it("nothing is handed out and nothing leaves; then each worker gets one post, and the batch is over", () => {
    const { dispatcher, lifecycle, queue, signals, since, turns, workers } = setUp({ workers: 2 })
    for (const worker of workers) worker.posting = "now"
    const done: Array<string> = []
    signals.pool.batchEnded.subscribe(() => done.push(...since(), "batch ended"))
    dispatcher.cork()
    queue(1, 2)
    dispatcher.pump()
    dispatcher.sendNow(lifecycle.queue.peek()!)
    assert.deepStrictEqual(since(), [])
    workers[0]!.posting = workers[1]!.posting = "endOfTurn"
    dispatcher.uncork()
    assert.deepStrictEqual(done.slice(-5), [
      "send 1 to 1",
      "send 2 to 2",
      "post to 1",
      "post to 2",
      "batch ended"
    ])
    assert.lengthOf(turns, 0)
  })

  it("frames that are read within another count as one batch", () => {
    const { dispatcher, queue, signals, since } = setUp()
    let batches = 0
    signals.pool.batchEnded.subscribe(() => batches++)
    dispatcher.cork()
    dispatcher.cork()
    queue(1)
    dispatcher.uncork()
    assert.deepStrictEqual([batches, since()], [0, []])
    dispatcher.uncork()
    assert.deepStrictEqual([batches, since()], [1, ["send 1 to 1", "post to 1"]])
  })

  it("a task that is submitted meanwhile is sent, and posted with the rest", () => {
    const { admit, dispatcher, since, workers } = setUp()
    workers[0]!.posting = "now"
    dispatcher.cork()
    assert.isTrue(dispatcher.sendNow(admit()))
    assert.deepStrictEqual(since(), ["send 1 to 1"])
    dispatcher.uncork()
    assert.deepStrictEqual(since(), ["post to 1"])
  })

  it("a worker that is overdue is heard before what it has not started is taken back, while others wait", () => {
    const { clock, dispatcher, queue, since, workers } = setUp()
    const [worker] = workers
    queue(1)
    dispatcher.pump()
    worker!.ahead = 1
    clock.pass(6)
    dispatcher.cork()
    dispatcher.uncork()
    assert.notInclude(since(), "drain 1")
    queue(2)
    dispatcher.cork()
    dispatcher.uncork()
    assert.include(since(), "drain 1")
  })
})
