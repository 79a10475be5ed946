import { assert, describe, it } from "@effect/vitest"
import { Seats } from "../../../../src/internal/host/fleet/Seats.ts"
import { Sizing } from "../../../../src/internal/host/fleet/Sizing.ts"
import { PoolSignals } from "../../../../src/internal/host/signals.ts"
import type { HostWorker } from "../../../../src/internal/host/worker/HostWorker.ts"
import type { SizeSettings } from "../../../../src/internal/model/lifecycle.ts"
import { makeClock } from "../fakes.ts"

type Worker = Partial<Pick<HostWorker, "state" | "load" | "isIdle" | "progressAt" | "reserved">>

/** A pool's seats and what sizing asks of its fleet; a seat that is filled has a worker at once. */
const setUp = (bounds: Partial<SizeSettings> = {}) => {
  const clock = makeClock()
  const seats = new Seats()
  const signals = new PoolSignals()
  const asked: Array<string> = []
  const pool = { isStaffed: true, waiting: 0 }
  signals.resized.subscribe((size, min, max, why) => asked.push(`${size} of ${min}-${max}: ${why}`))
  const seat = (index: number, worker: Worker = {}) => {
    const fields = { state: "ready", load: 0, isIdle: true, progressAt: clock.timers.now(), ...worker }
    const made = { seat: undefined, ...fields } as HostWorker
    seats.seat(made, index)
    return made
  }
  const sizing = new Sizing(
    {
      seats,
      timers: clock.timers,
      signals,
      isStaffed: () => pool.isStaffed,
      waiting: () => pool.waiting,
      fill: (index) => {
        asked.push(`fill ${index}`)
        seat(index, { state: "starting" })
      },
      retire: (worker, why) => asked.push(`retire ${worker.seat} ${why}`),
      keep: (worker) => asked.push(`keep ${worker.seat}`)
    },
    { min: 1, max: 4, idle: 100, ...bounds }
  )
  /** So many open seats, each with a worker. */
  const begin = (...workers: ReadonlyArray<Worker>) => {
    for (const index of sizing.begin()) seat(index, workers[index])
  }
  /** So many tasks wait. */
  const starve = (waiting: number) => {
    pool.waiting = waiting
    signals.queueStarved.tell(0)
  }
  return { asked, begin, clock, pool, seat, seats, signals, sizing, starve }
}

describe("how many workers a pool begins with", () => {
  it("as many as its least size", () => {
    assert.deepStrictEqual(setUp({ min: 3 }).sizing.begin(), [0, 1, 2])
  })

  it("one where it may have none: only a worker that starts shows that the pool can serve", () => {
    assert.deepStrictEqual(setUp({ min: 0 }).sizing.begin(), [0])
  })
})

describe("growing", () => {
  it("follows the tasks that wait, once whoever hands them out is done: G7", () => {
    const { asked, begin, clock, starve } = setUp()
    begin({ load: 1 })
    starve(1)
    starve(2)
    assert.deepStrictEqual(asked, [])
    clock.pass(0)
    assert.deepStrictEqual(asked, ["fill 1", "fill 2", "3 of 1-4: demand"])
  })

  it("counts workers that are on their way, but not stuck ones: nobody knows when those come back", () => {
    for (const [state, more] of [
      ["starting", 1],
      ["stuck", 2]
    ] as const) {
      const { asked, begin, clock, sizing, starve } = setUp()
      begin({ state })
      starve(2)
      clock.pass(0)
      assert.strictEqual(sizing.size, 1 + more)
      assert.strictEqual(asked.at(-1), `${1 + more} of 1-4: demand`)
    }
  })

  it("ends at the greatest size: G7", () => {
    const { begin, clock, sizing, starve } = setUp()
    begin()
    starve(100)
    clock.pass(0)
    assert.strictEqual(sizing.size, 4)
    starve(100)
    assert.strictEqual(clock.armed(), 1, "it looks for idle workers, no more")
  })

  it("follows tasks that were refused, though nothing of them waits: G7", () => {
    const { asked, begin, clock, signals } = setUp()
    begin({ load: 1 })
    signals.queueStarved.tell(1)
    signals.queueStarved.tell(1)
    clock.pass(0)
    assert.deepStrictEqual(asked, ["fill 1", "fill 2", "3 of 1-4: demand"])
    signals.queueStarved.tell(1)
    clock.pass(0)
    assert.lengthOf(asked, 3, "two are on their way already")
  })

  it("keeps a worker that was to leave, rather than to start another: G1", () => {
    const { asked, begin, sizing } = setUp({ min: 2 })
    begin({ load: 1 }, { load: 1 })
    sizing.resize({ min: 1, max: 1, idle: 100 })
    sizing.resize({ min: 2, max: 2, idle: 100 })
    assert.deepStrictEqual(asked, ["retire 0 resize", "1 of 1-1: resize", "keep 0", "2 of 2-2: resize"])
  })

  it("does nothing in a pool that has no workers any more", () => {
    const { asked, begin, clock, pool, sizing, starve } = setUp()
    begin()
    starve(1)
    pool.isStaffed = false
    clock.pass(0)
    sizing.resize({ min: 4, max: 4, idle: 100 })
    assert.deepStrictEqual(asked, [])
  })
})

describe("shrinking", () => {
  it("closes an empty seat first, then one whose worker is not up, then an idle one, then by load: G1", () => {
    const { asked, begin, seat, seats, sizing } = setUp({ min: 5, max: 5 })
    begin({ load: 2 }, { load: 0 }, { load: 1 }, { state: "starting", load: 9 })
    seats.free(seat(4))
    for (const size of [4, 3, 2, 1]) sizing.resize({ min: size, max: size, idle: 100 })
    assert.deepStrictEqual(
      asked.filter((one) => one.startsWith("retire")),
      ["retire 3 resize", "retire 1 resize", "retire 2 resize"]
    )
    assert.strictEqual(sizing.size, 1)
  })
})

describe("idle workers", () => {
  it("end when they have been idle for long, from the last seat on, and not below the least size: G7", () => {
    const { asked, begin, clock, sizing } = setUp({ min: 3 })
    begin()
    sizing.resize({ min: 1, max: 4, idle: 100 })
    asked.length = 0
    clock.pass(99)
    assert.deepStrictEqual(asked, [])
    clock.pass(1)
    assert.deepStrictEqual(asked, ["retire 2 idle", "retire 1 idle", "1 of 1-4: idle"])
    assert.strictEqual(clock.armed(), 0)
  })

  it("stay while they work, and for the idle time after it", () => {
    const { asked, begin, clock, seats, sizing } = setUp({ min: 2 })
    begin({}, { isIdle: false, load: 1 })
    const worker = seats.at(1).worker as { -readonly [K in keyof HostWorker]: HostWorker[K] }
    sizing.resize({ min: 1, max: 4, idle: 100 })
    seats.at(0).worker!.progressAt = 1e9
    asked.length = 0
    clock.pass(100)
    assert.deepStrictEqual(asked, [])
    Object.assign(worker, { isIdle: true, progressAt: 150 })
    clock.pass(100)
    assert.deepStrictEqual(asked, [])
    clock.pass(50)
    assert.deepStrictEqual(asked, ["retire 1 idle", "1 of 1-4: idle"])
  })

  it("are looked at again after a whole millisecond, however little is left: a fraction may not move the clock", () => {
    const { begin, clock, seats, sizing } = setUp({ min: 2 })
    begin()
    sizing.resize({ min: 1, max: 4, idle: 100 })
    for (const { worker } of seats.all) worker!.progressAt = 1e-13
    const armed: Array<number> = []
    const { limit } = clock.timers
    Object.assign(clock.timers, {
      limit: (millis: number, f: () => void) => {
        armed.push(millis)
        return limit.call(clock.timers, millis, f)
      }
    })
    clock.pass(100)
    assert.deepStrictEqual(armed, [1])
  })

  it("stay while anything waits", () => {
    const { asked, begin, clock, pool, sizing } = setUp({ min: 2 })
    begin()
    sizing.resize({ min: 1, max: 4, idle: 100 })
    asked.length = 0
    pool.waiting = 1
    clock.pass(100)
    assert.deepStrictEqual(asked, [])
  })

  it("while anything waits they are looked at no sooner than after ten milliseconds, without an idle time too", () => {
    const { begin, clock, pool, seats, sizing } = setUp({ min: 2 })
    begin()
    let looks = 0
    Object.defineProperty(seats.at(1).worker, "isIdle", { get: () => looks++ >= 0 })
    pool.waiting = 1
    sizing.resize({ min: 1, max: 4, idle: 0 })
    clock.pass(0)
    assert.strictEqual(looks, 1)
    clock.pass(9)
    assert.strictEqual(looks, 1)
    clock.pass(1)
    assert.strictEqual(looks, 2)
  })

  it("nothing is looked at after the end: G2", () => {
    const { begin, clock, sizing, starve } = setUp()
    begin({ load: 1 })
    starve(1)
    clock.pass(0)
    starve(9)
    sizing.end()
    assert.strictEqual(clock.armed(), 0)
  })

  it("a busy worker is not idle, however short the idle time is: G1", () => {
    const { asked, begin, clock, sizing } = setUp({ min: 2 })
    begin({ load: 1, isIdle: false }, { load: 1, isIdle: false })
    sizing.resize({ min: 1, max: 4, idle: 0 })
    const before = asked.length
    clock.pass(0)
    clock.pass(20)
    assert.deepStrictEqual(asked.slice(before), [])
  })

  it("busy workers are looked at no sooner than after ten milliseconds, however short the idle time is", () => {
    const { begin, clock, seats, sizing } = setUp({ min: 2 })
    begin({ load: 1, isIdle: false }, { load: 1 })
    let looks = 0
    Object.defineProperty(seats.at(1).worker, "isIdle", { get: () => looks++ < 0 })
    sizing.resize({ min: 1, max: 4, idle: 1 })
    clock.pass(1)
    assert.strictEqual(looks, 1)
    clock.pass(9)
    assert.strictEqual(looks, 1)
    clock.pass(1)
    assert.strictEqual(looks, 2)
  })
})

describe("reserved workers in a pool that shrinks", () => {
  const closing = (...workers: ReadonlyArray<Worker>) => {
    const { asked, begin, sizing } = setUp({ min: workers.length, max: workers.length })
    begin(...workers)
    return (size: number) => {
      sizing.resize({ min: size, max: size, idle: Infinity })
      return asked.filter((what) => what.startsWith("retire"))
    }
  }
  const held: Worker = { reserved: "held", isIdle: false }
  const busy: Worker = { load: 5, isIdle: false }

  it("leave after all others: S254", () => {
    assert.deepStrictEqual(closing(held, busy, {})(2), ["retire 2 resize"])
  })

  it("leave before the last other one, which all other tasks need: S254", () => {
    assert.deepStrictEqual(closing(held, busy, held)(1), ["retire 0 resize", "retire 2 resize"])
    assert.deepStrictEqual(closing(held, {}, busy, held)(2), ["retire 1 resize", "retire 0 resize"])
  })

  it("leave where there is no other one: S254", () => {
    assert.deepStrictEqual(closing(held, held)(1), ["retire 0 resize"])
  })
})
