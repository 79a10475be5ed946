import { assert, describe, it } from "@effect/vitest"
import { judge, Recycler } from "../../../../src/internal/host/fleet/Recycler.ts"
import type { HostWorker } from "../../../../src/internal/host/worker/HostWorker.ts"
import type { Memory } from "../../../../src/internal/model/observation.ts"
import { makeClock } from "../fakes.ts"

const none = { soft: Infinity, hard: Infinity }

describe("what a worker may hold in memory", () => {
  const limits = { heap: { soft: 10, hard: 20 }, rss: { soft: 100, hard: 200 } }
  const table: ReadonlyArray<readonly [heap: number | undefined, rss: number | undefined, verdict: string]> =
    [
      [undefined, undefined, "stays"],
      [10, 100, "stays"],
      [11, 100, "heap, soft"],
      [10, 101, "rss, soft"],
      [11, 101, "heap, soft"],
      [20, 200, "heap, soft"],
      [21, 0, "heap, hard"],
      [0, 201, "rss, hard"],
      [11, 201, "rss, hard"],
      [21, 201, "heap, hard"],
      [undefined, 101, "rss, soft"]
    ]
  for (const [heap, rss, verdict] of table) {
    it(`S083: a heap of ${heap} and an RSS of ${rss}: ${verdict}`, () => {
      const found = judge(limits, { heap, rss })
      assert.strictEqual(
        found === undefined ? "stays" : `${found.what}, ${found.isHard ? "hard" : "soft"}`,
        verdict
      )
    })
  }

  it("S083: without limits nothing is too much", () => {
    assert.isUndefined(judge({ heap: none, rss: none }, { heap: 1e15, rss: 1e15 }))
  })
})

/** One worker whose memory the test tells. */
const setUp = (settings: { readonly age?: number; readonly heap?: typeof none } = {}) => {
  const clock = makeClock()
  const done: Array<string> = []
  const looks: Array<(memory: Memory) => void> = []
  const worker = {
    state: "ready",
    outside: { memory: (report: (memory: Memory) => void) => looks.push(report) },
    terminate: (why: string) => done.push(`terminate: ${why}`)
  } as unknown as HostWorker
  const recycler = new Recycler(
    { timers: clock.timers, workers: [worker], retire: (_, why) => done.push(`retire: ${why}`) },
    { tasks: Infinity, age: Infinity, heap: none, rss: none, every: 10, ...settings }
  )
  recycler.onReady(worker)
  return { clock, done, looks, recycler, worker }
}

describe("a worker that is renewed", () => {
  it("S083: retires at its age, unless it has ended before", () => {
    const { clock, done } = setUp({ age: 50 })
    clock.pass(49)
    assert.deepStrictEqual(done, [])
    clock.pass(1)
    assert.deepStrictEqual(done, ["retire: age"])
    const gone = setUp({ age: 50 })
    gone.recycler.onVacated(gone.worker)
    assert.strictEqual(gone.clock.armed(), 0)
  })

  it("S083: retires above a soft limit, and is ended above a hard one", () => {
    const { clock, done, looks } = setUp({ heap: { soft: 10, hard: 20 } })
    for (const heap of [10, 11, 21]) {
      clock.pass(10)
      looks.pop()!({ heap, rss: 0 })
    }
    assert.deepStrictEqual(done, ["retire: heap", "terminate: memory"])
  })

  it("is not asked again before it has answered: a blocked one may take long", () => {
    const { clock, looks } = setUp({ heap: { soft: 10, hard: 20 } })
    clock.pass(10)
    clock.pass(10)
    assert.lengthOf(looks, 1)
    looks[0]!({ heap: 0, rss: 0 })
    clock.pass(10)
    assert.lengthOf(looks, 2)
  })

  it("that is gone before it has answered is not judged", () => {
    const { clock, done, looks, recycler, worker } = setUp({ heap: { soft: 10, hard: 20 } })
    clock.pass(10)
    recycler.onVacated(worker)
    looks[0]!({ heap: 21, rss: 0 })
    assert.deepStrictEqual(done, [])
  })

  it("is not looked at without a limit, nor after the end: G2", () => {
    assert.strictEqual(setUp().clock.armed(), 0)
    const { clock, recycler } = setUp({ heap: { soft: 10, hard: 20 } })
    assert.strictEqual(clock.armed(), 1)
    recycler.end()
    assert.strictEqual(clock.armed(), 0)
  })
})
