import { assert, describe, it } from "@effect/vitest"
import type { HostTask } from "../../../../src/internal/host/tasks/HostTask.ts"
import type { HostWorker } from "../../../../src/internal/host/worker/HostWorker.ts"
import * as placement from "../../../../src/internal/host/dispatch/placement.ts"

interface Shape {
  readonly held?: number
  /** How many of them run in lent slots. */
  readonly borrowers?: number
  readonly backlog?: number
  readonly accepts?: boolean
  readonly serves?: boolean
  readonly state?: HostWorker["state"]
  readonly ahead?: number
  readonly progressAt?: number
  readonly isPosted?: boolean
  /** How many it still can give back. */
  readonly revocable?: number
  /** When the frame was sent that has arrived, and that nobody has read. */
  readonly unread?: number
}

/** As much of a worker as placement looks at. */
const worker = (shape: Shape = {}) => {
  const held = shape.held ?? 0
  const recalled: Array<number> = []
  return {
    load: held,
    occupied: held - (shape.borrowers ?? 0),
    backlog: shape.backlog ?? 0,
    accepts: shape.accepts ?? true,
    serves: shape.serves ?? true,
    state: shape.state ?? "ready",
    ahead: shape.ahead ?? Math.max(0, held - 1),
    progressAt: shape.progressAt ?? 0,
    isPosted: shape.isPosted ?? true,
    recalled,
    drain() {
      this.progressAt = shape.unread ?? this.progressAt
    },
    recall: (limit = Infinity) => {
      recalled.push(limit)
      return Math.min(limit, shape.revocable ?? Infinity)
    }
  }
}

const places = (...workers: ReadonlyArray<ReturnType<typeof worker> | undefined>) =>
  workers.map((one) => ({ worker: one as unknown as HostWorker | undefined }))

const taskOf = (estimate: number, items?: number) =>
  ({ served: { measure: { estimate } }, items }) as unknown as HostTask
const unknown = taskOf(Infinity)
const short = taskOf(0.1)

/** The index of the chosen place. */
const chosen = (all: ReturnType<typeof places>, task: HostTask, concurrency = 1): number =>
  all.findIndex(
    (place) => place.worker !== undefined && place.worker === placement.choose(all, task, concurrency)
  )

describe("which worker gets a task", () => {
  it("the first one that holds nothing, whatever the others hold", () => {
    assert.strictEqual(chosen(places(worker({ held: 1 }), worker(), worker()), unknown), 1)
    assert.strictEqual(chosen(places(undefined, worker()), unknown), 1)
  })

  it("S068, G7: none beyond its concurrency while nothing is known of the task", () => {
    assert.strictEqual(chosen(places(worker({ held: 1 }), worker({ held: 1 })), unknown), -1)
    assert.strictEqual(chosen(places(worker({ held: 2 }), worker({ held: 1 })), unknown, 2), 1)
    assert.strictEqual(chosen(places(worker({ held: 2 }), worker({ held: 2 })), unknown, 2), -1)
  })

  it("never one that does not accept, idle though it is", () => {
    assert.strictEqual(chosen(places(worker({ accepts: false }), worker({ held: 1 })), short), 1)
    assert.strictEqual(chosen(places(worker({ accepts: false }), undefined), short), -1)
    assert.strictEqual(chosen([], short), -1)
  })

  it("a task proven short goes ahead of need, to the worker that holds the fewest", () => {
    const all = places(worker({ held: 5, backlog: 500 }), worker({ held: 3, backlog: 300 }))
    assert.strictEqual(chosen(all, short), 1)
  })

  it("G7: no worker holds more than two milliseconds of work ahead", () => {
    assert.strictEqual(chosen(places(worker({ held: 9, backlog: 1900 })), short), 0)
    assert.strictEqual(chosen(places(worker({ held: 10, backlog: 1950 })), short), -1)
    assert.strictEqual(chosen(places(worker({ held: 1, backlog: 0 })), taskOf(2.01)), -1)
    const all = places(worker({ held: 2, backlog: 1950 }), worker({ held: 7, backlog: 1700 }))
    assert.strictEqual(chosen(all, short), 1)
  })

  it("a chunk counts as long as all its items, and one that was sized to its time may wait behind another", () => {
    const all = places(worker({ held: 1, backlog: 2000 }))
    assert.strictEqual(chosen(all, taskOf(0.1, 20)), 0)
    assert.strictEqual(chosen(all, taskOf(0.1, 41)), -1)
    assert.strictEqual(chosen(places(worker({ held: 2, backlog: 4100 })), taskOf(0.1, 20)), -1)
    assert.strictEqual(chosen(all, taskOf(2)), -1)
  })

  it("a pinned task fits where one more can start at once", () => {
    const one = (shape: Shape) => places(worker(shape))[0]!.worker!
    assert.isTrue(placement.hasRoom(one({ held: 1 }), 2))
    assert.isFalse(placement.hasRoom(one({ held: 2 }), 2))
    assert.isFalse(placement.hasRoom(one({ held: 0, serves: false }), 2))
    // One that leaves takes no other task.
    assert.isTrue(placement.hasRoom(one({ held: 0, accepts: false }), 2))
  })
})

describe("what goes back to the queue", () => {
  it("G8: an idle worker gets half of what the fullest one has not started", () => {
    const [full, fuller] = [worker({ held: 4 }), worker({ held: 8 })]
    assert.isTrue(placement.rebalance(places(full, fuller, worker())))
    assert.deepStrictEqual([full.recalled, fuller.recalled], [[], [4]])
  })

  it("nothing moves without an idle worker, or without anyone to relieve", () => {
    const busy = worker({ held: 4 })
    assert.isFalse(placement.rebalance(places(busy, worker({ held: 1 }))))
    assert.isFalse(placement.rebalance(places(busy, worker({ accepts: false }))))
    assert.isFalse(placement.rebalance(places(busy, worker({ state: "starting" }), undefined)))
    assert.deepStrictEqual(busy.recalled, [])
    assert.isFalse(placement.rebalance(places(worker({ held: 1 }), worker())))
  })

  it("G6: a worker that has started everything meanwhile gives nothing back", () => {
    assert.isFalse(placement.rebalance(places(worker({ held: 4, revocable: 0 }), worker())))
  })

  it("G8: what waits behind a task that turned out long is taken back after 5 ms without an answer", () => {
    const late = worker({ held: 3, progressAt: 0 })
    const fresh = worker({ held: 3, progressAt: 2 })
    const alone = worker({ held: 1, progressAt: 0 })
    placement.recallOverdue(places(late, fresh, alone, undefined), 5.1)
    assert.deepStrictEqual([late.recalled, fresh.recalled, alone.recalled], [[Infinity], [], []])
  })

  it("nothing is taken back from a worker that has answered, when it was the host that had no time to read", () => {
    const unread = worker({ held: 3, progressAt: 0, unread: 5 })
    placement.recallOverdue(places(unread), 5.1)
    assert.deepStrictEqual(unread.recalled, [])
    const unposted = worker({ held: 3, progressAt: 0, isPosted: false })
    placement.recallOverdue(places(unposted), 5.1)
    assert.deepStrictEqual(unposted.recalled, [])
  })
})
