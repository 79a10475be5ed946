import { assert, describe, it } from "@effect/vitest"
import { Reservations } from "../../../../src/internal/host/fleet/Reservations.ts"
import { type HostWorker } from "../../../../src/internal/host/worker/HostWorker.ts"
import { PoolClosed, type Reason } from "../../../../src/TaskError.ts"
import { makeHolder, makeLifecycle } from "../fakes.ts"

interface Shape {
  readonly occupied?: number
  readonly state?: HostWorker["state"]
  readonly leaving?: boolean
}

type Worker = { -readonly [K in keyof HostWorker]: HostWorker[K] }

/** Workers that the test makes busy, and what is asked of the pool. */
const setUp = (max: number, ...shapes: ReadonlyArray<Shape>) => {
  const pool = makeLifecycle()
  const asked: Array<string> = []
  const workers = shapes.map((shape, id) => {
    const worker = {
      id,
      state: "ready",
      leaving: false,
      occupied: 0,
      reserved: "no",
      pinned: [],
      serves: true,
      get isOver(): boolean {
        return this.state === "gone"
      },
      get isIdle(): boolean {
        return this.occupied === 0
      },
      get accepts(): boolean {
        return this.state === "ready" && !this.leaving && this.reserved === "no"
      },
      exitDetail: { worker: id, outOfMemory: false, stderr: "" },
      recall: () => asked.push(`recall ${id}`),
      leave: () => asked.push(`leave ${id}`),
      ...shape
    }
    return worker as unknown as Worker
  })
  pool.signals.workers.reserved.subscribe(({ id }) => asked.push(`reserved ${id}`))
  pool.signals.workers.reservationEnded.subscribe(({ id }, how) => asked.push(`${how} ${id}`))
  const bounds = { min: max, max, idle: 0 }
  const handOut = () => pool.signals.pool.handingOut.tell()
  const reservations = new Reservations({
    workers: workers as unknown as ReadonlyArray<HostWorker>,
    sizing: { bounds },
    lifecycle: pool.lifecycle,
    signals: pool.signals,
    retire: ({ id }, why) => asked.push(`retire ${id} ${why}`),
    dispatcher: { pump: handOut }
  })
  const reserve = (reuse = false) => {
    const told: Array<Reason["_tag"] | undefined> = []
    const reservation = reservations.reserve({ wait: Infinity, reuse }, (refused) => told.push(refused?._tag))
    return { reservation, told }
  }
  return { ...pool, asked, bounds, handOut, reservations, reserve, workers }
}

describe("who gets a worker", () => {
  it("an idle worker is held at once, the last first: S250", () => {
    const { asked, reserve, workers } = setUp(3, {}, {}, { occupied: 1 })
    const { reservation, told } = reserve()
    assert.deepStrictEqual([told, reservation.worker?.id, workers[1]!.reserved], [[undefined], 1, "held"])
    assert.deepStrictEqual(asked, ["reserved 1"])
  })

  it("without an idle one, the least busy takes no new task, gives back what it has not started, and is held once idle: S251", () => {
    const { asked, handOut, reserve, workers } = setUp(3, { occupied: 3 }, { occupied: 1 }, { occupied: 2 })
    const { told } = reserve()
    assert.deepStrictEqual([told, workers[1]!.reserved, asked], [[], "chosen", ["recall 1"]])
    workers[1]!.occupied = 0
    handOut()
    assert.deepStrictEqual([told, workers[1]!.reserved], [[undefined], "held"])
  })

  it("another that is idle first is held instead, and the chosen one takes tasks again: S251", () => {
    const { handOut, reserve, workers } = setUp(2, { occupied: 1 }, { occupied: 2 })
    const { told } = reserve()
    workers[1]!.occupied = 0
    handOut()
    assert.deepStrictEqual([told, workers[0]!.reserved, workers[1]!.reserved], [[undefined], "no", "held"])
  })

  it("another is chosen where the chosen one leaves or dies: S251", () => {
    for (const shape of [{ leaving: true }, { state: "gone" }] as const) {
      const { handOut, reserve, workers } = setUp(2, { occupied: 1 }, { occupied: 2 })
      const { reservation } = reserve()
      Object.assign(workers[0]!, shape)
      handOut()
      assert.deepStrictEqual([reservation.worker?.id, workers[0]!.reserved], [1, "no"])
    }
  })

  it("in the order of arrival, each its own: S251", () => {
    const { handOut, reserve, workers } = setUp(3, { occupied: 1 }, { occupied: 1 }, { occupied: 1 })
    const [first, second] = [reserve(), reserve()]
    workers[2]!.occupied = 0
    handOut()
    assert.deepStrictEqual([first.told, second.told], [[undefined], []])
    workers[1]!.occupied = 0
    handOut()
    assert.notStrictEqual(first.reservation.worker, second.reservation.worker)
  })

  it("a holder that reserves again while it is told is served, and nobody twice: S251", () => {
    const { handOut, reservations, reserve, workers } = setUp(
      4,
      ...Array.from({ length: 4 }, () => ({ occupied: 1 }))
    )
    const told: Array<string> = []
    const settings = { wait: Infinity, reuse: false }
    reservations.reserve(settings, () => {
      told.push("first")
      reservations.reserve(settings, () => told.push("again"))
    })
    const second = reserve()
    for (const worker of workers) worker.occupied = 0
    handOut()
    assert.deepStrictEqual([told, second.told], [["first", "again"], [undefined]])
    assert.lengthOf(
      workers.filter(({ reserved }) => reserved === "held"),
      3
    )
  })
})

describe("who gets none", () => {
  it("one more than the pool can spare: S251", () => {
    const { reserve } = setUp(2, {}, {})
    reserve()
    const { reservation, told } = reserve()
    assert.deepStrictEqual([told, reservation.state], [["AllReserved"], "refused"])
  })

  it("the last ones that wait, once the pool shrinks: S254", () => {
    const { bounds, reserve, signals } = setUp(3, { occupied: 1 }, { occupied: 1 }, { occupied: 1 })
    const [first, second] = [reserve(), reserve()]
    bounds.max = 2
    signals.pool.resized.tell(2, 2, 2, "resize")
    assert.deepStrictEqual([first.told, second.told], [[], ["AllReserved"]])
  })

  it("all that wait, once the pool closes or fails: S254", () => {
    for (const state of ["draining", "closing", "failed"] as const) {
      const { reserve, signals } = setUp(2, { occupied: 1 }, { occupied: 1 })
      const { told } = reserve()
      if (state === "failed") signals.pool.failed.tell(new PoolClosed({ state: "closed" }))
      else signals.pool.stateChanged.tell(state)
      assert.deepStrictEqual(told, ["PoolClosed"])
    }
  })

  it("an interrupted wait frees the chosen worker, and its place: S251", () => {
    const { reservations, reserve, workers } = setUp(2, { occupied: 1 }, { occupied: 1 })
    reserve().reservation.step("giveBack")
    assert.deepStrictEqual([reservations.waiting, reservations.holding, workers[0]!.reserved], [0, 0, "no"])
  })
})

describe("how a worker goes back", () => {
  it("unused it stays; used it is replaced, unless it may be used again: S252", () => {
    for (const [used, reuse, last] of [
      [false, false, "returned 1"],
      [true, false, "retire 1 returned"],
      [true, true, "returned 1"]
    ] as const) {
      const { admit, asked, lifecycle, reserve, workers } = setUp(2, {}, {})
      const { reservation } = reserve(reuse)
      if (used) {
        const task = admit()
        task.bind(reservation)
        lifecycle.end(task, { _tag: "PoolClosing" })
      }
      reservation.step("giveBack")
      assert.deepStrictEqual([asked.at(-1), workers[1]!.reserved], [last, "no"])
    }
  })

  it("one that is to leave leaves: S254", () => {
    const { asked, reserve, workers } = setUp(2, {}, {})
    const { reservation } = reserve(true)
    workers[1]!.leaving = true
    reservation.step("giveBack")
    assert.strictEqual(asked.at(-1), "leave 1")
  })

  it("only when the last open call has ended: S252, G3", () => {
    const { admit, asked, lifecycle, reserve } = setUp(2, {}, {})
    const { reservation } = reserve()
    const task = admit()
    task.bind(reservation)
    lifecycle.step(task, "dispatch")
    task.holder = makeHolder()
    reservation.step("giveBack")
    let isEmpty = false
    reservation.whenEmpty(() => (isEmpty = true))
    assert.deepStrictEqual([task.state, reservation.state, isEmpty], ["interrupting", "returning", false])
    lifecycle.onFailed(task, [["Interrupt"]])
    assert.deepStrictEqual(
      [reservation.state, isEmpty, asked.at(-1)],
      ["returned", true, "retire 1 returned"]
    )
  })

  it("a worker that ends is nobody's, and its calls are refused with its end: S253", () => {
    const { reservations, reserve, signals, workers } = setUp(2, {}, {})
    const { reservation } = reserve()
    assert.isUndefined(reservation.refusal())
    workers[1]!.state = "gone"
    assert.strictEqual(reservation.refusal()?._tag, "WorkerLost")
    signals.workers.gone.tell(workers[1]! as HostWorker, "crashed")
    assert.deepStrictEqual(
      [reservation.state, reservations.holding, reservation.refusal()?._tag],
      ["lost", 0, "WorkerLost"]
    )
    reservation.step("giveBack")
    assert.strictEqual(reservation.state, "lost")
  })

  it("a closing pool has it back as it is, and hands nothing out: S254, G2", () => {
    const { asked, reserve, signals, workers } = setUp(2, {}, {})
    const { reservation } = reserve()
    signals.pool.stateChanged.tell("draining")
    assert.strictEqual(reservation.state, "held")
    signals.pool.stateChanged.tell("closing")
    assert.deepStrictEqual([reservation.state, workers[1]!.reserved], ["returned", "no"])
    assert.deepStrictEqual(asked, ["reserved 1", "returned 1"])
    assert.strictEqual(reservation.refusal()?._tag, "PoolClosed")
  })
})
