import { assert, describe, it } from "@effect/vitest"
import { Seats } from "../../../../src/internal/host/fleet/Seats.ts"
import type { HostWorker } from "../../../../src/internal/host/worker/HostWorker.ts"

const worker = (): HostWorker => ({ seat: undefined }) as HostWorker

/** So many open seats, each with a worker. */
const seated = (count: number) => {
  const seats = new Seats()
  const workers = Array.from({ length: count }, () => {
    const one = worker()
    seats.seat(one, seats.openOne(count))
    return one
  })
  return { seats, workers }
}

describe("seats", () => {
  it("a worker knows its seat, and the seat its worker", () => {
    const { seats, workers } = seated(2)
    assert.deepStrictEqual(
      workers.map(({ seat }) => seat),
      [0, 1]
    )
    assert.deepStrictEqual(seats.workers, workers)
  })

  it("a closed seat keeps its worker, and counts as open no more: G7", () => {
    const { seats, workers } = seated(2)
    seats.close(1)
    assert.strictEqual(seats.size, 1)
    assert.deepStrictEqual(seats.workers, workers)
  })

  it("an empty seat is opened before a new one, and a closed one whose worker is still there last: G7", () => {
    const { seats, workers } = seated(3)
    seats.close(0)
    seats.close(1)
    seats.free(workers[1]!)
    assert.strictEqual(seats.openOne(4), 1)
    assert.strictEqual(seats.openOne(4), 3)
    assert.strictEqual(seats.openOne(4), 0)
    assert.strictEqual(seats.size, 4)
  })

  it("an open seat without a worker is free; a closed one is not", () => {
    const { seats, workers } = seated(2)
    assert.strictEqual(seats.findFree(), -1)
    seats.free(workers[1]!)
    assert.strictEqual(seats.findFree(), 1)
    seats.close(1)
    assert.strictEqual(seats.findFree(), -1)
  })

  it("a worker that has ended still says which seat it had; a worker that is unseated has none", () => {
    const { seats, workers } = seated(2)
    seats.free(workers[0]!)
    seats.unseat(workers[1]!)
    assert.deepStrictEqual(
      workers.map(({ seat }) => seat),
      [0, undefined]
    )
    assert.deepStrictEqual(seats.workers, [])
  })

  it("the end of a worker whose seat another one has frees nothing", () => {
    const { seats, workers } = seated(1)
    seats.free(workers[0]!)
    const next = worker()
    seats.seat(next, 0)
    seats.free(workers[0]!)
    assert.deepStrictEqual(seats.workers, [next])
  })

  it("a wait that is over is forgotten: the worker that it started takes the seat, and ends no wait", () => {
    const { seats, workers } = seated(1)
    let ended = 0
    seats.free(workers[0]!)
    seats.awaitRestart(0, () => ended++)
    seats.restarted(0)
    seats.seat(worker(), 0)
    assert.strictEqual(ended, 0)
  })

  it("a seat that is taken or closed waits for no restart any more", () => {
    const { seats, workers } = seated(2)
    let ended = 0
    for (const index of [0, 1]) {
      seats.free(workers[index]!)
      seats.awaitRestart(index, () => ended++)
    }
    seats.seat(worker(), 0)
    seats.close(1)
    assert.strictEqual(ended, 2)
    seats.end()
    assert.strictEqual(ended, 2)
  })
})
