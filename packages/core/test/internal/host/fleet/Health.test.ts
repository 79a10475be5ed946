import { assert, describe, it } from "@effect/vitest"
import { Health, isHopeless } from "../../../../src/internal/host/fleet/Health.ts"
import { make as makeSignals } from "../../../../src/internal/host/signals.ts"
import type { HostWorker } from "../../../../src/internal/host/worker/HostWorker.ts"
import type { Activity } from "../../../../src/WorkerTransport.ts"
import { makeClock } from "../fakes.ts"

describe("which silent worker is ended", () => {
  const activities = [
    "idle",
    "parked",
    "busy",
    "blocked",
    "stopped"
  ] as const satisfies ReadonlyArray<Activity>
  for (const before of [undefined, ...activities]) {
    for (const now of activities) {
      const expected = now === "stopped" && before === "stopped"
      it(`G4: seen ${before ?? "for the first time"}, now ${now}: it is ${expected ? "ended" : "left alone"}`, () => {
        assert.strictEqual(isHopeless(now, before), expected)
      })
    }
  }
})

/** One worker that holds tasks, looked at every second; `report` answers the last look. */
const setUp = (
  parts: { readonly isPosted?: boolean; readonly isProcess?: boolean; readonly isBlind?: boolean } = {}
) => {
  const { isBlind = false, isPosted = true, isProcess = false } = parts
  const clock = makeClock()
  const signals = makeSignals<HostWorker>()
  const told: Array<string> = []
  const looks: Array<(activity: Activity) => void> = []
  signals.workers.silent.subscribe((_, activity, millis) => told.push(`${activity} for ${millis}`))
  const worker = {
    state: "ready",
    isPosted,
    progressAt: 0,
    outside: isBlind ? {} : { activity: (report: (activity: Activity) => void) => looks.push(report) },
    terminate: (why: string) => told.push(`terminate: ${why}`)
  } as unknown as HostWorker
  const health = new Health({ timers: clock.timers, all: [worker], transport: { isProcess }, signals }, 1000)
  health.onReady(worker)
  const look = () => {
    clock.pass(1000)
    return looks.length
  }
  const report = (activity: Activity) => looks.at(-1)!(activity)
  return { clock, health, look, report, told, worker }
}

describe("a worker that says nothing", () => {
  it("is told once for each thing that it is seen to do: G4", () => {
    const { look, report, told } = setUp()
    for (const activity of ["busy", "busy", "blocked"] as const) {
      look()
      report(activity)
    }
    assert.deepStrictEqual(told, ["busy for 1000", "blocked for 3000"])
  })

  it("is ended when it is seen stopped twice: G4", () => {
    const { look, report, told } = setUp()
    look()
    report("stopped")
    look()
    report("stopped")
    assert.deepStrictEqual(told, ["stopped for 1000", "terminate: stopped"])
  })

  it("that has spoken before the answer of a look came is not judged by it: G4", () => {
    const { look, report, told, worker } = setUp()
    look()
    worker.progressAt = 1000
    report("stopped")
    assert.deepStrictEqual(told, [])
  })

  it("that is gone before the answer came is not judged by it", () => {
    const { health, look, report, told, worker } = setUp()
    look()
    health.onVacated(worker)
    report("stopped")
    assert.deepStrictEqual(told, [])
  })

  it("that speaks between two looks was seen for the first time at the second: G4", () => {
    const { look, report, told, worker } = setUp()
    look()
    report("stopped")
    worker.progressAt = 500
    look()
    report("stopped")
    assert.notInclude(told, "terminate: stopped")
  })

  it("is looked at only where it is late, or is a process that holds nothing, which may have been stopped", () => {
    assert.strictEqual(setUp().look(), 1)
    assert.strictEqual(setUp({ isPosted: false }).look(), 0)
    assert.strictEqual(setUp({ isPosted: false, isProcess: true }).look(), 1)
    const { look, worker } = setUp()
    worker.progressAt = 1
    assert.strictEqual(look(), 0)
  })

  it("without tasks is told only if it is stopped", () => {
    const { look, report, told } = setUp({ isPosted: false, isProcess: true })
    look()
    report("idle")
    look()
    report("stopped")
    assert.deepStrictEqual(told, ["stopped for 2000"])
  })

  it("is not looked at where nothing can be seen, nor after the end: G2", () => {
    assert.strictEqual(setUp({ isBlind: true }).clock.armed(), 0)
    const { clock, health, look } = setUp()
    look()
    assert.strictEqual(clock.armed(), 1)
    health.end()
    assert.strictEqual(clock.armed(), 0)
  })
})
