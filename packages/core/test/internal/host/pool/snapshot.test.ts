import { assert, describe, it } from "@effect/vitest"
import { snapshot } from "../../../../src/internal/host/pool/snapshot.ts"
import * as Family from "../../../../src/internal/host/tasks/family.ts"
import type { HostTask } from "../../../../src/internal/host/tasks/HostTask.ts"
import type { HostWorker } from "../../../../src/internal/host/worker/HostWorker.ts"
import { states } from "../../../../src/internal/machine/workerMachine.ts"
import { makeLifecycle, makeTask } from "../fakes.ts"

interface Shape {
  readonly state?: HostWorker["state"]
  readonly held?: ReadonlyArray<HostTask>
  readonly ahead?: number
}

const worker = ({ ahead = 0, held = [], state = "ready" }: Shape, seat: number) =>
  ({
    id: seat + 10,
    seat,
    state,
    load: held.length,
    held: () => [...held],
    ahead,
    settled: 3,
    outside: { threadId: 5 }
  }) as unknown as HostWorker

const setUp = (...workers: ReadonlyArray<Shape>) => {
  const pool = makeLifecycle()
  const fleet = {
    workers: workers.map(worker),
    readySpares: 2,
    stuck: [{}],
    sizing: { size: 4, bounds: { min: 1, max: 8 } },
    reservations: { holding: 1, waiting: 2 }
  }
  const look = () =>
    snapshot({
      state: "open",
      fleet: fleet as never,
      lifecycle: pool.lifecycle,
      settings: { capacity: 9 } as never
    })
  return { ...pool, look }
}

const named = (name: string) => makeTask({ name })

describe("a snapshot", () => {
  it("total is busy and idle; workers that start or are gone are neither: S161", () => {
    const { look } = setUp({ held: [named("A")] }, {}, { state: "starting" }, { state: "gone" })
    const { busy, idle, total, workers } = look()
    assert.deepStrictEqual({ busy, idle, total }, { busy: 1, idle: 1, total: 2 })
    assert.lengthOf(workers, 4)
  })

  it("counts workers in every other state", () => {
    const { look } = setUp(...states.map((state) => ({ state })))
    assert.strictEqual(look().total, states.length - 2)
  })

  it("counts what waits before the queue and what tasks have called apart from the queue", () => {
    const { admit, lifecycle, look } = setUp()
    lifecycle.queue.push(admit({ id: 1 }))
    lifecycle.suspend(admit({ id: 2 }))
    lifecycle.nested.push(admit({ id: 3 }))
    assert.deepStrictEqual(look().queue, { length: 1, waiting: 2, capacity: 9 })
  })

  it("tells the size, the spares, the stuck workers and the state of the pool", () => {
    const { look } = setUp()
    const { reservations, size, spares, state, stuck } = look()
    assert.deepStrictEqual(
      { reservations, size, spares, state, stuck },
      {
        reservations: { held: 1, waiting: 2 },
        size: { current: 4, min: 1, max: 8 },
        spares: 2,
        state: "open",
        stuck: 1
      }
    )
  })

  it("is of one moment: counts that go on do not change it", () => {
    const { admit, look } = setUp()
    const { counts } = look()
    admit()
    assert.strictEqual(counts.submitted, 0)
    assert.strictEqual(look().counts.submitted, 1)
  })

  it("names what a worker runs, in the order it was sent, and counts what waits behind it", () => {
    const { look } = setUp({ held: ["A", "B", "C"].map(named), ahead: 1 })
    assert.deepStrictEqual(look().workers, [
      {
        slot: 0,
        worker: 10,
        state: "ready",
        threadId: 5,
        pid: undefined,
        running: ["A", "B"],
        ahead: 1,
        settled: 3,
        reserved: false
      }
    ])
  })

  it("what runs in a lent slot runs, whenever it was sent: S145", () => {
    const [parent, ahead, child] = ["Parent", "Ahead", "Child"].map(named) as [HostTask, HostTask, HostTask]
    Family.adopt(parent, child, true)
    Family.lend(new Set(), parent, child)
    const { look } = setUp({ held: [parent, ahead, child], ahead: 1 })
    assert.deepStrictEqual(look().workers[0]?.running, ["Child", "Parent"])
  })
})
