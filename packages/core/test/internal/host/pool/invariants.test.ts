import { assert, describe, it } from "@effect/vitest"
import { Seats } from "../../../../src/internal/host/fleet/Seats.ts"
import { type Checked, findBroken } from "../../../../src/internal/host/pool/invariants.ts"
import * as Family from "../../../../src/internal/host/tasks/family.ts"
import type { HostTask } from "../../../../src/internal/host/tasks/HostTask.ts"
import type { HostWorker } from "../../../../src/internal/host/worker/HostWorker.ts"
import { makeHolder, makeLifecycle } from "../fakes.ts"

type Worker = {
  -readonly [K in "id" | "seat" | "load" | "backlog" | "pinned" | "reserved"]: HostWorker[K]
} & {
  held: () => Array<HostTask>
}

/** A sound pool: worker 4 in seat 0 runs task 1, task 2 is queued, task 3 waits before the queue, 4 is nested. */
const setUp = () => {
  const pool = makeLifecycle()
  const { lifecycle } = pool
  const running = pool.send(makeHolder(), { id: 1 })
  running.estimate = 10
  const worker: Worker = {
    id: 4,
    seat: 0,
    load: 1,
    backlog: 10,
    pinned: [],
    reserved: "no",
    held: () => [running]
  }
  const host = worker as HostWorker
  running.holder = host
  const queued = pool.admit({ id: 2 })
  lifecycle.queue.push(queued)
  const waiting = pool.admit({ id: 3 })
  lifecycle.suspend(waiting)
  const nested = pool.admit({ id: 4 })
  Family.adopt(running, nested, true)
  lifecycle.nested.push(nested)
  const seats = new Seats()
  seats.seat(host, seats.openOne(1))
  const sizing = { size: 1 }
  const fleet = { all: [host], workers: [host], seats, sizing } as unknown as Checked["fleet"]
  const services = {
    broken: undefined as string | undefined,
    findBroken: (): string | undefined => services.broken
  }
  return { checked: { fleet, lifecycle, services }, nested, queued, running, sizing, waiting, worker }
}

type Pool = ReturnType<typeof setUp>

const rows: ReadonlyArray<readonly [broken: string, breakIt: (pool: Pool) => void]> = [
  ["task 2 is sent in the queue", ({ queued }) => void (queued.state = "sent")],
  ["task 3 is queued in the line before the queue", ({ waiting }) => void (waiting.state = "queued")],
  ["task 4 is running in the line of nested tasks", ({ nested }) => void (nested.state = "running")],
  ["task 2 is in the queue while worker 7 holds it", ({ queued }) => void (queued.holder = makeHolder())],
  ["worker 4 counts 2 tasks and holds 1", ({ worker }) => void (worker.load = 2)],
  ["worker 4 holds task 1, whose holder is undefined", ({ running }) => void (running.holder = undefined)],
  ["worker 4 holds task 1, whose holder is 7", ({ running }) => void (running.holder = makeHolder())],
  ["worker 4 holds task 1, which is settled", ({ running }) => void (running.state = "settled")],
  ["worker 4 counts a backlog of 11, and its tasks sum up to 10", ({ worker }) => void (worker.backlog = 11)],
  ["worker 4 is reserved, and holds task 1 of the pool", ({ worker }) => void (worker.reserved = "held")],
  ["seat 0 has worker 4, which says seat 1", ({ worker }) => void (worker.seat = 1)],
  ["1 seats are open, and 2 are counted", ({ sizing }) => void (sizing.size = 2)],
  [
    "task 2 lends its slot while it is queued",
    ({ checked, queued }) => void checked.lifecycle.lenders.add(queued)
  ],
  [
    "task 1 lends its slot twice",
    ({ checked, nested, running }) => {
      Family.lend(checked.lifecycle.lenders, running, nested)
      checked.lifecycle.lenders.add(running)
    }
  ],
  [
    "the service Counter runs 2 methods at a time",
    ({ checked }) => void (checked.services.broken = "the service Counter runs 2 methods at a time")
  ],
  ["5 tasks wait or run, and 4 are counted as open", ({ queued, worker }) => void worker.pinned.push(queued)]
]

describe("invariants of a pool", () => {
  it("hold in a sound one", () => {
    assert.isUndefined(findBroken(setUp().checked))
  })

  for (const [broken, breakIt] of rows) {
    it(`are broken where ${broken}`, () => {
      const pool = setUp()
      breakIt(pool)
      assert.strictEqual(findBroken(pool.checked), broken)
    })
  }

  it("hold where a worker still runs what its caller has abandoned, which is counted no more: S047", () => {
    const pool = setUp()
    const { checked, running } = pool
    checked.lifecycle.queue.remove(pool.queued)
    running.state = "abandoned"
    assert.isUndefined(findBroken({ ...checked, lifecycle: { ...linesOf(checked), unsettled: 2 } }))
  })

  it("hold where a reserved worker runs a task of its holder, or what that task called: S250", () => {
    const { checked, running, worker } = setUp()
    worker.reserved = "held"
    running.bind({ line: worker.pinned })
    assert.isUndefined(findBroken(checked))
  })

  it("hold where a seat is closed while its worker finishes: G1", () => {
    const { checked, sizing } = setUp()
    checked.fleet.seats.close(0)
    sizing.size = 0
    assert.isUndefined(findBroken(checked))
  })
})

const linesOf = ({ lifecycle: { lenders, nested, queue, waiting } }: Checked) => ({
  lenders,
  nested,
  queue,
  waiting
})
